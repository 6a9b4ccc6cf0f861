"""Names of the layers at which a backbone can be cut, known without TensorFlow.

They are those of keras.applications, which a test compares; layers that Keras numbers by a counter
of the process have the names that `galbar.networks.build` gives them.
"""

__all__ = ["LAYER_NAMES"]


def _vgg16():
    for block, convolutions in enumerate((2, 2, 3, 3, 3), start=1):
        for number in range(1, convolutions + 1):
            yield f"block{block}_conv{number}"
        yield f"block{block}_pool"


def _resnet50v2():
    yield from ("conv1_pad", "conv1_conv", "pool1_pad", "pool1_pool")
    for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 3)):
        for block in range(1, blocks + 1):
            parts = ["preact_bn", "preact_relu", "1_conv", "1_bn", "1_relu"]
            parts += ["2_pad", "2_conv", "2_bn", "2_relu"]
            if block == 1:
                parts.append("0_conv")
            elif block == blocks and stage < 5:
                parts.append("0_pool")
            for part in (*parts, "3_conv", "out"):
                yield f"conv{stage}_block{block}_{part}"
    yield from ("post_bn", "post_relu")


def _xception():
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


LAYER_NAMES = {
    "vgg16": tuple(_vgg16()),
    "resnet50v2": tuple(_resnet50v2()),
    "xception": tuple(_xception()),
}
"""Architecture -> names of its backbone's layers, from the input on."""
