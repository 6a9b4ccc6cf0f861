"""The survey as it lies on disk: the published layout, whole, and always the same."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from galbar.catalogues.decision_tree import QUESTIONS, SUMS, VOTE_COLUMNS
from galbar.survey import build
from galbar.survey.build import simulate_survey
from galbar.survey.population import BAR_FAMILIES
from galbar.survey.scales import PIXELS_PER_LENGTH_SCALED, pixels_to_kpc
from galbar.survey.tables import CATALOGUE_COLUMNS, TRUTH_COLUMNS

SIZES = {"training_galaxies": 12, "test_galaxies": 3, "catalogue_galaxies": 5}
SETTINGS = SIZES | {"seed": 42, "barred_share": 0.6, "volunteers": 40}


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    directory = tmp_path_factory.mktemp("survey")
    simulate_survey(directory, **SETTINGS)
    return directory


def files_of(directory):
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(Path(directory).rglob("*"))
        if path.is_file()
    }


def test_layout_is_the_published_one(survey):
    votes = pd.read_csv(survey / "training_solutions_rev1.csv")
    assert list(votes) == ["GalaxyID", *VOTE_COLUMNS]
    training = {path.stem for path in (survey / "images_training_rev1").iterdir()}
    assert training == set(votes["GalaxyID"].astype(str))
    assert len(training) == 12
    assert all(len(name) == 6 for name in training)
    assert len(list((survey / "images_test_rev1" / "images").glob("*.jpg"))) == 3
    mapping = pd.read_csv(survey / "gz2_filename_mapping.csv")
    assert list(mapping) == ["objid", "sample", "asset_id"]
    assets = {path.stem for path in (survey / "images_gz2" / "images").iterdir()}
    assert assets == set(mapping["asset_id"].astype(str))
    hoyle = pd.read_csv(survey / "hoyle_barlengths.csv")
    assert tuple(hoyle) == CATALOGUE_COLUMNS
    metadata = pd.read_csv(survey / "gz2sample.csv")
    assert {"OBJID", "RA", "DEC", "PETROR50_R", "PETROR90_R", "REDSHIFT"} <= set(metadata)
    assert hoyle["objid"].tolist() == metadata["OBJID"].tolist() == mapping["objid"].tolist()
    assert {path.name for path in survey.iterdir() if path.name.startswith(".")} == set()


def test_columns_are_columns_of_the_published_table(survey, real_data):
    published = (real_data / "gz2sample.txt").read_text()
    names = {line.split()[0] for line in published.splitlines() if " - " in line}
    assert set(pd.read_csv(survey / "gz2sample.csv")) <= names


def test_images_are_rgb_jpeg(survey):
    paths = list(survey.rglob("*.jpg"))
    assert len(paths) == 20
    for path in paths:
        with Image.open(path) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (424, 424))


def test_votes_on_disk_sum_up(survey):
    votes = pd.read_csv(survey / "training_solutions_rev1.csv")
    for question, names in QUESTIONS.items():
        expected = 1.0 if SUMS[question] is None else votes[SUMS[question]]
        np.testing.assert_allclose(votes[list(names)].sum(axis=1), expected, atol=1e-6)


def test_truth_agrees_with_the_catalogue(survey):
    truth = pd.read_csv(survey / "truth.csv")
    assert tuple(truth) == TRUTH_COLUMNS
    assert truth["role"].value_counts().to_dict() == {"training": 12, "catalogue": 5, "test": 3}
    assert truth["bar_length_px"].notna().tolist() == truth["barred"].tolist()
    assert truth["bar_family"].notna().tolist() == truth["barred"].tolist()
    assert truth["bar_family"].dropna().isin(BAR_FAMILIES).all()
    bars = truth[truth["role"] == "catalogue"]
    hoyle = pd.read_csv(survey / "hoyle_barlengths.csv")
    metadata = pd.read_csv(survey / "gz2sample.csv")
    assert bars["galaxy_id"].tolist() == hoyle["objid"].tolist()
    np.testing.assert_allclose(bars["petror90_r"], metadata["PETROR90_R"], rtol=1e-6)
    np.testing.assert_allclose(bars["redshift"], metadata["REDSHIFT"], rtol=1e-6)
    np.testing.assert_allclose(
        bars["length_scaled_true"] * PIXELS_PER_LENGTH_SCALED, bars["bar_length_px"], rtol=1e-6
    )
    kpc = pixels_to_kpc(bars["bar_length_px"], bars["petror90_r"], bars["redshift"])
    np.testing.assert_allclose(bars["bar_length_kpc_h"], kpc, rtol=1e-6)
    # Observers' means of 3 or more measurements of 17 % scatter.
    ratio = hoyle["length_avg"].to_numpy() / bars["bar_length_kpc_h"].to_numpy()
    assert np.all(np.abs(ratio - 1) < 0.45)
    np.testing.assert_allclose(
        hoyle["length_scaled"].to_numpy() / bars["length_scaled_true"].to_numpy(), ratio, rtol=1e-5
    )


def test_same_files_whatever_the_number_of_processes(survey, tmp_path):
    simulate_survey(tmp_path, **SETTINGS, processes=2)
    assert files_of(tmp_path) == files_of(survey)


def test_a_galaxy_does_not_depend_on_the_others(survey, tmp_path):
    simulate_survey(tmp_path, **SETTINGS | {"training_galaxies": 4, "test_galaxies": 1})
    more = pd.read_csv(survey / "training_solutions_rev1.csv").head(4)
    less = pd.read_csv(tmp_path / "training_solutions_rev1.csv")
    pd.testing.assert_frame_equal(
        more.drop(columns="GalaxyID"), less.drop(columns="GalaxyID"), check_dtype=False
    )


def test_galaxies_differ(survey):
    images = [data for name, data in files_of(survey).items() if name.endswith(".jpg")]
    assert len(set(images)) == len(images)


def test_seed_matters(tmp_path):
    settings = SETTINGS | dict.fromkeys(SIZES, 1)
    first = simulate_survey(tmp_path / "1", **settings)
    second = simulate_survey(tmp_path / "2", **settings | {"seed": 43})
    assert not np.allclose(first["petror90_r"], second["petror90_r"])


def test_failure_leaves_no_half_survey(tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(build, "truth_table", fail)
    with pytest.raises(OSError, match="disk full"):
        simulate_survey(tmp_path, **SETTINGS | dict.fromkeys(SIZES, 1))
    assert list(tmp_path.iterdir()) == []


def test_replaces_a_survey_and_what_a_killed_run_left(tmp_path):
    settings = SETTINGS | dict.fromkeys(SIZES, 1)
    simulate_survey(tmp_path, **settings | {"training_galaxies": 2})
    (tmp_path / ".survey-killed").mkdir()
    simulate_survey(tmp_path, **settings)
    assert len(list((tmp_path / "images_training_rev1").iterdir())) == 1
    assert not (tmp_path / ".survey-killed").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test_galaxies": 0}, r"survey\.test_galaxies is 0"),
        ({"barred_share": 1.2}, r"survey\.barred_share is 1\.2"),
        ({"volunteers": 4.9}, r"survey\.volunteers is 4\.9, expected at least 5"),
        ({"observer_scatter": -0.1}, r"survey\.observer_scatter is -0\.1"),
        ({"processes": 0}, "number of processes is 0"),
    ],
)
def test_settings_out_of_range_are_refused(tmp_path, monkeypatch, change, message):
    # Before anything is drawn: that may take an hour, and a worker's traceback says little.
    monkeypatch.setattr(build, "_fill", lambda *arguments: pytest.fail("drawing has begun"))
    with pytest.raises(ValueError, match=message):
        simulate_survey(tmp_path / "none", **SETTINGS | change)
    assert not (tmp_path / "none").exists()


def test_masks_lie_on_the_bars_of_the_catalogue(survey):
    truth = pd.read_csv(survey / "truth.csv").set_index("galaxy_id")
    masks = pd.read_csv(survey / "bar_masks.csv")
    bars = truth[truth["role"] == "catalogue"]
    assert masks["galaxy_id"].tolist() == bars.index.tolist()
    assert len(list((survey / "bar_masks").iterdir())) == len(masks)
    mapping = pd.read_csv(survey / "gz2_filename_mapping.csv").set_index("objid")["asset_id"]
    for galaxy, name in zip(masks["galaxy_id"], masks["mask"], strict=True):
        assert name == f"bar_masks/{mapping[galaxy]}.png"
        with Image.open(survey / name) as image:
            mask = np.array(image)
        assert (mask.shape, mask.dtype) == ((424, 424), bool)
        y, x = np.nonzero(mask)
        turn = np.deg2rad(bars.loc[galaxy, "position_angle"])
        along = x * np.cos(turn) + y * np.sin(turn)
        across = y * np.cos(turn) - x * np.sin(turn)
        length = bars.loc[galaxy, "bar_length_px"]
        assert np.ptp(along) == pytest.approx(length, abs=2.5)
        assert np.ptp(across) == pytest.approx(length * bars.loc[galaxy, "bar_axis_ratio"], abs=2.5)
        with Image.open(survey / f"images_gz2/images/{mapping[galaxy]}.jpg") as image:
            grey = np.array(image.convert("L"), dtype=float)
        # The bar outshines what is as far from its middle, all around it.
        radius = np.hypot(x - x.mean(), y - y.mean()).max()
        rows, columns = np.mgrid[:424, :424]
        ring = (np.hypot(columns - x.mean(), rows - y.mean()) < radius) & ~mask
        assert grey[mask].mean() > grey[ring].mean()
