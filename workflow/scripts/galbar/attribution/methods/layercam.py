"""LayerCAM (Jiang et al. 2021, IEEE TIP 30, 5875) by tf-keras-vis."""

from galbar.attribution.methods.record import AttributionMethod

LAYERCAM = AttributionMethod(
    name="layercam",
    label="LayerCAM",
    description="that of tf-keras-vis, of the last features",
    constructor="galbar.attribution.keras_vis_cam:LayerCam",
    kinds=("absolute",),
    settings=("symmetries",),
)
