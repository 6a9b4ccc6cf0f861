import copy
import re

import pytest
import yaml
from jsonschema import Draft202012Validator

from galbar.config.check import check_config
from galbar.config.configuration import configuration_model
from galbar.config.files import check_files
from galbar.config.removed_keys import REMOVED_KEYS
from galbar.config.schema import json_schema, list_keys

OWN = {"name": "mine", "table": "mine.csv"}
ZOO = {"geometry": "galaxy_zoo"}
CUTOUT = "https://x.org/?ra={ra}&dec={dec}"


def fetched(**images):
    """Return an own catalogue whose images are downloaded."""
    return OWN | {"images": images}


CONTROL_SPLIT = r"catalogue.validation_split = 0.04 .* of 10 galaxies give 0 for validation"


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
        if config is None:
            # A mapping may stand there.
            return True
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
        (
            ["scores", "external"],
            [{"name": "saliency_mine", "table": "a.csv"}],
            r"scores.external\[0\].name: found 'saliency_mine', expected another: galbar has rows",
        ),
        (
            ["scores", "external"],
            2 * [{"name": "mine", "table": "a.csv"}],
            "scores.external: found 2 entries named 'mine', expected one each",
        ),
        (
            ["scores", "external"],
            [{"name": "mine", "table": "{a}.csv"}],
            r"scores.external\[0\].table: found '{a}.csv', expected a path without braces",
        ),
        (["figures", "galleries"], ["mine"], "galleries: found 'mine', expected one of hoyle"),
        (["image", "depth"], 3, r"image.depth: this key is gone: images are RGB"),
        (["heatmaps", "jitter"], True, "heatmaps.jitter: found True, expected an integer"),
        (
            ["heatmaps", "methods"],
            ["deeplift"],
            "methods.0.: found 'deeplift', expected one of smoothgrad, tf_",
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
        (["data", "directory"], "da{ta}", r"directory: found 'da{ta}', expected a path without br"),
        (["models", 0, "trained"], "{x}/{run}.h5", r"without braces but \{run\}"),
        (["models", 0, "name"], "Xception", "models: found Xception and xception, .*in more than"),
        (["models", 0, "name"], "Control", "models.0..name: found the name Control"),
        (["models", 0, "name"], "published", "models.0..name: found the name published"),
        (["models", 0, "name"], "a" * 101, "models.0..name: found 'aaa"),
        (["catalogues"], [OWN | {"name": "Hoyle"}], "catalogues.0..name: found 'Hoyle'"),
        (["catalogues"], [OWN, OWN | {"name": "MINE"}], "catalogues: found mine and MINE, expec"),
        (
            ["catalogues"],
            [OWN | ZOO | {"pixel_scale": 0.3}],
            "pixel_scale: found 0.3 with the geom",
        ),
        (
            ["catalogues"],
            [OWN | ZOO | {"formats": ["reg"]}],
            "formats: found reg with the geometry",
        ),
        (["catalogues"], [OWN | {"images": {}}], "images: found survey None and template None, ex"),
        (["catalogues"], [fetched(survey="2mass")], "images.survey: found '2mass', expected a st"),
        (["catalogues"], [fetched(survey="sdss", bands="gri")], "bands: found gri with the survey"),
        (["catalogues"], [fetched(survey="panstarrs", pixel_scale=1.0)], "images have one scale"),
        (["catalogues"], [fetched(template=CUTOUT)], "template: found .*expected one of {size}, "),
        (
            ["catalogues"],
            [fetched(template=CUTOUT + "&s={size}")],
            "images.pixel_scale: found nothing, expected a value: {size} is in the template",
        ),
        (
            ["catalogues"],
            [fetched(template=CUTOUT.replace("https", "file"))],
            "images.template: found 'file:.*expected an address that begins with https",
        ),
        (["catalogues"], [fetched(survey="sdss") | ZOO], "geometry: found galaxy_zoo, expected su"),
        (
            ["catalogues"],
            [fetched(survey="sdss") | {"pixel_scale": 0.3}],
            "pixel_scale: found 0.3, expected null: images.pixel_scale is asked of the service",
        ),
        (["download"], {"connections": 0}, "download.connections: found 0, expected an integer"),
        (
            ["download"],
            {"endpoints": {"legacy": "https://x/{ra}"}},
            "download.endpoints.legacy: found 'https://x/{ra}', expected {dec} in it",
        ),
        (["catalogues"], [OWN | {"bands": []}], "bands: .*at least 1"),
        (["catalogues"], [OWN | {"table": "{a}.csv"}], "table: found '{a}.csv', expected a path"),
        (["heatmaps", "smooth_noise"], [0.1, 0.10000001], "both are called noise0.1"),
        (["image"], {"height": 64, "width": 64, "crop": 0.03}, "crop: found 0.03 .*0.038 or more"),
        (["image"], {"height": 16, "width": 16}, "image.height: found 16, expected 32 or more for"),
        (["lengths", "len_threshold"], [40, 50176], "found 50176, expected fewer than the 50176"),
        (["augmentation", "brightness_range"], [0, 0], "the higher one above 0"),
        (["augmentation", "saturation_range"], [1.2, 0.5], "saturation_range: .*lower value first"),
        (["augmentation", "gamma_range"], [0, 1], "gamma_range: .*both 0.1 or more"),
        (["augmentation", "background_range"], [0, 1], "background_range: .*both 0 to 0.9"),
        (["training", "learning_rate"], float("inf"), "learning_rate: found inf, expected a num"),
        (["augmentation", "rotation_range"], float("nan"), "rotation_range: found nan, expected"),
        (["survey"], {"simulate": True, "catalogue_galaxies": 10}, CONTROL_SPLIT),
        (["scores", "published", "len_threshold"], 41, "len_threshold: found 41, expected one of"),
        (["lengths", "criteria"], ["level"], "lengths.criteria: .*expected pearson among them"),
        (["lengths", "xinput"], [True], "lengths.xinput .*expected false and 0"),
        (["calibration", "looks"], 1, "looks: found 1, but augmentation changes no colours, exp"),
        (["catalogues"], [{"name": "look1", "table": "x.csv"}], "name: found 'look1', expected a"),
    ],
)
def test_faults_are_named_with_key_found_and_expected(config, path, value, message):
    if message == CONTROL_SPLIT:
        config["catalogue"]["validation_split"] = 0.04
    with pytest.raises(ValueError, match=message):
        check_config(changed(config, path, value))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kinds", ["absolute", "signed"]),
        ("jitter", 2),
        ("antithetic", True),
        ("precision", "bfloat16"),
        ("watched_lengths", [{"criterion": "level", "level_fraction": 0.5}]),
    ],
)
def test_what_none_of_the_methods_has_is_refused(config, key, value):
    asked = changed(config, ["heatmaps", key], value)
    check_config(changed(asked, ["heatmaps", "methods"], ["gradcam", "smoothgrad"]))
    two = changed(asked, ["heatmaps", "methods"], ["gradcam", "tf_keras_vis_smoothgrad"])
    lack = "none of gradcam, tf_keras_vis_smoothgrad has another"
    with pytest.raises(ValueError, match=rf"heatmaps\.{key}: found .*: {lack}"):
        check_config(two)
    with pytest.raises(ValueError, match=rf"heatmaps\.{key}: found .*: gradcam has no other"):
        check_config(changed(asked, ["heatmaps", "methods"], ["gradcam"]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"heatmaps": {"occlusion_stride": 20}},
            "heatmaps.occlusion_stride: found 20, expected at most heatmaps.occlusion_patch, 16",
        ),
        (
            {"heatmaps": {"methods": ["occlusion"], "occlusion_patch": 225}},
            "heatmaps.occlusion_patch: found 225, expected at most 224, image.height",
        ),
        (
            {
                "heatmaps": {
                    "kinds": ["absolute", "variance"],
                    "watched_lengths": [{"criterion": "level", "level_fraction": 0.5}],
                }
            },
            "heatmaps.kinds: found variance, expected some of absolute, signed, gradient_input "
            "with heatmaps.watched_lengths",
        ),
        (
            {"calibration": {"methods": ["gradcam"]}},
            "calibration.methods: found 'gradcam', expected one of smoothgrad",
        ),
        (
            {
                "heatmaps": {
                    "methods": ["smoothgrad", "gradcam"],
                    "kinds": ["absolute", "signed"],
                },
                "calibration": {"methods": ["gradcam"], "kinds": ["signed"]},
            },
            "calibration.kinds: found signed, expected a kind of heat map that one of the methods "
            "has: gradcam",
        ),
    ],
)
def test_what_methods_cannot_do_is_refused(changes, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        check_config(changes)


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


@pytest.mark.parametrize("text", ["1e-3", "1E-3", "+1e-3", "10.e-4", ".1e-2", "0.1E-2"])
def test_numbers_of_yaml_1_2_are_numbers(text):
    """PyYAML, which Snakemake uses, reads some of them as text."""
    config = yaml.safe_load(f"{{training: {{learning_rate: {text}}}, seed: 1}}")
    assert check_config(config)["training"]["learning_rate"] == 0.001
    noise = yaml.safe_load(f"heatmaps: {{smooth_noise: [0.1, {text}]}}")
    assert check_config(noise)["heatmaps"]["smooth_noise"] == [0.1, 0.001]
    with pytest.raises(ValueError, match="learning_rate: found '1e-3x', expected a number"):
        check_config({"training": {"learning_rate": "1e-3x"}})


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "heatmaps:\n  jitter: 1\nseed: 1\nheatmaps:\n  symmetries: true\n",
            ["my.yaml, line 4: found the key heatmaps again, .* stands in line 1 already"],
        ),
        (
            "models:\n- {name: a, name: b}\ntraining: {epochs: 1, epochs: 2}",
            [
                r"line 2: found the key models\[0\].name again",
                "line 3: found the key training.epochs",
            ],
        ),
        ("seed: 010", ["line 1: seed: found 010, which YAML 1.1 reads as 8"]),
        ("seed: 1:30", ["seed: found 1:30, which YAML 1.1 reads as 90"]),
        ("{seed: 42, data: {directory: '010'}, image: {crop: 0.5, height: 0}}", []),
        ('{"seed": 1, "image": {"crop": 1e-3}}', []),
    ],
)
def test_files_are_checked_as_text(tmp_path, text, messages):
    (tmp_path / "my.yaml").write_text(text)
    if not messages:
        check_files([tmp_path / "my.yaml"])
        return
    with pytest.raises(ValueError, match="the configuration cannot be used") as error:
        check_files([tmp_path / "my.yaml"])
    lines = str(error.value).splitlines()[1:]
    assert len(lines) == len(messages)
    for line, message in zip(lines, messages, strict=True):
        assert re.search(message, line)


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
