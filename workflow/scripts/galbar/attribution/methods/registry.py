"""The attribution methods that there are."""

from galbar.attribution.methods.smoothgrad import SMOOTHGRAD
from galbar.attribution.methods.tf_keras_vis_smoothgrad import TF_KERAS_VIS_SMOOTHGRAD

METHODS = {method.name: method for method in (SMOOTHGRAD, TF_KERAS_VIS_SMOOTHGRAD)}
"""Name -> record. A new method is a module beside these and its name here."""
