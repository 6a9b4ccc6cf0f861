import hashlib
import io
import json
import zipfile

import h5py
import numpy as np
import pytest

from galbar.bundle.contents import FILES, OPTIONAL, expected_parts, parts_of
from galbar.bundle.extend import extend_bundle
from galbar.bundle.networks import check_links, check_network, without_optimizer
from galbar.bundle.read import read_manifest, unpack_bundle
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.networks.backbones.registry import BACKBONES
from galbar.networks.build import build_network
from tests.helpers import bundles


@pytest.fixture(scope="module")
def configuration(root):
    return bundles.configuration_of(root)


@pytest.fixture
def bundle(tmp_path, configuration):
    path = tmp_path / "bundle.zip"
    bundles.write_small_bundle(path, configuration)
    return path


def unpack(path, folder, configuration):
    targets = {name: folder / name for name in expected_parts(configuration)}
    unpack_bundle(path, targets)
    return targets


def test_what_is_written_is_read(tmp_path, configuration):
    path = tmp_path / "bundle.zip"
    parts = bundles.write_small_bundle(path, configuration)
    networks = [name for name in parts if name.endswith("model.keras")]
    assert len(networks) == 2 * 2
    assert set(parts) == {*FILES, *networks}
    manifest = read_manifest(path)
    assert manifest["configuration"] == json.loads(json.dumps(configuration))
    assert manifest["trained_on"] == bundles.TRAINED_ON
    assert manifest["class_columns"] == list(VOTE_COLUMNS)
    targets = unpack(path, tmp_path / "unpacked", configuration)
    for name in FILES:
        assert targets[name].read_bytes() == parts[name].read_bytes()
    for name in networks:
        check_network(targets[name].read_bytes(), name)
    first = path.read_bytes()
    bundles.write_small_bundle(path, configuration)
    assert path.read_bytes() == first


def test_a_table_of_biases_is_a_part_that_may_be_there(tmp_path, configuration, bundle):
    (name,) = OPTIONAL
    assert name not in parts_of(read_manifest(bundle))
    table, extended = tmp_path / "length_bias.csv", tmp_path / "extended.zip"
    for content in (b"bias\n0.1\n", b"bias\n0.2\n"):
        table.write_bytes(content)
        # The second time it replaces the first.
        extend_bundle(extended if extended.exists() else bundle, extended, {name: table})
        parts = parts_of(read_manifest(extended))
        assert parts == sorted([*expected_parts(configuration), name])
        targets = {part: tmp_path / "unpacked" / part for part in parts}
        unpack_bundle(extended, targets)
        assert targets[name].read_bytes() == content
    with zipfile.ZipFile(bundle) as before, zipfile.ZipFile(extended) as after:
        kept = [member for member in before.namelist() if member != "manifest.json"]
        assert all(before.read(member) == after.read(member) for member in kept)
    # Who leaves the table out has planned with another bundle.
    with pytest.raises(ValueError, match="found other parts than when the run was planned"):
        unpack(extended, tmp_path / "again", configuration)


def test_a_bundle_is_extended_by_optional_files_only(tmp_path, bundle):
    target = tmp_path / "extended.zip"
    with pytest.raises(ValueError, match=r"found results/run\.py, expected of results/length_bias"):
        extend_bundle(bundle, target, {"results/run.py": tmp_path / "run.py"})
    assert not target.exists()


def test_a_plan_of_heat_maps_is_a_part_where_there_is_one(root):
    heatmaps = {"heatmaps": {"batch_size": "auto", "kinds": ["absolute"]}}
    parts = expected_parts(bundles.configuration_of(root, heatmaps))
    assert sum(name.endswith("/heatmap_plan.json") for name in parts) == 2 * 2


def test_networks_lose_their_optimizer_and_nothing_else(tmp_path):
    original = tmp_path / "model.keras"
    original.write_bytes(bundles.network())
    content = without_optimizer(original)
    assert content == without_optimizer(original)
    assert len(content) < original.stat().st_size - 8000
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        weights = archive.read("model.weights.h5")
        assert json.loads(archive.read("config.json"))["compile_config"] is None
    with h5py.File(io.BytesIO(weights)) as store:
        assert list(store) == ["layers"]
        assert store["layers/dense"].attrs["name"] == "dense"
        np.testing.assert_array_equal(store["layers/dense/vars/0"], np.arange(4))


def manifest_of(members):
    return json.loads(members["manifest.json"])


def set_manifest(*path, value):
    """Return a change of a value in the manifest."""

    def change(members):
        manifest = manifest_of(members)
        inner = manifest
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        members["manifest.json"] = json.dumps(manifest)

    return change


def drop(name):
    return lambda members: members.pop(name)


def add(name, content=b"x"):
    return lambda members: members.update({name: content})


def replace_network(content):
    """Return a change of a network, as `replace_part`."""
    return replace_part(NETWORK, content)


def replace_part(name, content):
    """Return a change of a part, its checksum included: as an attacker would."""
    entry = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}

    def change(members):
        members[name] = content
        set_manifest("members", name, value=entry)(members)

    return change


NETWORK = "results/vgg16_tiny/run1/model.keras"
CODE = {"module": "keras.layers", "registered_name": None, "config": {}}
OF_MANIFEST = [
    (drop("manifest.json"), "found no manifest.json, expected a bundle of galbar"),
    (add("manifest.json", b"{"), "manifest.json: expected JSON"),
    (add("manifest.json", b"[" * 100_000), "manifest.json: expected JSON"),
    (add("manifest.json", b"[]"), "found the format 'list', expected 'galbar bundle'"),
    (add("manifest.json", b" " * (5 << 20)), "manifest.json: found 5242880 bytes, expected at"),
    (set_manifest("format", value="zip"), "found the format 'zip', expected 'galbar bundle'"),
    (set_manifest("version", value=3), "found the version 3 of the format, expected at most 2"),
    (
        set_manifest("version", value=1),
        "found the version 1 of the format, expected 2: .*Export",
    ),
    (set_manifest("version", value=0), "found the version 0, expected 2"),
    (set_manifest("class_columns", value={}), r"class_columns: found \{\}, expected list"),
    (
        set_manifest("class_columns", 3, value="Class2.2"),
        r"class_columns\[3\]: found 'Class2.2', expected 'Class2.1'",
    ),
    (set_manifest("class_columns", value=["Class1.1"]), "found 1 columns, expected 37"),
    (set_manifest("more", value=0), r"unknown keys \['more'\]"),
    (set_manifest("members", value=[]), r"members: found \[\], expected dict"),
    (set_manifest("trained_on", value={}), "trained_on.simulated: found None, expected true"),
    (set_manifest("trained_on", "looks", value=None), "trained_on.looks: found None, expected an"),
    (set_manifest("trained_on", "looks", value=-1), "trained_on.looks: found -1, expected an int"),
    (set_manifest("configuration", "data", value={}), r"unknown keys \['data'\]"),
    (
        set_manifest("configuration", "heatmaps", "depth", value=3),
        r"configuration.heatmaps: missing keys \[\], unknown keys \['depth'\]",
    ),
    (
        set_manifest("configuration", "cosmology", value={"h": 0.7}),
        r"configuration.cosmology: missing keys \['omega_m'\], unknown keys \['h'\]",
    ),
    (set_manifest("configuration", "seed", value=True), "seed: found True, expected int"),
    (set_manifest("configuration", "training", "runs", value=10**6), "found 1000000, expected 1"),
    (set_manifest("configuration", "models", 0, "name", value="../up"), "expected letters and"),
    (set_manifest("configuration", "models", 1, "name", value="VGG16_tiny"), "expected each once"),
    (set_manifest("configuration", "models", 0, "weights", value="/root"), "'/root'.*has its own"),
    (
        set_manifest("configuration", "lengths", "criteria", value=[{"name": "x", "file": "x.py"}]),
        "x.py.*a bundle holds no code",
    ),
    (set_manifest("members", NETWORK, "size", value=1 << 40), f"size of {NETWORK}: found 1099"),
    (set_manifest("members", NETWORK, "size", value=7), rf"{NETWORK}: found \d+ bytes, expected 7"),
    (set_manifest("members", NETWORK, "sha256", value="x"), f"sha256 of {NETWORK}: found 'x'"),
    (set_manifest("members", "results/more.csv", value={}), r"unknown \['results/more.csv'\]"),
]
OF_MEMBERS = [
    (drop(NETWORK), rf"missing members \['{NETWORK}'\]"),
    (add("results/more.csv"), r"unknown members \['results/more.csv'\]"),
    (add("/etc/passwd"), "'/etc/passwd': found a path that leads elsewhere"),
    (add("results/../../up"), "'results/../../up': found a path that leads elsewhere"),
    (add("results\\up"), "found a path that leads elsewhere"),
    (add("C:/up"), "'C:/up': found a path that leads elsewhere"),
    (add("results/folder/"), "'results/folder/': found a path that leads elsewhere or is a folder"),
]


@pytest.mark.parametrize(("change", "message"), OF_MANIFEST + OF_MEMBERS)
def test_a_bundle_with_other_contents_is_refused_before_anything_is_planned(
    bundle, tmp_path, change, message
):
    path = tmp_path / "changed.zip"
    bundles.repack(bundle, path, change)
    with pytest.raises(ValueError, match=f"changed.zip: .*{message}"):
        read_manifest(path)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({**CODE, "class_name": "Lambda"}, r"keras.layers.Lambda, expected plain layers"),
        ({**CODE, "class_name": "TFSMLayer"}, r"keras.layers.TFSMLayer"),
        ({**CODE, "module": "os", "class_name": "system"}, r"os.system, expected"),
        ({**CODE, "module": None, "class_name": "__lambda__"}, r"None.__lambda__"),
        ({**CODE, "class_name": "Dense", "registered_name": "mine>Dense"}, r"keras.layers.Dense"),
    ],
)
def test_networks_with_code_are_refused(bundle, tmp_path, configuration, layer, message):
    content = bundles.network([bundles.LAYER, {**bundles.LAYER, "config": {"deep": [layer]}}])
    path = tmp_path / "changed.zip"
    bundles.repack(bundle, path, replace_network(content))
    with pytest.raises(ValueError, match=rf"{NETWORK}: config.json: found .*{message}"):
        unpack(path, tmp_path / "unpacked", configuration)
    assert not (tmp_path / "unpacked" / NETWORK).exists()
    # Nor are they put into one.
    keras = bundles.network([layer])
    with pytest.raises(ValueError, match="a bundle holds no code"):
        bundles.write_small_bundle(tmp_path / "own.zip", configuration, keras)
    assert not (tmp_path / "own.zip").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no archive", "found no file of Keras"),
        (bundles.network(members={"more.py": b"1"}), "found .*more.py.*expected metadata.json"),
        (bundles.network(members={"config.json": b"{"}), "config.json: expected JSON"),
    ],
)
def test_networks_that_are_no_files_of_keras_are_refused(
    bundle, tmp_path, configuration, content, message
):
    path = tmp_path / "changed.zip"
    bundles.repack(bundle, path, replace_network(content))
    with pytest.raises(ValueError, match=f"changed.zip: {NETWORK}: .*{message}"):
        unpack(path, tmp_path / "unpacked", configuration)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda store: store.update(a=h5py.ExternalLink("/etc/x.h5", "b")), "a: found a ExternalL"),
        (lambda store: store.create_group("g").update(b=h5py.SoftLink("/n")), "g/b: found a Soft"),
        (
            lambda store: store.create_dataset("c", 4, "u1", external=[("/etc/hostname", 0, 4)]),
            "c: found data of another file",
        ),
    ],
)
def test_numbers_of_other_files_are_refused(change, message):
    check_links(bundles.numbers(), "part")
    content = bundles.numbers(change)
    with pytest.raises(ValueError, match=f"part: {message}"):
        check_links(content, "part")
    keras = bundles.network(members={"model.weights.h5": content})
    with pytest.raises(ValueError, match=f"net: model.weights.h5: {message}"):
        check_network(keras, "net")


def test_numbers_are_checked_when_a_bundle_is_unpacked(bundle, tmp_path, configuration):
    path = tmp_path / "changed.zip"
    name = "results/calibration.h5"
    bundles.repack(bundle, path, replace_part(name, b"no numbers"))
    with pytest.raises(ValueError, match=f"changed.zip: {name}: found no file of HDF5"):
        unpack(path, tmp_path / "unpacked", configuration)


def test_a_network_that_unpacks_to_more_than_it_is_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(10**6))
        archive.writestr("config.json", "{}")
        archive.writestr("metadata.json", "{}")
    with pytest.raises(ValueError, match="found 1000004 bytes when unpacked, expected"):
        check_network(packed.getvalue(), "net")


@pytest.mark.parametrize("name", ["card.md", "results/calibration.h5", NETWORK])
def test_a_wrong_checksum_is_refused(bundle, tmp_path, configuration, name):
    def change(members):
        members[name] = members[name][:-1] + b"?"

    path = tmp_path / "changed.zip"
    bundles.repack(bundle, path, change)
    read_manifest(path)
    with pytest.raises(ValueError, match=rf"changed.zip: {name}: wrong checksum, found SHA-256"):
        unpack(path, tmp_path / "unpacked", configuration)


def rewrite_entries(source, target, edit):
    """Copy a bundle; `edit` gets each entry, may change it, and returns how often it is written."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as changed:
        for info in archive.infolist():
            content = archive.read(info)
            for _ in range(edit(info)):
                changed.writestr(info, content)


def test_links_are_refused(bundle, tmp_path):
    def edit(info):
        info.external_attr = 0o120777 << 16
        return 1

    rewrite_entries(bundle, tmp_path / "links.zip", edit)
    with pytest.raises(ValueError, match=r"manifest.json: found a link .*\(mode 120000\)"):
        read_manifest(tmp_path / "links.zip")


def test_encrypted_members_are_refused(bundle, tmp_path):
    content = bytearray(bundle.read_bytes())
    # The flags of the first member in the archive's directory.
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "secret.zip").write_bytes(content)
    with pytest.raises(ValueError, match=r"secret.zip: manifest.json: found an encrypted member"):
        read_manifest(tmp_path / "secret.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_that_come_twice_are_refused(bundle, tmp_path):
    rewrite_entries(bundle, tmp_path / "twice.zip", lambda info: 1 + (info.filename == "card.md"))
    with pytest.raises(ValueError, match=r"twice.zip: card.md: found the member again"):
        read_manifest(tmp_path / "twice.zip")


def test_other_compressions_are_refused(bundle, tmp_path):
    def edit(info):
        info.compress_type = zipfile.ZIP_BZIP2
        return 1

    rewrite_entries(bundle, tmp_path / "bzip2.zip", edit)
    with pytest.raises(ValueError, match="found the compression 12, expected members that are"):
        read_manifest(tmp_path / "bzip2.zip")


def test_a_member_that_unpacks_to_more_than_it_says_is_not_read_to_its_end(
    bundle, tmp_path, configuration
):
    """The size in the directory of the archive is a claim."""
    size = len(zipfile.ZipFile(bundle).read("results/error_model.csv"))
    bomb = tmp_path / "bomb.zip"
    bundles.repack(bundle, bomb, add("results/error_model.csv", bytes(50_000_000)))
    raw = bomb.read_bytes()
    claimed = raw.replace((50_000_000).to_bytes(4, "little"), size.to_bytes(4, "little"))
    assert claimed != raw
    bomb.write_bytes(claimed)
    read_manifest(bomb)
    with pytest.raises(ValueError, match=r"bomb.zip: results/error_model.csv: (wrong|found a dam)"):
        unpack(bomb, tmp_path / "unpacked", configuration)


def test_what_is_no_archive_is_refused(bundle, tmp_path):
    (tmp_path / "page.zip").write_text("<html>not found</html>")
    (tmp_path / "cut.zip").write_bytes(bundle.read_bytes()[:-40])
    for name in ("page.zip", "cut.zip"):
        with pytest.raises(ValueError, match=f"{name}: found no whole ZIP archive, expected a bun"):
            read_manifest(tmp_path / name)
    with pytest.raises(FileNotFoundError, match=r"bundle: found no file .*none.zip"):
        read_manifest(tmp_path / "none.zip")


@pytest.mark.parametrize("architecture", list(BACKBONES))
def test_the_networks_of_every_family_are_plain(tmp_path, architecture):
    model = build_network(architecture, height=96, width_px=96, width=0.0625, seed=1)
    model.save(tmp_path / "model.keras")
    check_network(without_optimizer(tmp_path / "model.keras"), architecture)


def test_the_network_of_keras_predicts_the_same_without_its_optimizer(tmp_path):
    import keras

    image = keras.Input((8, 8, 3), name="image")
    features = keras.layers.Conv2D(4, 3, activation="silu")(image)
    features = keras.layers.BatchNormalization()(features)
    votes = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(features))
    model = keras.Model(image, votes)
    model.compile(optimizer="adam", loss="mse")
    images = np.random.default_rng(1).random((4, 8, 8, 3), dtype=np.float32)
    model.train_on_batch(images, np.ones((4, 2)))
    path = tmp_path / "model.keras"
    model.save(path)
    content = without_optimizer(path)
    check_network(content, "model")
    assert len(content) < path.stat().st_size
    (tmp_path / "stripped.keras").write_bytes(content)
    both = [keras.models.load_model(tmp_path / name) for name in ("model.keras", "stripped.keras")]
    for weight, stripped in zip(both[0].weights, both[1].weights, strict=True):
        np.testing.assert_array_equal(weight, stripped)
    np.testing.assert_array_equal(*(each.predict_on_batch(images) for each in both))
