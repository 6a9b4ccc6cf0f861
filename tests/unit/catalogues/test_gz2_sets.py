"""Training and test galaxies drawn from Galaxy Zoo 2."""

import numpy as np
import pandas as pd
import pytest

from galbar.catalogues.build import build_hoyle
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.catalogues.gz2_sets import build_gz2_test, build_gz2_training, draw_gz2
from galbar.catalogues.hart_votes import HART_COLUMNS, accumulate_votes
from galbar.catalogues.published_tables import check_headers
from tests.helpers.published_files import write_gz2

SETTINGS = {"seed": 42, "max_broken_share": 0.2}


@pytest.fixture
def survey(tmp_path):
    """Of 40 galaxies 12 have bar lengths, and two of the others no image."""
    write_gz2(tmp_path)
    for asset in (20, 30):
        (tmp_path / f"images_gz2/images/{asset}.jpg").unlink()
    return tmp_path


def ids_of(tables):
    return [set(table["galaxy_id"]) for table in tables]


def test_sets_are_apart_and_have_no_galaxy_with_a_bar_length(survey):
    training, test = ids_of(draw_gz2(survey, seed=42, training=16, test=10))
    catalogue, _ = build_hoyle(survey, **SETTINGS)
    assert (len(training), len(test)) == (16, 10)
    assert not training & test
    assert not (training | test) & set(catalogue["galaxy_id"])


def test_larger_sets_have_all_galaxies_of_smaller_ones_and_none_of_the_others(survey):
    few, two = ids_of(draw_gz2(survey, seed=42, training=8, test=2))
    many, ten = ids_of(draw_gz2(survey, seed=42, training=16, test=10))
    assert few < many
    assert two < ten
    assert not many & ten
    # Neither number moves the other set.
    assert ids_of(draw_gz2(survey, seed=42, training=8, test=10)) == [few, ten]
    another, _ = ids_of(draw_gz2(survey, seed=43, training=8, test=2))
    assert another != few


def test_all_galaxies_are_in_one_set_if_there_are_no_more(survey):
    training, test = ids_of(draw_gz2(survey, seed=42, training=16, test=10))
    assert len(training | test) == 26
    nothing = draw_gz2(survey, seed=42, training=26, test=0)[1]
    assert nothing.empty


def move(survey, row, **position):
    path = survey / "gz2_hart16.csv"
    table = pd.read_csv(path, dtype={"dr7objid": "int64"})
    table.loc[row, list(position)] = list(position.values())
    table.to_csv(path, index=False)
    return table["dr7objid"][row]


def test_a_galaxy_close_to_one_with_a_bar_length_is_not_drawn(survey, caplog):
    """Row 0 has a bar length: 4.9 arcsec north of it is excluded, 5.1 is not."""
    caplog.set_level("INFO")
    near = move(survey, 35, ra=180, dec=2 + 4.9 / 3600)
    apart = move(survey, 36, ra=180, dec=2 + 5.1 / 3600)
    lost = move(survey, 37, ra=np.nan)
    training, test = ids_of(draw_gz2(survey, seed=42, training=14, test=10))
    assert apart in training | test
    assert not {near, lost} & (training | test)
    counts = (
        "12 with a bar length (hoyle_barlengths.csv), 1 others within 5 arcsec of one with a bar "
        "length, 1 without a position; 24 can be drawn"
    )
    assert counts in caplog.text


@pytest.mark.parametrize("name", ["gz2_hart16.csv", "hoyle_barlengths.csv"])
def test_positions_are_needed(survey, name):
    path = survey / name
    path.write_text(path.read_text().replace(",ra,", ",x,").replace("ra,dec", "x,dec"))
    with pytest.raises(ValueError, match=rf"{name}: missing columns ra; found "):
        draw_gz2(survey, seed=42, training=16, test=10)
    with pytest.raises(ValueError, match=rf"{name}: missing columns ra; found "):
        check_headers(survey, votes="gz2")


def test_the_order_of_rows_does_not_matter(survey):
    before = draw_gz2(survey, seed=42, training=16, test=10)
    path = survey / "gz2_hart16.csv"
    pd.read_csv(path, dtype={"dr7objid": "int64"})[::-1].to_csv(path, index=False)
    for new, old in zip(draw_gz2(survey, seed=42, training=16, test=10), before, strict=True):
        pd.testing.assert_frame_equal(new, old)


def test_each_galaxy_has_its_votes_and_its_image(survey):
    table, dropped = build_gz2_training(survey, training=16, validation_split=0.25, **SETTINGS)
    assert list(table.columns) == ["galaxy_id", "image", "split", *VOTE_COLUMNS]
    assert table["split"].value_counts().to_dict() == {"train": 12, "validation": 4}
    assert dropped.empty
    published = pd.read_csv(survey / "gz2_hart16.csv", dtype={"dr7objid": "int64"})
    expected = accumulate_votes(published[list(HART_COLUMNS.values())])
    expected.index = published["dr7objid"]
    np.testing.assert_allclose(
        table[list(VOTE_COLUMNS)], expected.loc[table["galaxy_id"]], rtol=1e-12
    )
    mapping = pd.read_csv(survey / "gz2_filename_mapping.csv", dtype={"objid": "int64"})
    assets = mapping.set_index("objid")["asset_id"].loc[table["galaxy_id"]]
    assert table["image"].tolist() == [f"images_gz2/images/{asset}.jpg" for asset in assets]


def test_the_test_set_is_without_votes_as_kaggles(survey):
    table, _ = build_gz2_test(survey, training=16, test=10, **SETTINGS)
    assert list(table.columns) == ["galaxy_id", "image"]
    _, drawn = ids_of(draw_gz2(survey, seed=42, training=16, test=10))
    assert set(table["galaxy_id"]) == drawn


def test_what_is_broken_is_dropped_with_its_reason(survey):
    training, _ = draw_gz2(survey, seed=42, training=16, test=10)
    path = survey / training["image"][2]
    path.write_bytes(path.read_bytes()[:-200])
    votes = pd.read_csv(survey / "gz2_hart16.csv", dtype={"dr7objid": "int64"})
    row = votes["dr7objid"] == training["galaxy_id"][5]
    votes.loc[row, ["t02_edgeon_a04_yes_debiased", "t02_edgeon_a05_no_debiased"]] = np.nan
    votes.to_csv(survey / "gz2_hart16.csv", index=False)
    table, dropped = build_gz2_training(survey, training=16, validation_split=0.25, **SETTINGS)
    assert dropped["galaxy_id"].tolist() == training["galaxy_id"][[2, 5]].tolist()
    assert dropped["reason"][0].startswith("unreadable image: ")
    assert dropped["reason"][1].startswith("votes do not add up: Class2.1 + Class2.2 is 0, expect")
    assert len(table) == 14


def test_broken_votes_and_broken_images_are_counted_apart(survey):
    """A limit of 0.1 allows 1 of 16 for each, not 2 of 16."""
    training, _ = draw_gz2(survey, seed=42, training=16, test=10)
    settings = {"seed": 42, "training": 16, "validation_split": 0.25, "max_broken_share": 0.1}
    (survey / training["image"][2]).write_bytes(b"")
    votes = pd.read_csv(survey / "gz2_hart16.csv", dtype={"dr7objid": "int64"}).set_index(
        "dr7objid", drop=False
    )
    rows = training["galaxy_id"][[5, 7]].tolist()
    votes.loc[rows[0], "t03_bar_a06_bar_debiased"] = np.nan
    votes.to_csv(survey / "gz2_hart16.csv", index=False)
    table, dropped = build_gz2_training(survey, **settings)
    assert len(table) == 14
    assert dropped["galaxy_id"].tolist() == [training["galaxy_id"][2], rows[0]]
    assert dropped["reason"][1].startswith("incomplete votes: t03_bar_a06_bar_debiased is empty")
    votes.loc[rows[1], "t06_odd_a14_yes_debiased"] = 1.5
    votes.to_csv(survey / "gz2_hart16.csv", index=False)
    message = r"gz2_hart16.csv: 2 of 16 .*is 1.5, expected 0 to 1\. More than data.max_broken_share"
    with pytest.raises(ValueError, match=message):
        build_gz2_training(survey, **settings)


def test_too_few_galaxies_are_counted(survey):
    message = (
        r"gz2_hart16.csv: found 40 galaxies with votes, 2 of them without an image, 12 with a bar "
        r"length .*, 0 others .*: 26 can be drawn, expected 27 or more: data.gz2_training = 17 and "
        r"data.gz2_test = 10"
    )
    with pytest.raises(ValueError, match=message):
        draw_gz2(survey, seed=42, training=17, test=10)
