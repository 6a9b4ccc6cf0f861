# What the rules that check heat maps take: as in inputs.smk.
from galbar.heatmap_checks.mask_table import list_masks

CHECKS = config["checks"]
# A simulated survey knows where its bars are; other galaxies need a user's masks, or none.
BAR_MASKS = (
    ["results/survey/bar_masks.csv"]
    if SIMULATED
    else [local(CHECKS["masks"])] if CHECKS["masks"] else []
)
# Their images: those of a user's may be replaced, or missing, before anything is computed.
BAR_MASK_IMAGES = (
    []
    if SIMULATED or not CHECKS["masks"]
    else [local(path) for path in list_masks(CHECKS["masks"])]
)
# Networks whose maps are checked: their average, too, as far as maps suffice.
CHECKED = MAPS if CHECKS["galaxies"] and not BUNDLED else []
# Only finds galaxies by their ids there: an edit of the measuring must not compute maps again.
UNMEASURED = ("lengths.setting_files",)


def get_checked_attribution(wildcards):
    """Return the settings of a set of heat maps: those that its method has."""
    return get_method(wildcards).select(ATTRIBUTION)


def get_checked_heatmaps(wildcards):
    """Return the heat maps that are checked: of a network, or of all for their average."""
    return expand(
        "results/{model}/run1/heatmaps/hoyle/{maps}.h5",
        model=MODELS if wildcards.model == "averageheatmaps" else wildcards.model,
        allow_missing=True,
    )


def get_checked_shards(wildcards):
    """Return the shards that show themselves as one file: they must be there when it is read."""
    return expand(
        "results/{model}/run1/heatmaps/hoyle/{maps}{shard}.h5",
        model=MODELS if wildcards.model == "averageheatmaps" else wildcards.model,
        shard=PATH_ENDS["hoyle"] if "hoyle" in IN_SHARDS else [],
        allow_missing=True,
    )


def get_checked_networks(wildcards):
    """Return what was computed of a network for the checks; of an average nothing."""
    if wildcards.model == "averageheatmaps":
        return []
    return ["results/{model}/run1/heatmap_checks/{maps}.h5"]


def get_check_figures():
    """Return what the figures of checks show, by their names."""
    shown = ["random_weights", "other_answer", "faithfulness"]
    return "|".join(["localisation", *shown] if BAR_MASKS else shown)
