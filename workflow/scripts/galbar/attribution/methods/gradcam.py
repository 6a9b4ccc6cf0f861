"""Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391) by tf-keras-vis."""

from galbar.attribution.methods.record import AttributionMethod

GRADCAM = AttributionMethod(
    name="gradcam",
    label="Grad-CAM",
    description="that of tf-keras-vis, of the last features",
    constructor="galbar.attribution.keras_vis_cam:GradCam",
    kinds=("absolute",),
    settings=("symmetries",),
)
