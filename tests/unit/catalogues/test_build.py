import logging
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import prepare_catalogue
import prepare_own_catalogue
import prepare_test
import prepare_training
import split_catalogue
from galbar.catalogues import published_tables as tables
from galbar.catalogues.build import (
    build_hoyle,
    build_own,
    build_test,
    build_training,
    choose_assets,
    split_hoyle,
)
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.catalogues.galaxy_checks import drop_broken, inspect_images

FIRST = 587722981736120347
HOYLE_COLUMNS = [
    "galaxy_id",
    "asset_id",
    "image",
    "redshift",
    "petror90_r",
    "length_avg",
    "length_stdev",
    "length_scaled",
    "bar_meas",
    "shuffle_rank",
]


@pytest.fixture(scope="module")
def jpeg(tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "good.jpg"
    pixels = np.full((424, 424, 3), 30, dtype=np.uint8)
    pixels[200:224, 200:224] = 200
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def survey(tmp_path, jpeg):
    """Make a data directory: 20 training, 5 test and 30 catalogue galaxies, all good."""
    votes = pd.DataFrame(0.0, index=range(20), columns=list(VOTE_COLUMNS))
    votes[["Class1.1", "Class6.2", "Class7.1"]] = 1.0
    votes.insert(0, "GalaxyID", range(119, 99, -1))
    votes.to_csv(tmp_path / tables.VOTES, index=False)
    objids = FIRST + np.arange(30)
    pd.DataFrame(
        {
            "objid": objids,
            "length_avg": 5.0 + np.arange(30),
            "length_stdev": 1.0,
            "length_scaled": 0.1 + 0.01 * np.arange(30),
            "bar_meas": 3,
        }
    ).to_csv(tmp_path / tables.HOYLE, index=False)
    pd.DataFrame(
        {
            "OBJID": objids[::-1],
            "PETROR90_R": 8.0 + 0.1 * np.arange(30),
            "X": "x",
            "REDSHIFT": 0.03 + 0.001 * np.arange(30),
        }
    ).to_csv(tmp_path / tables.METADATA, index=False)
    pd.DataFrame({"objid": objids, "sample": "original", "asset_id": range(1, 31)}).to_csv(
        tmp_path / tables.MAPPING, index=False
    )
    images = [f"{tables.TRAINING_IMAGES}/{name}.jpg" for name in range(100, 120)]
    images += [f"{tables.TEST_IMAGES}/images/{name}.jpg" for name in (9, 10, 200, 201, 202)]
    images += [f"{tables.GZ2_IMAGES}/{name}.jpg" for name in range(1, 31)]
    for image in images:
        (tmp_path / image).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(jpeg, tmp_path / image)
    return tmp_path


def truncate(path):
    path.write_bytes(path.read_bytes()[:-200])


def training(directory, max_broken_share=0.2):
    return build_training(
        directory, seed=42, validation_split=0.2, max_broken_share=max_broken_share, threads=2
    )


SPLITS = {"validation_split": 1 / 3, "test_split": 0.2}


def hoyle(directory, max_broken_share=0.2):
    return build_hoyle(
        directory,
        seed=42,
        max_broken_share=max_broken_share,
        threads=2,
    )


def pack_images(directory):
    """Pack each image folder as Kaggle and Zenodo do, below its own name."""
    for name in (tables.TRAINING_IMAGES, tables.TEST_IMAGES, tables.GZ2_IMAGES):
        folder = directory / name
        shutil.make_archive(folder, "zip", root_dir=folder.parent, base_dir=folder.name)
        shutil.rmtree(folder)


def test_packed_images_give_the_same_tables(survey, tmp_path_factory):
    truncate(survey / tables.TRAINING_IMAGES / "105.jpg")
    (survey / tables.GZ2_IMAGES / "10.jpg").unlink()
    # A process remembers where the images of a folder are: the archives are elsewhere.
    packed = tmp_path_factory.mktemp("packed")
    shutil.copytree(survey, packed, dirs_exist_ok=True)
    pack_images(packed)
    for build in (training, hoyle, lambda folder: build_test(folder, max_broken_share=0.2)):
        for found, wanted in zip(build(packed), build(survey), strict=True):
            pd.testing.assert_frame_equal(found, wanted)
    found, wanted = (
        build_own(write_own(folder), folder / tables.GZ2_IMAGES, max_broken_share=0.5)[0]
        for folder in (packed, survey)
    )
    pd.testing.assert_frame_equal(found, wanted)
    assert len(found) == 2


def write_own(folder):
    path = folder / "own.csv"
    path.write_text("galaxy_id,image\n7,3.jpg\n8,4.jpg\n9,99.jpg\n")
    return path


def test_training_table(survey):
    table, dropped = training(survey)
    assert list(table.columns) == ["galaxy_id", "image", "split", *VOTE_COLUMNS]
    assert table["galaxy_id"].tolist() == list(range(119, 99, -1))
    assert table["image"].iloc[0] == "images_training_rev1/119.jpg"
    assert table["split"].value_counts().to_dict() == {"train": 16, "validation": 4}
    assert (table["Class7.1"] == 1).all()
    assert dropped.empty
    assert list(dropped.columns) == ["galaxy_id", "image", "reason"]


def test_dropped_training_galaxies_and_their_reasons(survey):
    folder = survey / tables.TRAINING_IMAGES
    (folder / "100.jpg").unlink()
    truncate(folder / "105.jpg")
    Image.new("L", (424, 424)).save(folder / "106.jpg")
    votes = pd.read_csv(survey / tables.VOTES)
    votes.loc[votes["GalaxyID"] == 110, "Class6.2"] = 0.5
    votes.to_csv(survey / tables.VOTES, index=False)
    table, dropped = training(survey)
    assert len(table) == 16
    assert not table["galaxy_id"].isin([100, 105, 106, 110]).any()
    reasons = dropped.set_index("galaxy_id")["reason"]
    assert reasons[100] == "no image"
    assert reasons[105].startswith("unreadable image: found a broken image (")
    assert reasons[106] == "unreadable image: found an image of mode L, expected RGB"
    assert reasons[110] == "votes do not add up: Class6.1 + Class6.2 is 0.5, expected 1"
    assert dropped["image"].tolist()[0] == "images_training_rev1/110.jpg"


def test_too_many_broken_images_are_fatal(survey):
    for name in range(100, 107):
        (survey / tables.TRAINING_IMAGES / f"{name}.jpg").unlink()
    assert len(training(survey, max_broken_share=0.35)[0]) == 13
    with pytest.raises(ValueError, match="7 of 20 galaxies") as error:
        training(survey, max_broken_share=0.34)
    message = str(error.value)
    assert message.startswith(f"{survey / tables.VOTES}: ")
    assert "35.00%" in message
    assert "106 (images_training_rev1/106.jpg): no image" in message
    assert message.count("no image") == 5
    assert "data.max_broken_share = 0.34" in message


def test_nothing_left_is_fatal_whatever_the_share():
    galaxies = pd.DataFrame({"galaxy_id": [1, 2], "image": ["1.jpg", "2.jpg"]})
    with pytest.raises(ValueError, match="None is left"):
        drop_broken(galaxies, ["no image", "no image"], 1.0, "table.csv")


def test_a_few_broken_images_are_logged(survey, caplog):
    (survey / tables.TRAINING_IMAGES / "100.jpg").unlink()
    with caplog.at_level(logging.WARNING):
        training(survey)
    assert "1 of 20 galaxies (5.00%) cannot be used. First: 100 (" in caplog.text


def test_inspect_images_keeps_the_order(survey):
    truncate(survey / tables.GZ2_IMAGES / "3.jpg")
    images = [f"{tables.GZ2_IMAGES}/{name}.jpg" for name in (1, 99, 2, 3, 4)] + [""]
    reasons = inspect_images(survey, images, threads=2)
    assert [reason.split(":")[0] for reason in reasons] == [
        *("", "no image", "", "unreadable image", "", "no image")
    ]


def test_test_table_is_sorted_by_number_in_both_layouts(survey):
    table, dropped = build_test(survey, max_broken_share=0)
    assert table["galaxy_id"].tolist() == [9, 10, 200, 201, 202]
    assert table["image"].iloc[0] == "images_test_rev1/images/9.jpg"
    assert dropped.empty
    for path in (survey / tables.TEST_IMAGES / "images").iterdir():
        path.rename(survey / tables.TEST_IMAGES / path.name)
    (survey / tables.TEST_IMAGES / "._9.jpg").touch()
    truncate(survey / tables.TEST_IMAGES / "201.jpg")
    table, dropped = build_test(survey, max_broken_share=0.2)
    assert table["image"].tolist() == [f"images_test_rev1/{name}.jpg" for name in (9, 10, 200, 202)]
    assert dropped["galaxy_id"].tolist() == [201]


@pytest.mark.parametrize("name", ["galaxy", "007", "1.5", "99999999999999999999"])
def test_a_test_image_without_an_id_is_listed(survey, jpeg, name, caplog):
    folder = survey / tables.TEST_IMAGES / "images"
    shutil.copy(jpeg, folder / f"{name}.jpg")
    table, dropped = build_test(survey, max_broken_share=0)
    assert len(table) == 5
    assert dropped.empty
    assert f"1 files are not used, their name is no GalaxyID (1 to 2^63 - 1): {name}.jpg" in (
        caplog.text
    )
    for path in folder.iterdir():
        if path.stem != name:
            path.unlink()
    with pytest.raises(ValueError, match=rf"named by a GalaxyID: .* which holds '{name}\.jpg'"):
        build_test(survey, max_broken_share=0)


def test_endings_of_images_may_be_of_any_kind_and_case(survey, jpeg, caplog):
    folder = survey / tables.TRAINING_IMAGES
    (folder / "100.jpg").rename(folder / "100.JPG")
    (folder / "101.jpg").rename(folder / "101.jpeg")
    Image.open(folder / "102.jpg").save(folder / "102.Png")
    (folder / "102.jpg").unlink()
    shutil.copy(jpeg, folder / "103.JPG")
    shutil.copy(jpeg, folder / "7.jpg")
    (folder / ".hidden.jpg").touch()
    (folder / "list.txt").touch()
    table, dropped = training(survey, max_broken_share=0)
    assert dropped.empty
    names = table.set_index("galaxy_id")["image"]
    expected = ["100.JPG", "101.jpeg", "102.Png", "103.jpg"]
    assert [Path(names[galaxy]).name for galaxy in range(100, 104)] == expected
    assert "1 files are not used, there is another image of that name: 103.JPG" in caplog.text
    assert "1 files are not used, no galaxy of training_solutions_rev1.csv has" in caplog.text


def test_images_that_are_all_elsewhere_are_looked_for_in_vain(survey):
    with pytest.raises(ValueError, match=r"none of 2 images was found: looked for '1\.jpg' in .*"):
        inspect_images(survey, ["1.jpg", "2.jpg"], threads=1)


def test_hoyle_table_joins_on_exact_ids(survey):
    table, dropped = hoyle(survey)
    assert list(table.columns) == HOYLE_COLUMNS
    assert dropped.empty
    assert table["shuffle_rank"].tolist() == list(range(30))
    # Neighbouring ids are one and the same float: each row must still be its own.
    place = (table["galaxy_id"] - FIRST).to_numpy()
    assert table["galaxy_id"].dtype == np.int64
    assert sorted(place) == list(range(30))
    assert (table["asset_id"] == place + 1).all()
    assert table["image"].iloc[4] == f"images_gz2/images/{place[4] + 1}.jpg"
    np.testing.assert_allclose(table["length_avg"], 5 + place)
    np.testing.assert_allclose(table["petror90_r"], 8.0 + 0.1 * (29 - place))
    np.testing.assert_allclose(table["redshift"], 0.03 + 0.001 * (29 - place))


def test_the_splits_follow_one_shuffle(survey):
    catalogue, _ = hoyle(survey)
    table = split_hoyle(catalogue, **SPLITS)
    assert table["split"].tolist() == ["validation"] * 10 + ["test"] * 20
    assert table["control_split"].tolist() == ["train"] * 24 + ["test"] * 6
    pd.testing.assert_frame_equal(table.drop(columns=["split", "control_split"]), catalogue)


def test_the_shuffle_does_not_depend_on_the_order_of_rows(survey):
    expected, _ = hoyle(survey)
    for name in (tables.HOYLE, tables.METADATA, tables.MAPPING):
        frame = pd.read_csv(survey / name).sample(frac=1, random_state=3)
        frame.to_csv(survey / name, index=False)
    pd.testing.assert_frame_equal(hoyle(survey)[0], expected)


def test_hoyle_galaxies_that_are_dropped_and_kept(survey, caplog):
    metadata = pd.read_csv(survey / tables.METADATA, index_col="OBJID")
    metadata.loc[FIRST + 5, "REDSHIFT"] = -9999
    metadata.loc[FIRST + 6, "PETROR90_R"] = np.nan
    metadata.drop(FIRST + 7).to_csv(survey / tables.METADATA)
    mapping = pd.read_csv(survey / tables.MAPPING)
    mapping[mapping["objid"] != FIRST + 8].to_csv(survey / tables.MAPPING, index=False)
    (survey / tables.GZ2_IMAGES / "10.jpg").unlink()
    truncate(survey / tables.GZ2_IMAGES / "11.jpg")
    with caplog.at_level(logging.WARNING):
        table, dropped = hoyle(survey)
    assert "1 of 27 galaxies: no redshift (kept" in caplog.text
    reasons = {galaxy - FIRST: reason for galaxy, _, reason in dropped.itertuples(index=False)}
    assert list(reasons) == [8, 9, 10, 5, 6, 7]
    assert reasons[8] == "no asset id in gz2_filename_mapping.csv"
    assert reasons[9] == "no image"
    assert reasons[10].startswith("unreadable image: ")
    assert reasons[5].startswith("no redshift (kept: ")
    assert reasons[6].startswith("no petroR90 (kept: ")
    assert reasons[7].startswith("no redshift and no petroR90 (kept: ")
    kept = table.set_index("galaxy_id")
    assert len(kept) == 27
    assert not kept.index.isin(FIRST + np.array([8, 9, 10])).any()
    assert np.isnan(kept.loc[FIRST + 5, "redshift"])
    assert kept.loc[FIRST + 5, "petror90_r"] > 0
    assert np.isnan(kept.loc[FIRST + 6, "petror90_r"])
    assert kept.loc[FIRST + 7, ["redshift", "petror90_r"]].isna().all()
    assert sorted(table["shuffle_rank"]) == list(range(27))


def test_metadata_of_other_galaxies_are_refused(survey):
    metadata = pd.read_csv(survey / tables.METADATA)
    metadata["OBJID"] += 1000
    metadata.to_csv(survey / tables.METADATA, index=False)
    with pytest.raises(ValueError, match=r"gz2sample\.csv: found none of the 30 objids"):
        hoyle(survey)


def mapping(*rows):
    return pd.DataFrame(rows, columns=["objid", "sample", "asset_id"])


def test_choice_among_several_images_of_a_galaxy():
    images = dict.fromkeys(map(str, (2, 3, 5, 6, 8, 12)))
    rows = mapping(
        (FIRST, "stripe82", 2),  # exists, but of another sample
        (FIRST, "original", 6),
        (FIRST, "original", 5),  # chosen: original, lowest that exists
        (FIRST, "original", 4),  # lower, but no image
        (FIRST + 1, "original", 7),  # no image
        (FIRST + 1, "extra", 12),
        (FIRST + 1, "extra", 8),  # chosen: exists
        (FIRST + 2, "extra", 9),
        (FIRST + 2, "original", 10),  # chosen for the message: none exists
        (FIRST + 9, "original", 3),  # not asked for
    )
    objids = [FIRST + 3, FIRST + 2, FIRST, FIRST + 1]
    chosen = choose_assets(objids, rows, images)
    assert chosen.dtype == np.int64
    assert chosen.tolist() == [0, 10, 5, 8]
    backwards = rows.iloc[::-1]
    np.testing.assert_array_equal(choose_assets(objids, backwards, images), chosen)


def test_an_image_of_two_galaxies_is_refused():
    rows = mapping((FIRST, "original", 5), (FIRST + 1, "original", 5))
    with pytest.raises(ValueError, match=f"found asset_id 5 for the objids {FIRST} and"):
        choose_assets([FIRST, FIRST + 1], rows, {})


def test_own_galaxies(survey, tmp_path, jpeg):
    own = tmp_path / "own.csv"
    own.write_text(f"galaxy_id,image,redshift\n7,3.jpg,0.02\n6,{jpeg},\n8,x.jpg,0.1\n")
    images = survey / tables.GZ2_IMAGES
    table, dropped = build_own(own, images, max_broken_share=0.5)
    assert table["galaxy_id"].tolist() == [7, 6]
    assert table["image"].tolist() == ["3.jpg", str(jpeg)]
    assert list(table.columns) == ["galaxy_id", "id", "image", "redshift", "petror90_r"]
    np.testing.assert_array_equal(table["redshift"], [0.02, np.nan])
    assert dropped["reason"].tolist()[0] == "no image"
    assert dropped["galaxy_id"].tolist() == [8, 7, 6]


def test_own_galaxies_with_a_fault_are_dropped_and_the_others_kept(survey, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text(
        "id,image,redshift\na,3.jpg,0.02\nb,3.jpg,7523\nc,x.jpg,0.1\nd,3.jpg,\nd,3.jpg,\n"
    )
    # The image of a row with a fault is not looked at: c has the reason that its image is.
    table, dropped = build_own(own, survey / tables.GZ2_IMAGES, max_broken_share=0.0)
    assert table["id"].tolist() == ["a"]
    reasons = dict(zip(dropped["id"], dropped["reason"], strict=True))
    assert reasons["b"].startswith("line 3, column redshift: found 7523.0, expected")
    assert reasons["c"] == "no image"
    assert reasons["d"].startswith("line 6, column id: found an id that is there 2 times")
    assert dropped["id"].tolist() == ["b", "c", "d", "d", "a"]
    assert dropped["reason"].iloc[-1] == "no petroR90 (kept: no length in arcsec and kpc/h)"


def test_scripts_write_what_the_library_builds(survey, tmp_path):
    share = {"directory": survey, "max_broken_share": 0.0, "threads": 1}
    out = tmp_path / "results"
    files = (out / "table.csv", out / "dropped.csv")
    prepare_training.main(*files, seed=42, validation_split=0.2, **share)
    pd.testing.assert_frame_equal(pd.read_csv(files[0]), training(survey)[0])
    assert files[1].read_text() == "galaxy_id,image,reason\n"
    prepare_test.main(*files, **share)
    assert len(pd.read_csv(files[0])) == 5
    prepare_catalogue.main(*files, seed=42, **share)
    pd.testing.assert_frame_equal(pd.read_csv(files[0]), hoyle(survey)[0])
    split_catalogue.main(files[0], out / "split.csv", **SPLITS)
    expected = split_hoyle(hoyle(survey)[0], **SPLITS)
    pd.testing.assert_frame_equal(pd.read_csv(out / "split.csv"), expected)
    (tmp_path / "own.csv").write_text("galaxy_id,image\n7,images_gz2/images/3.jpg\n")
    prepare_own_catalogue.main(tmp_path / "own.csv", *files, **share)
    assert pd.read_csv(files[0])["galaxy_id"].tolist() == [7]
    assert sorted(path.name for path in out.iterdir()) == ["dropped.csv", "split.csv", "table.csv"]
