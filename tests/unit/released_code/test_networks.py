import json

import h5py
import keras
import numpy as np
import pytest

import import_model
from galbar.networks.build import build_network, count_swish


def write_as_keras_2(network, path):
    """Save a network as the released code did, with the description of Keras 2.4."""
    network.save(path)
    with h5py.File(path, "r+") as store:
        config = json.loads(store.attrs["model_config"])
        config["class_name"] = "Functional"
        for layer in config["config"]["layers"]:
            describe_as_keras_2(layer)
        for key in ("input_layers", "output_layers"):
            if not isinstance(config["config"][key][0], list):
                config["config"][key] = [config["config"][key]]
        store.attrs["model_config"] = json.dumps(config)
        store.attrs["keras_version"] = "2.4.0"


def describe_as_keras_2(layer):
    config = layer["config"]
    for key in ("module", "registered_name", "build_config"):
        layer.pop(key, None)
    # Connections: [[["name", node, tensor, {}], ...]] in place of a description of the call.
    layer["inbound_nodes"] = [
        [[*history, {}] for history in find_histories(node["args"])]
        for node in layer["inbound_nodes"]
    ]
    for key, value in list(config.items()):
        if isinstance(value, dict) and "class_name" in value:
            config[key] = {"class_name": value["class_name"], "config": value["config"]}
    if isinstance(config.get("dtype"), dict):
        config["dtype"] = "float32"
    if config.get("activation") == "silu":
        config["activation"] = "swish"
    kind = layer["class_name"]
    if kind == "InputLayer":
        config["batch_input_shape"] = config.pop("batch_shape")
        config["ragged"] = False
        config.pop("optional", None)
    elif kind == "BatchNormalization":
        config["axis"] = [3]
        for key in ("renorm", "synchronized"):
            config.pop(key, None)
    elif kind == "SeparableConv2D":
        config["groups"] = 1
        for key in ("kernel_regularizer", "kernel_constraint"):
            config[key] = None
        config["kernel_initializer"] = {
            "class_name": "GlorotUniform",
            "config": {"seed": None},
        }


def find_histories(value):
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return [value["config"]["keras_history"]]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [history for item in value for history in find_histories(item)]
    return []


@pytest.mark.parametrize(
    ("architecture", "cut"),
    [("vgg16", "block2_pool"), ("resnet50v2", "conv2_block3_out"), ("xception", "block3_add")],
)
def test_networks_of_the_released_code_are_taken_over(architecture, cut, tmp_path):
    network = build_network(architecture, cut=cut, height=64, width_px=64, seed=5)
    original = tmp_path / "model.h5"
    write_as_keras_2(network, original)
    before = original.read_bytes()
    import_model.main(
        original,
        tmp_path / "model.keras",
        tmp_path / "summary.json",
        name="old",
        run=2,
        image={"height": 64, "width": 64, "crop": 0.5},
    )
    assert original.read_bytes() == before
    imported = keras.models.load_model(tmp_path / "model.keras")
    assert count_swish(imported) == count_swish(network)
    images = np.random.default_rng(1).random((2, 64, 64, 3), dtype=np.float32)
    np.testing.assert_allclose(imported(images), network(images), atol=1e-6)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["model"] == "old"
    assert summary["run"] == 2
    assert summary["parameters"] == network.count_params()
    assert summary["relu_layers"] == 0
    assert summary["imported_from"] == str(original)


def test_what_is_no_network_of_the_released_code_is_refused(tmp_path):
    outputs = tmp_path / "model.keras", tmp_path / "summary.json"

    def load(path, height=64):
        image = {"height": height, "width": 64, "crop": 0.5}
        import_model.main(path, *outputs, name="old", run=1, image=image)

    path = tmp_path / "model.h5"
    with pytest.raises(FileNotFoundError, match=r"model.h5: no such file; models\[\].trained"):
        load(path)
    path.write_text("nothing")
    with pytest.raises(ValueError, match=r"model\.h5: found no network"):
        load(path)
    with h5py.File(path, "w") as store:
        store.attrs["layer_names"] = ["a"]
    with pytest.raises(ValueError, match=r"model\.h5: found weights without a network"):
        load(path)
    network = build_network("vgg16", cut="block1_pool", height=64, width_px=64, seed=5)
    network.save(path)
    with pytest.raises(ValueError, match=r"takes images \(64, 64, 3\), but .* are \(224, 64, 3\)"):
        load(path, height=224)
    other = build_network("vgg16", cut="block1_pool", height=64, width_px=64, outputs=5, seed=1)
    other.save(path)
    with pytest.raises(ValueError, match=r"gives \(5,\), expected \(37,\)"):
        load(path)
    assert not any(output.exists() for output in outputs)
