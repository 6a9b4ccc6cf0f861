"""The real tables and images pass through the preparation with no special case."""

import shutil

import pandas as pd
import pytest

from galbar.catalogues import published_tables as tables
from galbar.catalogues.build import build_hoyle, build_test, build_training, split_hoyle

SPLITS = {"validation_split": 1 / 3, "test_split": 0.2}


@pytest.fixture(scope="session")
def real_survey(real_data, tmp_path_factory):
    """Lay out the real tables and images; 221 of the 3150 bars get an image (of another galaxy)."""
    directory = tmp_path_factory.mktemp("real")
    shutil.copy(real_data / "kaggle_sample" / tables.VOTES, directory)
    shutil.copy(real_data / "hoyle" / tables.HOYLE, directory)
    images = sorted((real_data / "kaggle_sample" / "images").glob("*.jpg"))
    for name in (tables.TRAINING_IMAGES, tables.TEST_IMAGES):
        (directory / name).mkdir()
        for image in images:
            (directory / name / image.name).symlink_to(image)
    (directory / tables.GZ2_IMAGES).mkdir(parents=True)
    for asset, image in enumerate(images, start=1):
        (directory / tables.GZ2_IMAGES / f"{asset}.jpg").symlink_to(image)
    lines = (real_data / "hoyle" / "GalaxyZoo2_barlengths_alldata.txt").read_text().splitlines()
    bars = [line.split() for line in lines if line[:1].isdigit()]
    described = (real_data / "gz2sample.txt").read_text().splitlines()
    names = [line.split()[0] for line in described if "  -   " in line]
    metadata = pd.DataFrame("0.5", index=range(len(bars)), columns=names)
    metadata["OBJID"] = [bar[0] for bar in bars]
    metadata["REDSHIFT"] = [bar[-1] for bar in bars]
    metadata.to_csv(directory / tables.METADATA, index=False)
    with open(directory / tables.MAPPING, "w") as file:
        file.write("objid,sample,asset_id\n")
        file.writelines(f"{objid},original,{i}\n" for i, (objid, *_) in enumerate(bars, start=1))
    return directory


def test_real_training_and_test_galaxies(real_survey):
    tables.check_headers(real_survey)
    table, dropped = build_training(
        real_survey, seed=42, validation_split=0.2, max_broken_share=0.0
    )
    assert len(table) == 221
    assert (table["split"] == "validation").sum() == 44
    assert dropped.empty
    tests, _ = build_test(real_survey, max_broken_share=0.0)
    assert tests["galaxy_id"].tolist() == sorted(table["galaxy_id"])


def test_real_bar_lengths(real_survey):
    with pytest.raises(ValueError, match=r"2929 of 3150 galaxies \(92\.98%\) cannot be used"):
        build_hoyle(real_survey, max_broken_share=0.01, seed=42)
    table, dropped = build_hoyle(real_survey, max_broken_share=1.0, seed=42)
    assert len(table) == 221
    assert len(dropped) == 2929
    splits = split_hoyle(table, **SPLITS)
    assert splits["split"].value_counts().to_dict() == {"test": 148, "validation": 73}
    assert (splits["control_split"] == "test").sum() == 44
    bars = pd.read_csv(real_survey / tables.HOYLE, dtype=str).set_index("objid")
    rows = bars.loc[table["galaxy_id"].astype(str)]
    assert table["length_scaled"].tolist() == rows["length_scaled"].astype(float).tolist()
    redshifts = pd.read_csv(real_survey / tables.METADATA, dtype=str).set_index("OBJID")["REDSHIFT"]
    expected = redshifts[table["galaxy_id"].astype(str)].astype(float)
    assert table["redshift"].tolist() == expected.tolist()
