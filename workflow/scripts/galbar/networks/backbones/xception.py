"""Xception (Chollet 2017, arXiv:1610.02357)."""

from galbar.networks.backbones.record import Backbone

_STRIDED_BLOCKS = (2, 3, 4, 13)


def _layers():
    for number in (1, 2):
        yield from (f"block1_conv{number}{part}" for part in ("", "_bn", "_act"))
    yield from ("block2_sepconv1", "block2_sepconv1_bn")
    yield from (f"block2_sepconv2{part}" for part in ("_act", "", "_bn"))
    yield from _strided_end(2)
    for block in range(3, 14):
        strided = block in (3, 4, 13)
        for number in range(1, 3 if strided else 4):
            yield from (f"block{block}_sepconv{number}{part}" for part in ("_act", "", "_bn"))
        yield from _strided_end(block) if strided else (f"block{block}_add",)
    for number in (1, 2):
        yield from (f"block14_sepconv{number}{part}" for part in ("", "_bn", "_act"))


def _strided_end(block):
    for part in ("shortcut_conv", "pool", "shortcut_bn", "add"):
        yield f"block{block}_{part}"


XCEPTION = Backbone(
    name="xception",
    label="Xception",
    constructor="keras.applications:Xception",
    layers=tuple(_layers()),
    weights_file="xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
    weights_md5="b0042744bf5b25fce3cb969f33bebb97",
    stem="block1_conv1",
    unnamed={
        "Conv2D": tuple(f"block{block}_shortcut_conv" for block in _STRIDED_BLOCKS),
        "BatchNormalization": tuple(f"block{block}_shortcut_bn" for block in _STRIDED_BLOCKS),
        "Add": tuple(f"block{block}_add" for block in range(2, 14)),
    },
)
