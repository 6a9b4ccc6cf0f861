"""ResNet50V2 (He et al. 2016, arXiv:1603.05027)."""

from galbar.networks.backbones.record import Backbone


def _layers():
    yield from ("conv1_pad", "conv1_conv", "pool1_pad", "pool1_pool")
    for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 3)):
        for block in range(1, blocks + 1):
            suffixes = ["preact_bn", "preact_relu", "1_conv", "1_bn", "1_relu"]
            suffixes += ["2_pad", "2_conv", "2_bn", "2_relu"]
            if block == 1:
                suffixes.append("0_conv")
            elif block == blocks and stage < 5:
                suffixes.append("0_pool")
            for part in (*suffixes, "3_conv", "out"):
                yield f"conv{stage}_block{block}_{part}"
    yield from ("post_bn", "post_relu")


RESNET50V2 = Backbone(
    name="resnet50v2",
    label="ResNet50V2",
    constructor="keras.applications:ResNet50V2",
    layers=tuple(_layers()),
    weights_file="resnet/resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    weights_md5="fac2f116257151a9d068a22e544a4917",
    stem="conv1_conv",
    unnamed={
        "MaxPooling2D": ("conv2_block3_0_pool", "conv3_block4_0_pool", "conv4_block6_0_pool"),
    },
)
