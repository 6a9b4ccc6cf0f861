from dataclasses import replace

import h5py
import keras
import numpy as np
import pytest

from galbar.networks.backbones.registry import BACKBONES
from galbar.networks.build import (
    _published_backbone,
    build_configured,
    build_network,
    count_swish,
    output_stride,
)

SWISH = {"vgg16": 13, "resnet50v2": 49, "xception": 35}
COMPACT = {"architecture": "vgg16", "cut": "block3_pool", "width": 0.25, "normalisation": True}


@pytest.fixture
def images():
    return np.random.default_rng(5).random((2, 80, 80, 3), dtype=np.float32)


def swap_by_hand(model):
    """Swap every ReLU as the released code does."""
    swapped = 0
    for layer in model.layers:
        if getattr(layer, "activation", None) is keras.activations.relu:
            layer.activation = keras.activations.silu
            swapped += 1
    return swapped


def write_published_format(model, path):
    """Write weights as the published files hold them: legacy HDF5, layers at the root."""
    whole = path.with_name("whole.h5")
    model.save(whole)
    with h5py.File(whole) as source, h5py.File(path, "w") as target:
        for name, value in source["model_weights"].attrs.items():
            target.attrs[name] = value
        for name in source["model_weights"]:
            source.copy(source["model_weights"][name], target, name)


@pytest.mark.parametrize("architecture", BACKBONES)
def test_whole_network_is_the_published_one(architecture, images, tmp_path):
    make = getattr(keras.applications, BACKBONES[architecture].label)
    backbone = make(include_top=False, weights=None, input_shape=(80, 80, 3))
    path = tmp_path / "resnet_weights_notop.weights.h5"
    write_published_format(backbone, path)
    network = build_network(
        architecture, height=80, width_px=80, weights=path, seed=1, batch_norm_momentum=0.9
    )
    assert swap_by_hand(backbone) == SWISH[architecture]
    head = ["head_flatten", "head_dense1", "head_dense2", "output"]
    if architecture != "vgg16":
        head = ["head_pool", "output"]
    assert [layer.name for layer in network.layers[-len(head) :]] == head
    assert count_swish(network) == (SWISH[architecture] + 2 * (architecture == "vgg16"), 0)
    assert output_stride(network) == 32
    features = keras.Model(network.input, network.layers[-len(head) - 1].output)
    np.testing.assert_allclose(features(images), backbone(images), rtol=1e-4, atol=1e-6)


def test_published_heads_and_sizes():
    network = build_network("vgg16", height=224, width_px=224, seed=1)
    assert [layer.units for layer in network.layers[-3:]] == [592, 296, 37]
    assert network.layers[-1].activation is keras.activations.sigmoid
    # 14,714,688 of the backbone without its top, and the three dense layers.
    dense = (7 * 7 * 512 + 1) * 592 + (592 + 1) * 296 + (296 + 1) * 37
    assert network.count_params() == 14_714_688 + dense


def test_swish_survives_saving(tmp_path, images):
    network = build_network("xception", cut="block3_add", height=80, width_px=80, seed=1)
    network.save(tmp_path / "x.keras")
    loaded = keras.models.load_model(tmp_path / "x.keras")
    assert count_swish(loaded) == count_swish(network) == (5, 0)
    np.testing.assert_allclose(loaded(images), network(images), atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "filters", "stride"),
    [
        (COMPACT, 64, 8),
        ({"architecture": "xception", "cut": "block3_add", "width": 0.5}, 128, 8),
        ({"architecture": "xception", "cut": "block3_add", "stem_stride": 1}, 256, 4),
        ({"architecture": "resnet50v2", "cut": "conv3_block3_out", "width": 0.25}, 128, 8),
        (
            {"architecture": "resnet50v2", "cut": "conv2_block3_out", "stem_stride": 1},
            256,
            4,
        ),
    ],
)
def test_compact_networks(settings, filters, stride):
    network = build_network(height=64, width_px=64, seed=1, **settings)
    assert network.get_layer("head_pool").output.shape[-1] == filters
    assert output_stride(network) == stride
    assert count_swish(network)[1] == 0
    assert network.output_shape == (None, 37)


def test_normalisation_comes_between_convolution_and_swish():
    network = build_network(height=64, width_px=64, seed=1, batch_norm_momentum=0.8, **COMPACT)
    names = [layer.name for layer in network.layers]
    for name in ("block1_conv1", "block3_conv3"):
        place = names.index(name)
        assert names[place + 1 : place + 3] == [f"{name}_bn", f"{name}_act"]
        assert network.get_layer(name).activation is keras.activations.linear
        assert network.get_layer(f"{name}_act").activation is keras.activations.silu
        assert network.get_layer(f"{name}_bn").momentum == 0.8
    assert count_swish(network) == (7, 0)


def test_momentum_of_all_normalisations():
    network = build_network("resnet50v2", height=64, width_px=64, seed=1, batch_norm_momentum=0.9)
    found = {getattr(layer, "momentum", 0.9) for layer in network.layers}
    assert found == {0.9}


@pytest.mark.parametrize("architecture", BACKBONES)
def test_the_names_known_without_tensorflow_are_those_of_keras(architecture):
    """Layers that Keras numbers by a counter have names of their own, whatever was built before."""
    family = BACKBONES[architecture]
    for _ in range(2):
        _, names = _published_backbone(family)
        assert tuple(names.values()) == family.layers
    counted = ("add", "conv2d", "batch_norm")
    assert not [name for name in family.layers if name.startswith(counted)]


def test_a_family_that_scales_its_input_gets_what_it_expects(monkeypatch, images):
    family = replace(BACKBONES["vgg16"], input_scale=255.0)
    plain = build_network(height=80, width_px=80, seed=1, **COMPACT)
    monkeypatch.setitem(BACKBONES, "vgg16", family)
    scaled = build_network(height=80, width_px=80, seed=1, **COMPACT)
    np.testing.assert_allclose(scaled(images), plain(255 * images), rtol=1e-5)


def test_shortcut_names_belong_to_their_blocks():
    network = build_network("xception", height=96, width_px=96, seed=1)
    for block, filters in ((2, 128), (3, 256), (4, 728), (13, 1024)):
        assert network.get_layer(f"block{block}_shortcut_conv").filters == filters
        assert network.get_layer(f"block{block}_add").output.shape[-1] == filters


def test_cut_networks_take_the_weights_of_whole_ones(tmp_path, images):
    backbone = keras.applications.Xception(include_top=False, weights=None, input_shape=(80, 80, 3))
    path = tmp_path / "xception.weights.h5"
    backbone.save_weights(path)
    network = build_network(
        "xception", cut="block2_pool", height=80, width_px=80, weights=path, seed=1
    )
    swap_by_hand(backbone)
    found = keras.Model(network.input, network.get_layer("block2_pool").output)(images)
    wanted = keras.Model(backbone.input, backbone.get_layer("block2_pool").output)(images)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_seed_fixes_the_random_weights(images):
    def build(seed):
        return np.asarray(build_network(height=80, width_px=80, seed=seed, **COMPACT)(images))

    np.testing.assert_array_equal(build(3), build(3))
    assert not np.allclose(build(3), build(4), atol=1e-6)


def test_vgg16_from_random_weights_lets_the_signal_through():
    # About as bright as the real images: dark, with a galaxy in the middle.
    y, x = np.indices((80, 80)) - 39.5
    images = 0.02 + 0.6 * np.exp(-np.hypot(x, y) / 8)[np.newaxis, ..., np.newaxis] * np.ones(3)
    network = build_network("vgg16", height=80, width_px=80, seed=1)
    features = keras.Model(network.input, network.get_layer("head_flatten").output)(images)
    # With Keras's initialisation: 1e-5.
    assert 0.01 < np.sqrt(np.mean(np.square(features))) < 10


@pytest.mark.parametrize(
    ("activation", "mean"), [("sigmoid", [0.1, 0.7]), ("softplus", [0.4, 1.7])]
)
def test_network_starts_near_the_mean_of_its_targets(activation, mean, images):
    network = build_network(
        height=80,
        width_px=80,
        outputs=2,
        activation=activation,
        output_mean=mean,
        seed=1,
        **COMPACT,
    )
    np.testing.assert_allclose(network(images), [mean, mean], atol=0.1)
    network.get_layer("output").kernel.assign(np.zeros((64, 2)))
    np.testing.assert_allclose(network(images), [mean, mean], rtol=1e-5)


def test_mean_is_for_lengths_from_random_weights(tmp_path):
    backbone = keras.applications.VGG16(include_top=False, weights=None)
    backbone.save_weights(tmp_path / "vgg16.weights.h5")
    row = {"architecture": "vgg16", "cut": "block1_pool", "name": "x", "weights": "imagenet"}
    settings = {"height": 32, "width_px": 32, "outputs": 2, "seed": 1}
    settings["output_mean"] = np.array([0.4, 1.7])
    for activation, weights in (("softplus", tmp_path), ("sigmoid", None)):
        network = build_configured(row, weights=weights, activation=activation, **settings)
        assert np.all(network.get_layer("output").bias.numpy() == 0)
    lengths = build_configured(row, weights=None, activation="softplus", **settings)
    bias = lengths.get_layer("output").bias.numpy()
    np.testing.assert_allclose(np.log1p(np.exp(bias)), [0.4, 1.7], rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"architecture": "exception"}, "'exception', expected one of vgg16, resnet50v2, xception"),
        (
            {"architecture": "vgg16", "cut": "block9"},
            "no layer 'block9'.*block1_conv1, .*block5_pool",
        ),
        ({"architecture": "vgg16", "width": 0}, "width is 0"),
        ({"architecture": "vgg16", "width": 0.5, "weights": "x"}, "width is 0.5, but the weights"),
        ({"architecture": "xception", "normalisation": True}, "false for xception, which is norm"),
        ({"architecture": "xception", "stem_stride": 3}, "stem_stride is 3"),
        ({"architecture": "vgg16", "stem_stride": 1}, "no strided convolution"),
        ({"architecture": "vgg16", "activation": "relu"}, None),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    if message is None:
        settings, message = {**settings, "output_mean": 0.5}, "expected sigmoid or softplus"
    with pytest.raises(ValueError, match=message):
        build_network(height=64, width_px=64, seed=1, **settings)


def test_too_small_images_are_refused():
    with pytest.raises(ValueError, match="vgg16 cannot be built for images of 16 x 16 px"):
        build_network("vgg16", height=16, width_px=16, seed=1)


def test_wrong_weights_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.h5"):
        build_network("vgg16", height=64, width_px=64, weights=tmp_path / "none.h5", seed=1)
    (tmp_path / "text.h5").write_text("no weights")
    with pytest.raises(ValueError, match=r"text\.h5: found no HDF5 file"):
        build_network("vgg16", height=64, width_px=64, weights=tmp_path / "text.h5", seed=1)
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(ValueError, match=r"other.weights.h5: the weights do not fit vgg16"):
        build_network(
            "vgg16", height=64, width_px=64, weights=tmp_path / "other.weights.h5", seed=1
        )
