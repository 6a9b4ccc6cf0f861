# What is fetched into the data directory.
add_to_library("config.datasets")

from galbar.config.datasets import read_datasets


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
