"""The attribution methods that there are."""

from galbar.attribution.methods.gradcam import GRADCAM
from galbar.attribution.methods.gradcam_plus_plus import GRADCAM_PLUS_PLUS
from galbar.attribution.methods.gradient import GRADIENT
from galbar.attribution.methods.integrated_gradients import INTEGRATED_GRADIENTS
from galbar.attribution.methods.layercam import LAYERCAM
from galbar.attribution.methods.occlusion import OCCLUSION
from galbar.attribution.methods.scorecam import SCORECAM
from galbar.attribution.methods.smoothgrad import SMOOTHGRAD
from galbar.attribution.methods.tf_keras_vis_smoothgrad import TF_KERAS_VIS_SMOOTHGRAD

METHODS = {
    method.name: method
    for method in (
        SMOOTHGRAD,
        TF_KERAS_VIS_SMOOTHGRAD,
        GRADIENT,
        INTEGRATED_GRADIENTS,
        OCCLUSION,
        GRADCAM,
        GRADCAM_PLUS_PLUS,
        LAYERCAM,
        SCORECAM,
    )
}
"""Name -> record. A new method is a module beside these and its name here."""
