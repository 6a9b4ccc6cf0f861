import copy

import pytest
import yaml
from jsonschema import Draft202012Validator

from galbar.config.check import check_config
from galbar.config.configuration import configuration_model
from galbar.config.removed_keys import REMOVED_KEYS
from galbar.config.schema import json_schema, list_keys


@pytest.fixture
def config(root):
    return yaml.safe_load((root / "config/config.yaml").read_text())


def changed(config, path, value):
    config = copy.deepcopy(config)
    part = config
    *parents, last = path
    for key in parents:
        part = part[key]
    part[last] = value
    return config


def test_the_published_configuration_names_every_default(config):
    assert check_config({}) == check_config(config)
    # All but those of the networks, which the models change one by one, are written out.
    names = {key for key, _, _ in list_keys(json_schema(configuration_model())) if "[]" not in key}
    written = {key for key in names if has_key(config, key)}
    assert names - written == {key for key in names if key.startswith("control.model.")} - {
        *("control.model.architecture", "control.model.weights")
    }


def has_key(config, key):
    for part in key.split("."):
        if part not in config:
            return False
        config = config[part]
    return True


def test_demo_and_test_configurations_are_accepted(root):
    files = [root / "config/demo.yaml", *sorted((root / "tests/config").glob("*.yaml"))]
    assert len(files) >= 2
    for file in files:
        check_config(yaml.safe_load(file.read_text()))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["trainig"], 1, r"top level: unknown key trainig \(did you mean training\?\); expected"),
        (
            ["training", "epoch"],
            3,
            r"training: unknown key epoch \(did you mean epochs\?\); .*, epochs",
        ),
        (["seed"], "x", r"seed: found 'x', expected an integer, at least 0"),
        (["image", "depth"], 3, r"image.depth: this key is gone: images are RGB"),
        (["heatmaps", "jitter"], True, "heatmaps.jitter: found True, expected an integer"),
        (
            ["heatmaps", "methods"],
            ["gradcam"],
            "methods.0.: found 'gradcam', expected one of smoothgrad, tf_",
        ),
        (["heatmaps", "methods"], [], "heatmaps.methods: found .., .*items at least 1"),
        (["heatmaps", "batch_size"], "all", "found 'all', expected an integer or auto"),
        (["models", 0, "widht"], 1, r"models.0.: unknown key widht \(did you mean width\?\)"),
        (["models"], [{"name": "a"}], r"models.0.: architecture is missing"),
        (["lengths", "len_threshold"], [10, 2.5], r"len_threshold.1.: found 2.5, expected an int"),
        (["lengths", "criteria"], [{"name": "a"}], r"lengths.criteria.0.: file is missing"),
        (["lengths", "xinput"], [False, False], "lengths.xinput: .*each item once"),
        (["image", "width"], 100, "image.width: found 100 with a height of 224"),
        (["heatmaps", "smooth_noise"], [], "heatmaps.smooth_noise: found .., .*items at least 1"),
        (["heatmaps", "output"], "Class3.3", "heatmaps.output: found 'Class3.3', expected a vote"),
        (["heatmaps", "against"], "Class3", "heatmaps.against: found 'Class3', expected a vote"),
        (["heatmaps", "against"], "Class3.1", "heatmaps.against: .*expected another column"),
        (["heatmaps", "kinds"], ["signed"], "heatmaps.kinds: .*expected absolute among them"),
        (
            ["models", 0, "name"],
            "control",
            "models.0..name: found the name control",
        ),
        (["models", 0, "name"], "xception", "models: found the name xception 2 times"),
        (["models", 1, "normalisation"], True, "models.1..normalisation: found true for resnet"),
        (["models", 0, "width"], 0.5, "models.0..weights: found imagenet with width 0.5"),
        (["models", 0, "cut"], "block3_pol", "models.0..cut: found 'block3_pol'.*block3_pool"),
        (["models", 0, "stem_stride"], 1, "models.0..stem_stride: found 1 for vgg16, expected 2"),
        (["models", 0, "weights"], "imagenett", "models.0..weights: .*imagenett is no directory"),
        (["control", "model", "cut"], "block3_pool1", "control.model.cut: found 'block3_pool1'"),
        (["models", 0, "trained"], "out/model.h5", "models.0..trained: found .*with {run} in it"),
        (["selected_models"], "vgg", "selected_models: found 'vgg', expected one of vgg16"),
        (["control", "test_split"], 0.7, "control.test_split .*found a sum above 1"),
        (["augmentation", "brightness_range"], [2, 1], "expected the lower value first"),
        (["scores", "published", "len_threshold"], 41, "len_threshold: found 41, expected one of"),
        (["lengths", "criteria"], ["level"], "lengths.criteria: .*expected pearson among them"),
        (["lengths", "xinput"], [True], "lengths.xinput .*expected false and 0"),
    ],
)
def test_faults_are_named_with_key_found_and_expected(config, path, value, message):
    with pytest.raises(ValueError, match=message):
        check_config(changed(config, path, value))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kinds", ["absolute", "signed"]),
        ("jitter", 2),
        ("symmetries", True),
        ("antithetic", True),
        ("precision", "bfloat16"),
        ("watched_lengths", [{"criterion": "level", "level_fraction": 0.5}]),
    ],
)
def test_what_one_of_the_methods_does_not_have_is_refused(config, key, value):
    asked = changed(config, ["heatmaps", key], value)
    check_config(asked)
    both = changed(asked, ["heatmaps", "methods"], ["smoothgrad", "tf_keras_vis_smoothgrad"])
    with pytest.raises(ValueError, match=rf"heatmaps\.{key}: found .* tf_keras_vis_smoothgrad has"):
        check_config(both)


def test_removed_keys_get_a_sentence(config):
    assert len(REMOVED_KEYS) >= 6
    for key, sentence in REMOVED_KEYS.items():
        path = [0 if part == "[]" else part for part in key.replace("[]", ".[]").split(".")]
        old = copy.deepcopy(config)
        if key.startswith("heatmaps.watched_lengths"):
            old["heatmaps"]["watched_lengths"] = [{"criterion": "level", "level_fraction": 0.5}]
        with pytest.raises(ValueError, match="this key is gone") as error:
            check_config(changed(old, path, None))
        assert sentence in str(error.value)


def test_a_number_has_one_type_whatever_the_file_says(config):
    for value in (1, 1.0, "1"):
        crop = check_config(changed(config, ["image", "crop"], value))["image"]["crop"]
        assert (crop, type(crop)) == (1.0, float)
    assert type(check_config({})["augmentation"]["rotation_range"]) is float


def test_the_json_schema_accepts_and_refuses_what_the_check_does(config):
    schema = json_schema(configuration_model())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid(config)
    assert validator.is_valid(check_config(config))
    for path, value in ((["seed"], "x"), (["trainig"], 1), (["heatmaps", "kinds"], ["sign"])):
        assert not validator.is_valid(changed(config, path, value))


def test_every_key_says_what_it_means():
    keys = list(list_keys(json_schema(configuration_model())))
    assert len(keys) > 90
    for key, part, _ in keys:
        assert len(part["description"]) > 8, key


def test_the_parameters_of_a_users_criterion_are_keys(config, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(OWN_CRITERION)
    entry = {"name": "mine", "file": str(path)}
    own = changed(config, ["lengths", "criteria"], ["pearson", entry])
    completed = check_config(own)["lengths"]
    assert completed["mine_level"] == [0.5]
    assert completed["criteria"] == ["pearson", entry]
    own["lengths"]["mine_level"] = [0.1, 2]
    with pytest.raises(ValueError, match=r"mine_level.1.: found 2, expected a number, at most 1"):
        check_config(own)
    own["lengths"]["mine_level"] = [0.9]
    path.write_text(
        OWN_CRITERION.replace("return [", "assert settings[0]['mine_level'] < 0.8; return [")
    )
    with pytest.raises(ValueError, match=r"lengths.criteria: .*mine.py: .*fails on a map .*Assert"):
        check_config(own)
    path.write_text(OWN_CRITERION.replace("> setting", "> 'x' + setting"))
    with pytest.raises(ValueError, match=r"lengths.criteria.1.: .*mine.py: .*fails on a map"):
        check_config(own)


OWN_CRITERION = """
from galbar.lengths.criteria import Criterion, Parameter

def isolate(prepared, settings):
    return [prepared.values > setting["mine_level"] for setting in settings]

CRITERION = Criterion(
    "mine", "pixels above it", (Parameter("mine_level", "a level", (0.5,), at_most=1),), isolate
)
"""


def test_all_faults_are_listed_at_once(config):
    config = changed(changed(config, ["seed"], -1), ["training", "runs"], 0)
    with pytest.raises(ValueError, match=r"(?s)seed: found -1.*training\.runs: found 0"):
        check_config(config)


def test_one_selected_model_may_stand_without_brackets(config):
    config = changed(config, ["selected_models"], "xception")
    assert check_config(config)["selected_models"] == ["xception"]


def test_numbers_from_the_command_line_may_be_text(config):
    config["heatmaps"] = {"smooth_noise": ["0.1", "0.25"], "symmetries": "true", "jitter": "2"}
    heatmaps = check_config(config)["heatmaps"]
    assert heatmaps["smooth_noise"] == [0.1, 0.25]
    assert heatmaps["symmetries"] is True
    assert heatmaps["jitter"] == 2
    config["heatmaps"]["jitter"] = "two"
    with pytest.raises(ValueError, match=r"heatmaps.jitter: found 'two'"):
        check_config(config)


def test_the_order_of_keys_in_a_file_does_not_count(config):
    turned = dict(reversed(config.items()))
    turned["models"] = [dict(reversed(model.items())) for model in config["models"]]
    turned["training"] = dict(reversed(config["training"].items()))
    # Compared as text, as Snakemake compares params.
    assert str(check_config(turned)) == str(check_config(config))
