import numpy as np
import pandas as pd
import pytest

from galbar.bundle.card import SIMULATED_ONLY, write_card
from galbar.bundle.manifest import make_manifest
from galbar.bundle.summary import summarise_measured
from galbar.bundle.training import count_galaxies
from tests.helpers import bundles

REAL = {"simulated": False, "survey_seed": None}
REAL |= {"training_galaxies": 61578, "calibrating_galaxies": 1050, "looks": 1}
NETWORK = {"model": "vgg16_tiny", "run": 2, "architecture": "vgg16", "parameters": 12345}
THRESHOLDS = {"yes": 0.54, "no": None}


def card_of(root, trained_on, **more):
    manifest = make_manifest(bundles.configuration_of(root), trained_on, {"keras": "3.15.1"})
    networks = [{**NETWORK, "val_rmse": 0.0987}, {**NETWORK, "run": 1, "val_rmse": None}]
    return write_card(manifest, networks, bundles.score_rows(), 0.95, **more)


def test_a_card_of_real_galaxies(root):
    card = card_of(root, REAL, thresholds=THRESHOLDS)
    assert "SIMULATED" not in card
    assert "Votes of 61578 galaxies trained" in card
    assert "Lengths of 1050 galaxies calibrated, each measured in another look: with" in card
    assert "Galaxy Zoo 2" in card
    assert "| vgg16_tiny | 2 | vgg16 | 12,345 | 32 x 32 | 0.099 |" in card
    assert "| vgg16_tiny | 1 | vgg16 | 12,345 | 32 x 32 | unknown |" in card
    assert "95 % intervals" in card
    assert "| calibrated | 16 | 0.25 [0.15, 0.35] | 0.25 [0.15, 0.35] | 0.5 [0.4, 0.6]" in card
    assert "70 % / 95 %" in card
    assert "from `p_bar` = 0.540 on, and none below unknown" in card
    assert "- keras 3.15.1" in card
    assert "true lengths" not in card


def test_a_card_of_a_simulated_survey_says_so_first(root):
    card = card_of(root, bundles.TRAINED_ON, truth=bundles.score_rows())
    assert card.split("\n\n")[1] == f"**{SIMULATED_ONLY}**"
    assert "seed 42" in card
    assert "Lengths of 8 galaxies calibrated, each measured in 2 further looks: with its c" in card
    card = card_of(root, bundles.TRAINED_ON | {"looks": 0})
    assert "Lengths of 8 galaxies calibrated, each measured in its own colours alone." in card


def test_a_card_of_a_simulated_survey_has_the_scores_against_the_truth(root):
    card = card_of(root, bundles.TRAINED_ON, truth=bundles.score_rows())
    assert card.count("| human measurements |") == 2


def test_galaxies_that_calibrate_have_a_length():
    training = pd.DataFrame({"split": ["train", "validation", "train"]})
    catalogue = pd.DataFrame({"split": ["validation", "validation", "test", "validation"]})
    catalogue["length_scaled"] = [0.5, np.nan, 0.4, 0]
    counted = count_galaxies(training, catalogue)
    assert counted == {"training_galaxies": 2, "calibrating_galaxies": 1}


@pytest.fixture
def results(tmp_path):
    (tmp_path / "catalogues").mkdir()
    lengths = pd.DataFrame({"galaxy_id": range(7), "id": [f"NGC {k}" for k in range(7)]})
    lengths["bar"] = ["yes"] * 4 + ["no"] * 3
    lengths = lengths.assign(p_bar=0.61234, length_arcsec=12.3456, flag="ok")
    lengths["calibration_flag"] = [None] * 6 + ["outside the calibration"]
    lengths["outside_training"] = ["", "faint", "faint; noisy", "", "", "", ""]
    lengths.to_csv(tmp_path / "barlengths_mine.csv", index=False)
    dropped = {"galaxy_id": [8, 1], "reason": ["no image", "no redshift (kept: ...)"]}
    pd.DataFrame(dropped).to_csv(tmp_path / "catalogues/mine_dropped.csv", index=False)
    return tmp_path


def test_a_summary_shows_rows_and_counts_flags(results):
    text = summarise_measured(results, "mine", {"trained_on": REAL})
    lines = text.splitlines()
    assert lines[0] == f"7 galaxies measured: {results}/barlengths_mine.csv"
    assert lines[2].split() == ["id", "bar", "p_bar", "length_arcsec"]
    assert lines[3].split() == ["NGC", "0", "yes", "0.612", "12.3"]
    assert "... and 2 more" in lines
    assert "bar: yes: 4, no: 3 (a galaxy without one gets a length, too)" in lines
    assert "calibration_flag: outside the calibration: 1" in lines
    assert "outside_training: faint: 2" in lines
    assert "outside_training: noisy: 1" in lines
    assert not [line for line in lines if line.startswith("flag:")]
    assert lines[-2] == f"1 left out, with the reason: {results}/catalogues/mine_dropped.csv"
    assert lines[-1] == "Images that are mended since are looked at again with FORCE=1."


def test_a_summary_says_where_the_gallery_is(results):
    page = results / "gallery/mine/index.html"
    page.parent.mkdir(parents=True)
    page.touch()
    text = summarise_measured(results, "mine", {"trained_on": REAL})
    assert text.endswith(f"in a browser: {page}")


def test_a_summary_says_what_has_seen_simulated_galaxies_only(results):
    text = summarise_measured(results, "mine", {"trained_on": bundles.TRAINED_ON})
    assert text.endswith(SIMULATED_ONLY)
