"""What of a configuration comes from a bundle, and what contradicts it."""

import json
import zipfile

import pytest
import yaml

from galbar.bundle.sections import ADDED_KEYS, sections_of
from galbar.config.check import check_config
from galbar.config.completeness import list_own_catalogues
from galbar.config.inputs import check_inputs
from tests.helpers import bundles

OWN = {"catalogues": [{"name": "mine", "table": "mine.csv"}]}


@pytest.fixture(scope="module")
def tiny(root):
    return yaml.safe_load((root / "tests/config/tiny.yaml").read_text())


@pytest.fixture(scope="module")
def bundle(root, tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle") / "bundle.zip"
    bundles.write_small_bundle(path, bundles.configuration_of(root))
    return str(path)


def test_what_lengths_depend_on_is_that_of_the_run(bundle, tiny):
    config = check_config({"bundle": bundle, **OWN})
    assert sections_of(config) == sections_of(check_config(tiny))
    assert config["heatmaps"]["galaxies_per_job"] == 10000
    assert config["devices"]["without_gpu"] == "fail"
    assert config["selected_models"] == []


def test_the_configuration_of_the_run_itself_contradicts_nothing(bundle, tiny):
    assert check_config({**tiny, **OWN, "bundle": bundle})["image"]["height"] == 32


def test_the_published_values_give_way(bundle, root):
    published = yaml.safe_load((root / "config/config.yaml").read_text())
    config = check_config({**published, **OWN, "bundle": bundle})
    assert [model["name"] for model in config["models"]] == ["vgg16_tiny", "xception_tiny"]


def test_a_part_of_the_models_has_a_bundle_of_its_own(tiny):
    sections = sections_of(check_config({**tiny, "selected_models": ["xception_tiny"]}))
    assert [model["name"] for model in sections["models"]] == ["xception_tiny"]


def test_networks_leave_where_their_weights_came_from(tmp_path):
    (tmp_path / "vgg16.weights.h5").touch()
    model = {"name": "mine", "architecture": "vgg16", "weights": str(tmp_path)}
    old = {"name": "old", "architecture": "vgg16", "trained": "out/{run}/model.h5"}
    kept = sections_of(check_config({"models": [model, old]}))["models"]
    assert [(each["weights"], each["trained"]) for each in kept] == [("random", None)] * 2


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ({"heatmaps": {"batch_size": 7}}, {"batch_size": 7}),
        ({"heatmaps": {"galaxies_per_job": 9, "keep": False}}, {"galaxies_per_job": 9}),
        ({"heatmaps": {"class_columns": ["Class3.1"]}}, {"class_columns": ["Class3.1"]}),
        # As --config gives nested values.
        ({"heatmaps": {"smooth_samples": "2"}}, {"smooth_samples": 2, "batch_size": 2}),
    ],
)
def test_what_is_free_is_the_users(bundle, change, values):
    heatmaps = check_config({"bundle": bundle, **OWN, **change})["heatmaps"]
    assert values.items() <= heatmaps.items()


def test_the_published_batch_size_counts_where_a_user_has_written_it(bundle, root):
    published = yaml.safe_load((root / "config/config.yaml").read_text())
    own = {**OWN, "bundle": bundle}
    for written, size in (({}, 2), ({"heatmaps": {"batch_size": 16}}, 16), ({"heatmaps": 1}, 2)):
        config = check_config({**published, **own}, {**own, **written})
        assert config["heatmaps"]["batch_size"] == size


def repack_configuration(bundle, path, *keys, **values):
    """Change the configuration of a bundle's manifest; the value None takes a key out."""

    def change(members):
        manifest = json.loads(members["manifest.json"])
        inner = manifest["configuration"]
        for key in keys:
            inner = inner[key]
        for name, value in values.items():
            inner[name] = value
            if value is None:
                del inner[name]
        members["manifest.json"] = json.dumps(manifest)

    bundles.repack(bundle, path, change)
    return str(path)


@pytest.mark.parametrize(
    ("keys", "values", "message"),
    [
        (
            ["image"],
            {"depth": 3},
            r"image: missing keys \[\], unknown keys \['depth'\]; expe",
        ),
        (["image"], {"crop": None}, r"image: missing keys \['crop'\], unknown keys \[\]"),
        (["lengths"], {"smoothing": None}, r"lengths: missing keys \['smoothing'\]"),
        (["models", 1], {"width": None}, r"models\[1\]: missing keys \['width'\]"),
        (["models", 0], {"depth": 1}, r"models\[0\]: missing keys \[\], unknown keys \['depth'\]"),
        (["scores", "published"], {"x": 1}, r"scores.published: .*unknown keys \['x'\]"),
        (["training"], {"epochs": 1}, r"training: missing keys \[\], unknown keys \['epochs'\]"),
        (["image"], {"height": "tall"}, r"image.height: found 'tall', expected an integer"),
        (["heatmaps"], {"kinds": ["odd"]}, r"heatmaps.kinds\[0\]: found 'odd'"),
    ],
)
def test_faults_of_a_bundles_configuration_name_the_bundle(bundle, tmp_path, keys, values, message):
    path = repack_configuration(bundle, tmp_path / "odd.zip", *keys, **values)
    with pytest.raises(ValueError, match=rf"odd.zip: .*{message}"):
        check_config({"bundle": path, **OWN})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": {"height": 64, "width": 64}}, r"image.height: found 64, expected .* 32 as in"),
        ({"seed": 1}, "seed: found 1, expected nothing, or 42 as in the bundle"),
        (
            {"heatmaps": {"kinds": ["absolute", "signed"]}},
            r"heatmaps.kinds: found \['absolute',",
        ),
        ({"heatmaps": {"batch_size": "auto"}}, "heatmaps.batch_size: found 'auto', expected"),
        ({"training": {"runs": 3}}, "training.runs: found 3, expected nothing, or 2 as in"),
        ({"selected_models": ["vgg16"]}, r"models: found \['vgg16'\], expected nothing, or those"),
        ({"calibration": {"xinput": [True]}}, r"calibration.xinput: found \[True\]"),
        ({"cosmology": {"omega_m": 0.2}}, "cosmology.omega_m: found 0.2, expected"),
        ({"catalogues": []}, "catalogues: found none, expected galaxies of your own"),
        ({"bundle": "none.zip"}, r"bundle: found no file none.zip"),
        ({"bundle": {"url": "ftp://x", "sha256": "0" * 64}}, "bundle.url: found 'ftp://x'"),
        ({"bundle": {"url": "https://x"}}, "bundle: sha256 is missing"),
        ({"bundle": 3}, "bundle: found 3, expected a string or a mapping"),
    ],
)
def test_what_contradicts_a_bundle_is_named(bundle, change, message):
    with pytest.raises(ValueError, match=message):
        check_config({"bundle": bundle, **OWN, **change})


def test_nothing_of_the_data_directory_is_looked_for(bundle, tmp_path):
    (tmp_path / "mine.csv").write_text("id,image,ra,dec\n1,1.fits,1,2\n")
    own = {"catalogues": [{"name": "mine", "table": str(tmp_path / "mine.csv")}]}
    config = check_config({"bundle": bundle, **own, "data": {"directory": "nowhere"}})
    check_inputs(config)
    with pytest.raises(ValueError, match=r"none of the images of its first 1 rows"):
        check_inputs(config, thorough=True)


def test_simulated_galaxies_are_enough_to_measure(bundle):
    config = check_config({"bundle": bundle, "completeness": {"galaxies": 5}})
    (simulated,) = list_own_catalogues(config)
    assert simulated["name"] == "completeness"
    both = list_own_catalogues(
        check_config({"bundle": bundle, **OWN, "completeness": {"galaxies": 5}})
    )
    assert [entry["name"] for entry in both] == ["mine", "completeness"]
    with pytest.raises(ValueError, match="catalogues: found none, expected galaxies of your own"):
        check_config({"bundle": bundle, "completeness": {"galaxies": 0}})


def test_networks_have_not_seen_the_simulated_galaxies(bundle, tiny):
    """The bundle's survey has the seed 42, as that of the configuration."""
    seen = {"completeness": {"galaxies": 5, "seed": 42}}
    message = "completeness.seed: found 42, expected another than"
    with pytest.raises(ValueError, match=f"{message} the survey's of .*bundle.zip"):
        check_config({"bundle": bundle, **seen})
    with pytest.raises(ValueError, match=f"{message} survey.seed: the networks were trained on"):
        check_config({**tiny, **seen})
    check_config({**tiny, "completeness": {"seed": 42}})
    assert check_config({**tiny, "survey": {**tiny["survey"], "seed": 1}, **seen})


def test_bundles_from_before_a_key_are_read(bundle, tmp_path):
    """What they lack stands for how they were made; what they have counts."""
    with zipfile.ZipFile(bundle) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    for section, keys in ADDED_KEYS.items():
        for key, value in keys.items():
            assert manifest["configuration"][section].pop(key) == value
    manifest["configuration"]["heatmaps"]["occlusion_patch"] = 8
    members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    config = check_config({"bundle": str(tmp_path / "old.zip"), **OWN})
    assert config["calibration"]["methods"] == []
    assert config["heatmaps"]["integration_steps"] == 32
    assert config["heatmaps"]["occlusion_patch"] == 8
