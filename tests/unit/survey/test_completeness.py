"""Simulated galaxies as a user's own, and their truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from galbar.survey import completeness
from galbar.survey.build import draw_image
from galbar.survey.completeness import simulate_completeness
from galbar.survey.imaging import Telescope
from galbar.survey.population import Population
from galbar.survey.tables import TRUTH_COLUMNS

SETTINGS = {"seed": 11, "galaxies": 10, "catalogue_share": 0.4, "barred_share": 0.6}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completeness")
    simulate_completeness(folder, **SETTINGS)
    return folder


def test_galaxies_are_those_of_both_roles(folder):
    truth = pd.read_csv(folder / "truth.csv")
    assert tuple(truth) == TRUTH_COLUMNS
    assert truth["galaxy_id"].tolist() == list(range(1, 11))
    assert truth["role"].tolist() == ["catalogue"] * 4 + ["training"] * 6
    assert truth.loc[truth["role"] == "catalogue", "barred"].all()
    numbers = ["psf_fwhm_arcsec", "psf_fwhm_px", "signal_to_noise"]
    assert (truth[numbers] > 0).all(axis=None)
    assert not list(folder.glob(".*"))


def test_the_table_is_one_of_a_user(folder):
    table, truth = pd.read_csv(folder / "galaxies.csv"), pd.read_csv(folder / "truth.csv")
    assert list(table) == ["galaxy_id", "image", "redshift", "petror90_r", "psf_fwhm"]
    assert table["galaxy_id"].tolist() == truth["galaxy_id"].tolist()
    np.testing.assert_array_equal(table["psf_fwhm"], truth["psf_fwhm_arcsec"])
    np.testing.assert_array_equal(table["petror90_r"], truth["petror90_r"])
    for name in table["image"]:
        with Image.open(folder / name) as image:
            assert image.size == (424, 424)


def test_images_are_those_of_their_galaxies(folder):
    """The third of each role, against a picture that is drawn by itself."""
    population = Population(barred_share=SETTINGS["barred_share"])
    for role, number in (("catalogue", 3), ("training", 7)):
        _, expected, _, _ = draw_image(11, role, 2, population, Telescope(), 40)
        with Image.open(folder / f"images/{number}.jpg") as image:
            difference = np.asarray(image, dtype=float) - expected
        # But for the compression.
        assert np.abs(difference).mean() < 3


def test_files_do_not_depend_on_processes_and_replace_earlier_ones(folder, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images/0.jpg").touch()
    simulate_completeness(tmp_path, **SETTINGS, processes=2)
    names = {path.relative_to(folder) for path in folder.rglob("*.*")}
    assert {path.relative_to(tmp_path) for path in tmp_path.rglob("*.*")} == names
    assert all(Path(folder, name).read_bytes() == (tmp_path / name).read_bytes() for name in names)


def test_failure_leaves_no_half_of_them(tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(completeness, "truth_table", fail)
    with pytest.raises(OSError, match="disk full"):
        simulate_completeness(tmp_path, **SETTINGS | {"galaxies": 2})
    assert list(tmp_path.iterdir()) == []
