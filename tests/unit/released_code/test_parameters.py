import logging
import subprocess
import sys

import pytest
import yaml

import convert_parameters
from galbar.config.check import check_config
from galbar.released_code.parameters import _PUBLISHED, convert

# The structure of the released code's file; values changed where it tells a mix-up.
ORIGINAL = """
model: xception
data:
  path: /some/where
  random_seed: 7
  augmentation:
    rotation_range: 350
    fill_mode: reflect
    horizontal_flip: true
    vertical_flip: false
    width_shift_range: 0.11
    height_shift_range: 0.12
    brightness_range: [0.6, 1.4]
    validation_split: 0.21
  img_height: 225
  img_width: 225
  img_depth: 3
  test_split: 0.22
train:
  epochs: 101
  batch_size: 33
  optimizer:
    lr: 0.002
    decay: 0.0006
  callbacks:
    reduce_lr:
      factor: 0.4
      patience: 6
    early_stopping:
      patience: 11
xai:
  val_test: val
  validation_split: 0.34
  smoothgrad:
    smooth_samples: 257
    smooth_noise: 0.25
    xinput: false
  barlength_mask:
    corr_threshold: [0.7, 0.8]
    len_threshold: 40
"""


@pytest.fixture
def original():
    return yaml.safe_load(ORIGINAL)


def test_every_parameter_has_its_place(original):
    assert convert(original) == {
        "selected_models": ["xception"],
        "data": {"directory": "/some/where"},
        "seed": 7,
        "augmentation": {
            "rotation_range": 350,
            "fill_mode": "reflect",
            "horizontal_flip": True,
            "vertical_flip": False,
            "width_shift_range": 0.11,
            "height_shift_range": 0.12,
            "brightness_range": [0.6, 1.4],
            "validation_split": 0.21,
        },
        "image": {"height": 225, "width": 225},
        "control": {"test_split": 0.22, "epochs": 101, "batch_size": 33, "learning_rate": 0.002},
        "training": {
            "epochs": 101,
            "batch_size": 33,
            "learning_rate": 0.002,
            "decay": 0.0006,
            "reduce_lr": {"factor": 0.4, "patience": 6},
            "early_stopping": {"patience": 11},
        },
        "catalogue": {"validation_split": 0.34},
        "heatmaps": {"smooth_samples": 257, "smooth_noise": [0.25]},
        "lengths": {"xinput": [False], "corr_threshold": [0.7, 0.8], "len_threshold": [40]},
        "scores": {"published": {"corr_threshold": 0.7}},
    }


def test_the_workflow_takes_the_configuration(original):
    original["xai"]["smoothgrad"]["xinput"] = True
    original["xai"]["barlength_mask"]["len_threshold"] = 30
    config = check_config(convert(original))
    assert config["lengths"]["xinput"] == [True, False]
    assert config["scores"]["published"] == {"corr_threshold": 0.7, "len_threshold": 30}
    assert config["heatmaps"]["smooth_samples"] == 257


def keys(table, prefix=""):
    for key, value in table.items():
        yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from keys(value, f"{prefix}{key}.")


def test_the_configuration_exists(original, root):
    """All keys are those of config.yaml, so that the schema knows them."""
    with open(root / "config" / "config.yaml") as file:
        known = set(keys(yaml.safe_load(file)))
    assert set(keys(convert(original))) <= known


def test_the_published_thresholds_are_those_of_the_configuration():
    assert check_config({})["scores"]["published"] == _PUBLISHED


def test_missing_keys_keep_their_defaults():
    assert convert({"data": {"random_seed": 3}, "xai": {}}) == {"seed": 3}


@pytest.mark.parametrize(
    ("model", "selected"),
    [
        ("vgg16", ["vgg16"]),
        ("exception", ["xception"]),
        ("averagemeasurements", []),
        ("ensemble", []),
        (["vgg16", "resnet50v2"], ["vgg16", "resnet50v2"]),
    ],
)
def test_models(model, selected):
    assert convert({"model": model}) == {"selected_models": selected}


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match="model: found 'vgg19', expected one of vgg16"):
        convert({"model": "vgg19"})


def test_notes_on_what_is_changed_and_dropped(original, caplog):
    original["data"]["img_depth"] = 4
    with caplog.at_level(logging.WARNING):
        convert(original)
    assert "data.img_depth = 4 was dropped: the JPEGs are RGB, so it is always 3" in caplog.text
    assert "xai.val_test = val was dropped" in caplog.text


def test_unknown_keys_are_all_named(original):
    original["train"]["optimiser"] = {"lr": 1}
    original["modell"] = "vgg16"
    original["xai"]["smothgrad"] = {}
    with pytest.raises(ValueError, match=r"train\.optimiser\.lr, modell|xai\.smothgrad") as error:
        convert(original)
    for name in ("train.optimiser.lr", "modell", "xai.smothgrad"):
        assert name in str(error.value).split("expected")[0]


@pytest.mark.parametrize(
    ("parameters", "match"),
    [(None, "found NoneType"), ([1], "found list"), ({"data": {"path": None}}, "data.path")],
)
def test_what_is_no_parameter_file_is_refused(parameters, match):
    with pytest.raises(ValueError, match=match):
        convert(parameters)


@pytest.mark.parametrize("name", ["corr_threshold", "len_threshold"])
def test_an_empty_list_of_thresholds_is_refused(original, name):
    original["xai"]["barlength_mask"][name] = []
    match = rf"xai\.barlength_mask\.{name}: found an empty list, expected at least one threshold"
    with pytest.raises(ValueError, match=match):
        convert(original)


def test_a_value_in_place_of_a_table_is_refused():
    with pytest.raises(ValueError, match="found the keys data, expected"):
        convert({"data": "folder"})


def run(path, root):
    script = root / "workflow" / "scripts" / "convert_parameters.py"
    command = [sys.executable, str(script), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_command_line(original, tmp_path, root):
    path = tmp_path / "params.yaml"
    path.write_text(ORIGINAL)
    done = run(path, root)
    assert done.returncode == 0
    assert yaml.safe_load(done.stdout) == convert(original)
    assert "WARNING: xai.val_test" in done.stderr
    path.write_text("modell: vgg16\n")
    done = run(path, root)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {path}: found the keys modell")
    assert done.stdout == ""


def test_a_broken_yaml_file_is_named(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("data: [")
    with pytest.raises(ValueError, match=r"params\.yaml: no valid YAML"):
        convert_parameters.main(path)
