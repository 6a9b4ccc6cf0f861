"""Score-CAM (Wang et al. 2020, arXiv:1910.01279) by tf-keras-vis."""

from galbar.attribution.methods.record import AttributionMethod

SCORECAM = AttributionMethod(
    name="scorecam",
    label="Score-CAM",
    description="that of tf-keras-vis, of the last features",
    constructor="galbar.attribution.keras_vis_cam:ScoreCam",
    kinds=("absolute",),
    settings=("batch_size", "symmetries"),
)
