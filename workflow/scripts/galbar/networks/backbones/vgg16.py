"""VGG16 (Simonyan & Zisserman 2015, arXiv:1409.1556)."""

from galbar.networks.backbones.record import Backbone


def _layers():
    for block, convolutions in enumerate((2, 2, 3, 3, 3), start=1):
        for number in range(1, convolutions + 1):
            yield f"block{block}_conv{number}"
        yield f"block{block}_pool"


VGG16 = Backbone(
    name="vgg16",
    label="VGG16",
    constructor="keras.applications:VGG16",
    layers=tuple(_layers()),
    weights_file="vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    weights_md5="6d6bbae143d832006294945121d1f1fc",
    normalised=False,
    # The published head: 16 and 8 times the 37 votes.
    dense_head=(592, 296),
    # Five halvings.
    smallest_px={"block5_pool": 32},
)
