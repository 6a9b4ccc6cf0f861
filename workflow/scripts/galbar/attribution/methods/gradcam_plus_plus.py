"""Grad-CAM++ (Chattopadhay et al. 2018, arXiv:1710.11063) by tf-keras-vis."""

from galbar.attribution.methods.record import AttributionMethod

GRADCAM_PLUS_PLUS = AttributionMethod(
    name="gradcam_plus_plus",
    label="Grad-CAM++",
    description="that of tf-keras-vis, of the last features",
    constructor="galbar.attribution.keras_vis_cam:GradCamPlusPlus",
    kinds=("absolute",),
    settings=("symmetries",),
)
