import copy

import pytest
import yaml
from jsonschema import Draft202012Validator

from galbar.config.check import REMOVED_KEYS, check_config, complete_config


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


def leaves(schema, root, prefix=""):
    """Yield (key, schema) of every key that holds a value, lists of mappings included."""
    if "$ref" in schema:
        schema = {**root["$defs"][schema["$ref"].split("/")[-1]], **schema}
    for key, part in schema.get("properties", {}).items():
        items = part.get("items", {})
        if "$ref" in items or "properties" in items:
            yield prefix + key, part
            yield from leaves(items, root, f"{prefix}{key}[].")
        elif "$ref" in part or "properties" in part:
            yield from leaves(part, root, f"{prefix}{key}.")
        else:
            yield prefix + key, part


def readme_row(key, part):
    types = part.get("type", "choice")
    types = " or ".join(types) if isinstance(types, list) else types
    if "enum" in part:
        types = ", ".join(map(str, part["enum"]))
    default = "required" if "default" not in part else f"`{yaml_value(part['default'])}`"
    if key == "models":
        default = "the three published networks"
    return f"| `{key}` | {types} | {default} | {' '.join(part['description'].split())} |"


def yaml_value(value):
    text = yaml.safe_dump(value, default_flow_style=True, width=1000)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def test_the_schema_is_valid(schema):
    Draft202012Validator.check_schema(schema)


def test_the_published_configuration_is_what_the_schema_fills_in(config, schema):
    assert complete_config({}, schema) == check_config(config, schema)


def test_every_key_has_type_description_and_default(schema):
    required = {"models[].name", "models[].architecture", "catalogues[].name", "catalogues[].table"}
    required.add("heatmaps.watched_lengths[].method")
    for key, part in leaves(schema, schema):
        assert {"type", "enum"} & set(part), key
        assert part.get("description"), key
        # An item of a list may leave these out, the schema says so elsewhere.
        assert "default" in part or key in required, key


def test_the_readme_describes_every_key(root, schema):
    readme = (root / "config/README.md").read_text()
    rows = [readme_row(key, part) for key, part in leaves(schema, schema)]
    assert [row for row in rows if row not in readme] == []
    table = [line for line in readme.splitlines() if line.startswith("| `")]
    assert [line for line in table if line not in rows] == []


def test_demo_and_test_configurations_are_accepted(root, schema):
    files = [root / "config/demo.yaml", *sorted((root / "tests/config").glob("*.yaml"))]
    assert len(files) >= 2
    for file in files:
        check_config(yaml.safe_load(file.read_text()), schema)


def test_keys_of_earlier_versions_are_named_with_what_to_do(config, schema):
    config["heatmaps"] |= {
        **{"tolerance": None, "min_samples": 32, "simplify_network": True},
        "smoth_noise": [0.1],
    }
    with pytest.raises(ValueError, match="the configuration cannot be used") as caught:
        check_config(config, schema)
    _, first, second, third, fourth = str(caught.value).splitlines()
    assert first.startswith("heatmaps.min_samples: found 32, but this key is gone: every galaxy")
    assert second.startswith("heatmaps.simplify_network: found True, but this key is gone: heat")
    assert third.startswith("heatmaps.tolerance: found None, but this key is gone: it cost as")
    assert third.endswith("give the number in heatmaps.smooth_samples; take it out")
    assert fourth.startswith("heatmaps: unknown key smoth_noise; expected are against, ")


def test_removed_keys_are_not_in_the_schema(schema):
    known = {key for key, _ in leaves(schema, schema)}
    assert not known & set(REMOVED_KEYS)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["trainig"], 1, "top level: unknown key trainig; expected are .*training"),
        (["training", "epoch"], 3, "training: unknown key epoch; expected are .*epochs"),
        (["seed"], "x", r"seed: found 'x', expected a integer, at least 0"),
        (["image", "depth"], 3, r"image.depth: this key was removed: images are RGB, .*delete"),
        (["image", "width"], 100, "image.width: found 100 with a height of 224"),
        (["heatmaps", "smooth_noise"], [], "heatmaps.smooth_noise: found .., .*items at least 1"),
        (["heatmaps", "output"], "Class3.3", "heatmaps.output: found 'Class3.3', expected a vote"),
        (["heatmaps", "against"], "Class3", "heatmaps.against: found 'Class3', expected a vote"),
        (["heatmaps", "against"], "Class3.1", "heatmaps.against: .*expected another column"),
        (["heatmaps", "kinds"], ["signed"], "heatmaps.kinds: .*expected absolute among them"),
        (["models", 0, "name"], "control", "models: found the name control, expected another"),
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
        (["lengths", "methods"], ["level"], "lengths.methods: .*expected pearson among them"),
        (["lengths", "xinput"], [True], "lengths.xinput .*expected false and 0"),
    ],
)
def test_faults_are_named_with_key_found_and_expected(config, schema, path, value, message):
    with pytest.raises(ValueError, match=message):
        check_config(changed(config, path, value), schema)


def test_all_faults_are_listed_at_once(config, schema):
    config = changed(changed(config, ["seed"], -1), ["training", "runs"], 0)
    with pytest.raises(ValueError, match=r"(?s)seed: found -1.*training\.runs: found 0"):
        check_config(config, schema)


def test_a_removed_key_does_not_hide_an_unknown_one(config, schema):
    config["image"] |= {"depth": 3, "heigth": 224}
    with pytest.raises(ValueError, match=r"image.depth: this.*\nimage: unknown key heigth; exp"):
        check_config(config, schema)


def test_one_selected_model_may_stand_without_brackets(config, schema):
    config = changed(config, ["selected_models"], "xception")
    assert check_config(config, schema)["selected_models"] == ["xception"]


def test_numbers_from_the_command_line_may_be_text(config, schema):
    config["heatmaps"] = {"smooth_noise": ["0.1", "0.25"], "symmetries": "true", "jitter": "2"}
    heatmaps = check_config(config, schema)["heatmaps"]
    assert heatmaps["smooth_noise"] == [0.1, 0.25]
    assert heatmaps["symmetries"] is True
    assert heatmaps["jitter"] == 2
    config["heatmaps"]["jitter"] = "two"
    with pytest.raises(ValueError, match=r"heatmaps.jitter: found 'two'"):
        check_config(config, schema)


def test_the_order_of_keys_in_a_file_does_not_count(config, schema):
    turned = dict(reversed(config.items()))
    turned["models"] = [dict(reversed(model.items())) for model in config["models"]]
    turned["training"] = dict(reversed(config["training"].items()))
    # Compared as text, as Snakemake compares params.
    assert str(check_config(turned, schema)) == str(check_config(config, schema))
