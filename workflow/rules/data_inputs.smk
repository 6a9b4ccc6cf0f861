# Which of the published files a run reads, and what is fetched into the data directory.
add_to_library("config.datasets")

from galbar.config.datasets import read_datasets

# Whether the votes are those of Galaxy Zoo 2 itself, in place of Kaggle's.
GZ2_VOTES = config["data"]["votes"] == "gz2"
# The folders of images.
IMAGE_FOLDERS = {
    "training": "images_gz2/images" if GZ2_VOTES else "images_training_rev1",
    "test": "images_gz2/images" if GZ2_VOTES else "images_test_rev1",
    "hoyle": "images_gz2/images",
}
# The rules that look at them.
PREPARING = [
    *(["prepare_gz2_votes"] if GZ2_VOTES else ["prepare_training", "prepare_test"]),
    "prepare_catalogue",
]


def get_gz2_numbers(wildcards):
    """Return how many galaxies of Galaxy Zoo 2 a set needs to know of.

    The training galaxies are the same for any test set: another one trains no network again.
    """
    numbers = {"training": config["data"]["gz2_training"]}
    if wildcards.set == "test":
        # To be apart from these.
        numbers["test"] = config["data"]["gz2_test"]
    return numbers


def list_datasets():
    """List what `fetch_data` fetches; nothing where no data directory is read, or at another time."""
    if SIMULATED or BUNDLED or not FETCHING:
        return []
    listed = config["data"]["datasets"]
    try:
        return read_datasets(
            listed or workflow.source_path("../../config/datasets.yaml"),
            config["data"]["votes"],
        )
    except (OSError, ValueError) as error:
        raise WorkflowError(f"data.datasets: {error}") from None


DATASETS = list_datasets()
