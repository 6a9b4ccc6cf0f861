import json
import logging
import subprocess
import sys

import h5py
import numpy as np
import pytest

from galbar.attribution.class_heatmaps import (
    average_maps,
    read_class_heatmaps,
    write_class_heatmaps,
)
from galbar.attribution.heatmap_files import ATTRIBUTES, create_heatmaps, normalise, open_heatmaps
from galbar.attribution.model_average import open_average

IDS = [587722981736120347, 587722981736120348, 7]
SHAPE = (5, 4)
VALUES = {
    "model": "xception",
    "model_sha256": "ab",
    "output": "Class3.1",
    "smooth_samples": 256,
    "smooth_noise": 0.1,
    "seed": 42,
    "jitter": 0,
    "against": "",
    "symmetries": False,
    "antithetic": False,
    "watched": "",
    "precision": "float32",
    "batch_size": 16,
    "crop": 1.0,
    "image_height": 5,
    "image_width": 4,
    "attribution": "smoothgrad",
    "versions": "{}",
}


def write(path, maps, ids=IDS, kinds=("absolute",), **attributes):
    """Write maps: kind -> (n, ny, nx)."""
    with create_heatmaps(path, ids, kinds, SHAPE, VALUES | attributes) as writer:
        for index in range(len(ids)):
            writer.write(index, {kind: maps[kind][index] for kind in kinds})
    return path


@pytest.fixture
def maps():
    random = np.random.default_rng(0)
    return {
        "absolute": random.random((3, *SHAPE)).astype(np.float32),
        "signed": random.normal(size=(3, *SHAPE)).astype(np.float32),
    }


def test_reads_what_was_written(tmp_path, maps):
    path = write(tmp_path / "new" / "maps.h5", maps, kinds=("signed", "absolute"))
    with open_heatmaps(path) as stored:
        assert stored.ids.dtype == np.int64
        assert stored.ids.tolist() == IDS
        assert stored.kinds == ("absolute", "signed")
        assert stored.shape == SHAPE
        assert len(stored) == 3
        assert {name: stored.attributes[name] for name in ATTRIBUTES} == VALUES
        for index, one in enumerate(stored):
            for kind, image in one.items():
                assert image.dtype == np.float32
                np.testing.assert_array_equal(image, maps[kind][index])
        with pytest.raises(ValueError, match=r"maps\.h5.*'gradient_input'.*heatmaps\.kinds"):
            stored.read(0, "gradient_input")
    with h5py.File(path) as store:
        assert store["absolute"].chunks == (1, *SHAPE)
        assert store.attrs["complete"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ids": np.array(IDS, dtype=float)}, "ids of type float64"),
        ({"ids": [7, 8, 7]}, "galaxy 7 appears more than once"),
        ({"kinds": ("cubed",)}, "cubed"),
        ({"kinds": ()}, "kinds of heat map"),
    ],
)
def test_what_cannot_be_stored_is_refused(tmp_path, maps, arguments, message):
    with pytest.raises(ValueError, match=message):
        write(tmp_path / "maps.h5", maps, **arguments)
    assert not list(tmp_path.iterdir())


def test_attributes_cannot_be_left_out(tmp_path):
    values = {name: value for name, value in VALUES.items() if name != "seed"}
    with (
        pytest.raises(ValueError, match=r"\['seed'\]"),
        create_heatmaps(tmp_path / "maps.h5", IDS, ["absolute"], SHAPE, values),
    ):
        pass


def test_map_of_another_shape_is_refused(tmp_path, maps):
    maps["absolute"] = maps["absolute"][:, :, :3]
    with pytest.raises(ValueError, match=rf"galaxy {IDS[0]}.*\(5, 3\), expected \(5, 4\)"):
        write(tmp_path / "maps.h5", maps)


def write_two_of_three(path, maps):
    with create_heatmaps(path, IDS, ["absolute"], SHAPE, VALUES) as writer:
        writer.write(0, {"absolute": maps["absolute"][0]})
        writer.write(2, {"absolute": maps["absolute"][2]})


def test_galaxy_left_out_leaves_the_file_as_it_was(tmp_path, maps):
    path = write(tmp_path / "maps.h5", maps)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"2 of 3 galaxies were written.*missing is {IDS[1]}"):
        write_two_of_three(path, maps)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_map_that_is_not_finite_is_nan_with_a_warning(tmp_path, maps, caplog, value):
    maps["absolute"][1, 2, 3] = value
    with caplog.at_level(logging.WARNING):
        path = write(tmp_path / "maps.h5", maps)
    assert f"galaxy {IDS[1]}: the map absolute is not finite" in caplog.text
    with open_heatmaps(path) as stored:
        assert np.isnan(stored.read(1, "absolute")).all()
        assert np.isfinite(stored.read(0, "absolute")).all()


def test_files_that_are_not_whole_are_refused(tmp_path, maps):
    path = tmp_path / "maps.h5"
    with pytest.raises(FileNotFoundError, match=r"maps\.h5"), open_heatmaps(path):
        pass
    write(path, maps)
    whole = path.read_bytes()
    for part in (whole[:100], whole[: len(whole) // 2], whole[:-100], b"", b"galaxy_id\n1\n"):
        path.write_bytes(part)
        with (
            pytest.raises(ValueError, match=r"maps\.h5: truncated or not an HDF5"),
            open_heatmaps(path),
        ):
            pass


@pytest.mark.parametrize(
    ("break_file", "message"),
    [
        (lambda store: store.attrs.pop("complete"), "not complete"),
        (lambda store: store.attrs.modify("complete", False), "not complete"),
        (lambda store: store.attrs.pop("seed"), r"\['seed'\] missing"),
        (lambda store: store.pop("galaxy_id"), "galaxy_id"),
        (lambda store: store.pop("absolute"), "holds no heat maps"),
        (lambda store: store.attrs.modify("image_width", 5), r"shape \(3, 5, 4\)"),
    ],
)
def test_files_that_disagree_with_themselves_are_refused(tmp_path, maps, break_file, message):
    path = write(tmp_path / "maps.h5", maps)
    with h5py.File(path, "a") as store:
        break_file(store)
    with pytest.raises(ValueError, match=message), open_heatmaps(path):
        pass


def test_normalised_maps_span_their_scale(maps):
    image = maps["absolute"][0] * 1e-12
    image = image.astype(np.float32)
    found = normalise(image)
    assert found.min() == 0
    assert found.max() == 1
    np.testing.assert_allclose(found, (image - image.min()) / np.ptp(image), rtol=1e-5)
    signed = normalise(maps["signed"][0], "signed")
    assert np.abs(signed).max() == 1
    np.testing.assert_array_equal(np.sign(signed), np.sign(maps["signed"][0]))


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan, np.inf])
def test_map_without_scale_is_nan(value):
    flat = np.full(SHAPE, value)
    assert np.isnan(normalise(flat)).all()
    broken = np.arange(20.0).reshape(SHAPE)
    broken[1, 1] = np.inf
    assert np.isnan(normalise(broken)).all()
    assert np.isnan(normalise(np.zeros(SHAPE), "signed")).all()


def test_average_is_the_mean_of_the_normalised_maps(tmp_path, maps):
    kinds = ("absolute", "signed")
    paths = [
        write(
            tmp_path / f"{number}.h5",
            {kind: image**number * 10**number for kind, image in maps.items()},
            kinds=kinds,
            model=f"model{number}",
            model_sha256=f"{number}",
        )
        for number in (1, 2, 3)
    ]
    with open_average(paths) as average:
        assert len(average) == len(list(average)) == 3
        assert average.ids.tolist() == IDS
        assert average.kinds == kinds
        assert average.attributes["model"] == "averageheatmaps"
        members = json.loads(average.attributes["members"])
        assert members == {"model1": "1", "model2": "2", "model3": "3"}
        for index in range(3):
            for kind in kinds:
                powers = [maps[kind][index].astype(float) ** number for number in (1, 2, 3)]
                if kind == "absolute":
                    scaled = [(image - image.min()) / np.ptp(image) for image in powers]
                else:
                    scaled = [image / np.abs(image).max() for image in powers]
                expected = np.mean(scaled, axis=0)
                np.testing.assert_allclose(average.read(index, kind), expected, atol=1e-6)
                assert average.read(index, kind).dtype == np.float32


def test_galaxy_without_a_map_in_one_network_has_no_average(tmp_path, maps, caplog):
    first = write(tmp_path / "1.h5", maps)
    flat = maps["absolute"].copy()
    flat[2] = 0.5
    second = write(tmp_path / "2.h5", {"absolute": flat}, model="vgg16")
    with open_average([first, second]) as average:
        assert np.isfinite(average.read(1, "absolute")).all()
        assert not caplog.text
        assert np.isnan(average.read(2, "absolute")).all()
    assert f"galaxy {IDS[2]}" in caplog.text


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"smooth_noise": 0.25}, r"2\.h5: smooth_noise is 0\.25, but 0\.1 in .*1\.h5"),
        ({"output": "Class1.1"}, "output"),
        ({"ids": IDS[::-1]}, "other galaxies, or another order"),
        ({"ids": [*IDS[:2], 8]}, "other galaxies"),
        ({"kinds": ("absolute", "signed")}, "kinds"),
    ],
)
def test_maps_that_cannot_be_compared_are_not_averaged(tmp_path, maps, other, message):
    paths = [write(tmp_path / "1.h5", maps), write(tmp_path / "2.h5", maps, **other)]
    with pytest.raises(ValueError, match=message), open_average(paths):
        pass


def test_nothing_to_average_is_an_error():
    with pytest.raises(ValueError, match="no files"), open_average([]):
        pass


def test_class_heatmaps_are_read_as_written(tmp_path, maps):
    images = np.random.default_rng(1).integers(0, 255, (3, *SHAPE, 3), dtype=np.uint8)
    stack = np.stack([maps["absolute"], maps["absolute"] ** 2], axis=1)
    columns = ["Class3.1", "Class5.3"]
    path = tmp_path / "classes.h5"
    write_class_heatmaps(path, IDS, images, stack, columns, {"smooth_noise": 0.1})
    stored = read_class_heatmaps(path)
    assert stored.galaxy_ids.tolist() == IDS
    assert stored.columns == tuple(columns)
    assert stored.attributes["smooth_noise"] == 0.1
    np.testing.assert_array_equal(stored.images, images)
    np.testing.assert_array_equal(stored.maps, stack)
    with pytest.raises(ValueError, match="3 galaxies and 1 columns"):
        write_class_heatmaps(path, IDS, images, stack, columns[:1], {})


def test_class_heatmaps_average_over_networks(maps):
    stack = np.stack([maps["absolute"], 100 * maps["absolute"] ** 2])[:, :, np.newaxis]
    stack[1, 1] = 3
    found = average_maps(stack)
    assert found.shape == (3, 1, *SHAPE)
    mean = (normalise(stack[0, 0, 0]) + normalise(stack[1, 0, 0])) / 2
    np.testing.assert_allclose(found[0, 0], normalise(mean), atol=1e-6)
    assert np.isnan(found[1]).all()


def test_heat_maps_are_read_without_tensorflow(root):
    imports = "import sys, galbar.attribution.class_heatmaps, galbar.attribution.model_average"
    code = f"{imports}; assert 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=root / "workflow/scripts", check=True)
