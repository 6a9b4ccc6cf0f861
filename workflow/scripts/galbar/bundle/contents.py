"""What a bundle holds: the names of its members, which follow from the configuration in it."""

MANIFEST, CARD = "manifest.json", "card.md"
#: Files of a run that measuring takes, or a reader wants, by their paths in the run.
FILES = (
    "results/bar_thresholds.json",
    "results/calibration.h5",
    "results/chosen_setting.json",
    "results/error_model.csv",
    "results/scores.csv",
    "results/training_light.json",
)
#: Files that a bundle may have or lack.
OPTIONAL = ("results/length_bias.csv",)
_UNPACKED = "results/bundle/"


def has_plan(heatmaps):
    """Return whether batch size or precision are decided for each network, in a plan of its own."""
    return heatmaps["batch_size"] == "auto" or heatmaps["precision"] != "float32"


def expected_parts(configuration):
    """List the files that belong to a configuration, in order, by their paths in a run.

    `configuration` is that of `galbar.bundle.sections.sections_of`.
    """
    names = ["model.keras"]
    names += ["heatmap_plan.json"] if has_plan(configuration["heatmaps"]) else []
    networks = [
        f"results/{model['name']}/run{run}/{name}"
        for model in configuration["models"]
        for run in range(1, configuration["training"]["runs"] + 1)
        for name in names
    ]
    return sorted([*FILES, *networks])


def parts_of(manifest):
    """List the files of a bundle, in order, by their paths in a run: those of `OPTIONAL` it has.

    `manifest` is from `galbar.bundle.read.read_manifest`.
    """
    optional = [name for name in OPTIONAL if name in manifest["members"]]
    return sorted([*expected_parts(manifest["configuration"]), *optional])


def unpacked_path(part):
    """Return where a part is unpacked, never over the files of a run in the same folder."""
    return _UNPACKED + part.removeprefix("results/")


def without_bundle(criteria):
    """Return why a run has no bundle, or "": of its ``lengths.criteria``."""
    own = [entry["name"] for entry in criteria if isinstance(entry, dict)]
    if not own:
        return ""
    return (
        f"lengths.criteria: found {', '.join(own)} of your own, expected galbar's alone: a bundle "
        "holds no code"
    )
