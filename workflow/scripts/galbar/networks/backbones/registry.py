"""The families that there are."""

from galbar.networks.backbones.resnet50v2 import RESNET50V2
from galbar.networks.backbones.vgg16 import VGG16
from galbar.networks.backbones.xception import XCEPTION

BACKBONES = {backbone.name: backbone for backbone in (VGG16, RESNET50V2, XCEPTION)}
"""Name -> record. A new family is a module beside these and its name here."""
