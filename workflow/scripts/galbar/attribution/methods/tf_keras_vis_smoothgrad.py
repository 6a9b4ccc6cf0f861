"""SmoothGrad by tf-keras-vis (Kubota 2020, MIT licence), as the released code uses it."""

from galbar.attribution.methods.record import AttributionMethod

TF_KERAS_VIS_SMOOTHGRAD = AttributionMethod(
    name="tf_keras_vis_smoothgrad",
    label="tf-keras-vis SmoothGrad",
    description="that of tf-keras-vis, as the released code uses it",
    constructor="galbar.attribution.keras_vis_smoothgrad:ReferenceSmoothGrad",
    kinds=("absolute",),
    settings=("smooth_samples", "smooth_noise", "seed", "symmetries"),
)
