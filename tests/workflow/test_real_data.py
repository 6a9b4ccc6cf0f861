"""The real images, votes and bar lengths go through the rules as they are."""

import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml

pytestmark = pytest.mark.slow

IMAGES = 221
TEST_IMAGES = 12


@pytest.fixture
def data(workflow, real_data):
    """Lay out the real data as published; the first galaxies of Hoyle get the Kaggle images."""
    folder = workflow.folder / "data"
    images = sorted((real_data / "kaggle_sample/images").glob("*.jpg"))
    assert len(images) == IMAGES
    shutil.copytree(real_data / "kaggle_sample/images", folder / "images_training_rev1")
    for name in ("images_test_rev1/images", "images_gz2/images"):
        (folder / name).mkdir(parents=True)
    for image in images[:TEST_IMAGES]:
        (folder / "images_test_rev1/images" / image.name).symlink_to(image)
    shutil.copy(real_data / "kaggle_sample/training_solutions_rev1.csv", folder)
    shutil.copy(real_data / "hoyle/hoyle_barlengths.csv", folder)

    lengths = pd.read_csv(folder / "hoyle_barlengths.csv", dtype={"objid": np.int64})
    columns = ["objid", "sma", "error", "mass", "g", "i", "redshift"]
    more = pd.read_csv(
        real_data / "hoyle/GalaxyZoo2_barlengths_alldata.txt",
        comment="#",
        sep=r"\s+",
        names=columns,
        dtype={"objid": np.int64},
    )
    metadata = lengths[["objid"]].merge(more[["objid", "redshift"]], on="objid")
    pd.DataFrame(
        {
            "OBJID": metadata["objid"],
            "RA": 0.0,
            "PETROR90_R": 14.9,
            "REDSHIFT": metadata["redshift"],
        }
    ).to_csv(folder / "gz2sample.csv", index=False)
    assets = np.arange(1, len(lengths) + 1)
    pd.DataFrame({"objid": lengths["objid"], "sample": "original", "asset_id": assets}).to_csv(
        folder / "gz2_filename_mapping.csv", index=False
    )
    for asset, image in zip(assets, images, strict=False):
        (folder / f"images_gz2/images/{asset}.jpg").symlink_to(image)
    return folder


@pytest.mark.usefixtures("data")
def test_real_galaxies_are_trained_on_predicted_and_measured(workflow):
    config = yaml.safe_load((workflow.folder / "tests/config/tiny.yaml").read_text())
    del config["survey"]
    # Only 221 of the 3150 galaxies have an image here.
    config |= {"data": {"max_broken_share": 0.95}}
    config["training"]["runs"] = 1
    resnet = {"architecture": "resnet50v2", "cut": "conv2_block1_out", "width": 0.0625}
    config["models"].append({"name": "resnet50v2_tiny", "weights": "random", **resnet})
    models = [model["name"] for model in config["models"]]
    (workflow.folder / "real.yaml").write_text(yaml.safe_dump(config))
    workflow.run(*(f"only_{model}" for model in models), "--configfile", "real.yaml")

    results = workflow.folder / "results"
    training = pd.read_csv(results / "catalogues/training.csv")
    assert len(training) == IMAGES
    catalogue = pd.read_csv(results / "catalogues/hoyle.csv", dtype={"galaxy_id": np.int64})
    assert len(catalogue) == IMAGES
    assert catalogue["redshift"].between(0, 0.1).all()
    dropped = pd.read_csv(results / "catalogues/hoyle_dropped.csv")
    assert len(dropped) == 3150 - IMAGES
    for model in models:
        predictions = pd.read_csv(results / f"{model}/run1/predictions_test.csv")
        assert len(predictions) == TEST_IMAGES
        with h5py.File(results / f"{model}/run1/heatmaps/hoyle/noise0.1.h5") as store:
            assert store["galaxy_id"][:].tolist() == catalogue["galaxy_id"].tolist()
            maps = store["absolute"][:]
        assert np.isfinite(maps).all()
        assert (maps.max(axis=(1, 2)) > 0).all()
