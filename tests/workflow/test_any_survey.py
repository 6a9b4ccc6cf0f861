"""Galaxies of any survey, from FITS files and a table, through the rules of an own catalogue."""

import json
import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS
from PIL import Image

from galbar.bundle.read import read_manifest
from galbar.catalogues.bar_votes import has_bar
from galbar.io.result_tables import read_result_table
from galbar.survey.cutouts import draw_cutout
from tests.helpers.cutout_server import send, serve

pytestmark = pytest.mark.slow

# Pixel scale [arcsec], rotation [deg] and flip of the images; the survey draws 0.396 arcsec.
CAMERAS = [(0.396, 0, False), (0.2, 40, False), (0.3, 190, True), (0.5, -70, False)]
# Axis ratios of the discs, as a user has them from elsewhere.
DISCS = [0.8, 0.4, 0.2, np.nan]

ENDINGS = ("csv", "fits", "ecsv", "votable", "parquet")
TABLES = [f"results/barlengths_mine.{ending}" for ending in ENDINGS]
REGIONS = "results/barlengths_mine.reg"
WANTED = (*TABLES, REGIONS, "--configfile", "own.yaml")


def write_galaxies(folder, seed):
    """Write the first galaxies of the survey as another telescope's images, and a table."""
    rows = []
    for index, (scale, rotation, flip) in enumerate(CAMERAS):
        position = 150 + index / 10, 20 - index
        galaxy, planes, header = draw_cutout(
            seed, index, position=position, pixel_scale=scale, rotation=rotation, flip=flip
        )
        # In a unit and above a sky of its own.
        fits.PrimaryHDU(1e-3 * planes + 5e-4, header).writeto(folder / f"{index}.fits")
        row = {"name": f"NGC {index}, ä/β", "ra": position[0], "dec": position[1]}
        row |= {"image": f"{index}.fits", "z": galaxy.redshift, "petror90_r": galaxy.petror90}
        row |= {"disc_axis_ratio": DISCS[index], "disc_pa": 20.0}
        rows.append(row)
    (folder / "broken.fits").write_bytes((folder / "0.fits").read_bytes()[:4000])
    pixels = np.random.default_rng(1).integers(0, 255, (90, 80, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "no_scale.png")
    rows += [
        {**rows[0], "name": "broken", "image": "broken.fits"},
        {**rows[0], "name": "no scale", "image": "no_scale.png"},
        {**rows[0], "name": "nowhere", "dec": -20.0},
        {**rows[2], "name": "no size", "petror90_r": np.nan},
        {**rows[0], "name": "fast", "z": 7523.0},
        {**rows[0], "name": "twice"},
        {**rows[1], "name": "twice"},
    ]
    # The second of two shards, in which nothing can be measured.
    rows += [{**rows[0], "name": f"gone {k}", "image": "gone.fits"} for k in range(23)]
    pd.DataFrame(rows).to_csv(folder / "mine.csv", index=False)
    return rows


@pytest.fixture(scope="module")
def measured(own_copy_of_module):
    workflow = own_copy_of_module
    folder = workflow.folder / "fits"
    folder.mkdir()
    rows = write_galaxies(folder, seed=42)
    own = {"name": "mine", "table": "fits/mine.csv", "columns": {"id": "name", "redshift": "z"}}
    own["formats"] = [*ENDINGS[1:], "reg"]
    config = yaml.safe_load((workflow.folder / "tests/config/tiny.yaml").read_text())
    config["catalogues"] = [own]
    # As many as the survey's catalogue has, which stays one shard.
    config["heatmaps"]["galaxies_per_job"] = 24
    (workflow.folder / "own.yaml").write_text(yaml.safe_dump(config))
    workflow.run(*WANTED)
    return workflow, rows


def test_all_that_can_be_measured_is(measured):
    workflow, rows = measured
    results = workflow.folder / "results"
    lengths = pd.read_csv(results / "barlengths_mine.csv")
    assert lengths["id"].tolist() == [*(row["name"] for row in rows[:4]), "no size"]
    assert lengths["galaxy_id"].is_unique
    assert lengths["petror90_from"].tolist() == ["table"] * 4 + ["image"]
    # A simulated galaxy's size is drawn, and not what it would be measured to be.
    assert lengths["petror90_r"].iloc[4] == pytest.approx(rows[2]["petror90_r"], rel=0.5)
    np.testing.assert_allclose(
        lengths["pixel_scale"], [*(camera[0] for camera in CAMERAS), 0.3], rtol=1e-3
    )
    assert lengths["north_up"].all()
    dropped = pd.read_csv(results / "catalogues/mine_dropped.csv").set_index("id")["reason"]
    gone = [f"gone {k}" for k in range(23)]
    faults = ["fast", "twice", "twice"]
    assert dropped.index.tolist() == ["broken", "no scale", "nowhere", *faults, *gone]
    assert "column z: found 7523.0, expected a redshift below 20" in dropped["fast"]
    assert all("an id that is there 2 times (lines 11, 12)" in text for text in dropped["twice"])
    second = pd.read_csv(results / "stamps/mine/2-of-2_galaxies.csv")
    assert second.empty
    for name, reason in (
        ("broken", "found a broken FITS file"),
        ("no scale", "its pixel scale is unknown: found no world coordinates, expected them, a"),
        ("nowhere", "its position is outside its image"),
    ):
        assert reason in dropped[name]
    for name in ("p_bar", "p_featured", "p_edge_on"):
        assert lengths[name].between(0, 1).all()
        assert (lengths[f"{name}_sd"] >= 0).all()
    assert lengths["bar"].isin(["yes", "no", "unsure"]).all()
    thresholds = json.loads((results / "bar_thresholds.json").read_text())
    assert (lengths["bar"] == has_bar(lengths["p_bar"], thresholds)).all()
    scaled = lengths["length_arcsec"] / (lengths["length_px"] * 0.02 * lengths["petror90_r"])
    np.testing.assert_allclose(scaled.dropna(), 1, rtol=1e-6)
    check_derived(lengths)


def check_derived(lengths):
    """Check the columns that follow from the lengths, by their definitions."""
    np.testing.assert_allclose(lengths["length_kpc"], lengths["length_kpc_h"] / 0.7)
    assert lengths["mask_axis_ratio"].dropna().between(0, 1).all()
    width = lengths["mask_axis_ratio"] * lengths["length_arcsec"]
    np.testing.assert_allclose(lengths["mask_width_arcsec"], width)
    words = ["", "inclined by more than 60 deg", "edge-on", "no disc parameters"]
    no_angle = lengths["pa_sky"].isna()[:4] & (np.arange(4) < 3)
    expected = np.where(no_angle, "no position angle on the sky", words)
    assert lengths["deprojection_flag"].fillna("").tolist()[:4] == expected.tolist()
    phi = np.deg2rad(lengths["pa_sky"] - 20)
    for row, ratio in enumerate(DISCS[:2]):
        factor = np.sqrt(np.cos(phi[row]) ** 2 + np.sin(phi[row]) ** 2 / ratio**2)
        for name in ("arcsec", "kpc", "scaled_high68"):
            expected = lengths[f"length_{name}"][row] * factor
            deprojected = lengths[f"length_deprojected_{name}"][row]
            assert deprojected == pytest.approx(expected, nan_ok=True)
    assert lengths["length_deprojected_arcsec"][2:4].isna().all()
    assert (lengths["recommended"] == lengths["flag_bits"].isin([0, 1, 32768, 32769])).all()
    assert ((lengths["flag_bits"] & 1 > 0) == (lengths["petror90_from"] == "image")).all()


def test_ends_in_a_users_image_are_where_its_world_coordinates_say(measured):
    workflow, _ = measured
    lengths = pd.read_csv(workflow.folder / TABLES[0])
    shown = 0
    for row in lengths.itertuples():
        wcs = WCS(fits.getheader(workflow.folder / "fits" / row.image), naxis=2)
        for end in (1, 2):
            position = [getattr(row, f"{axis}_end{end}") for axis in ("ra", "dec")]
            pixel = [getattr(row, f"{axis}_image_end{end}") for axis in "xy"]
            if np.isfinite(position).all():
                shown += 1
                np.testing.assert_allclose(pixel, wcs.all_world2pix(*position, 0), atol=0.01)
            else:
                assert np.isnan(pixel).all()
    assert shown
    assert "x_galaxy" not in lengths


def test_tables_are_the_same_in_all_formats(measured):
    workflow, _ = measured
    lengths = read_result_table(workflow.folder / TABLES[0])
    for name in TABLES[1:]:
        if name.endswith("parquet"):
            table = Table.from_pandas(pd.read_parquet(workflow.folder / name))
        else:
            table = Table.read(workflow.folder / name)
            assert table["length_arcsec"].unit == "arcsec"
            assert table["length_deprojected_kpc"].unit == "kpc"
        assert table.colnames == list(lengths)
        np.testing.assert_array_equal(table["galaxy_id"], lengths["galaxy_id"])
        for column in lengths.select_dtypes("number"):
            values = np.ma.asarray(table[column]).astype(float)
            np.testing.assert_allclose(np.ma.filled(values, np.nan), lengths[column])


def test_bars_are_regions_at_their_galaxies(measured):
    workflow, _ = measured
    lengths = pd.read_csv(workflow.folder / TABLES[0])
    measurable = lengths["length_arcsec"].notna() & lengths["pa_sky"].notna()
    lines = (workflow.folder / REGIONS).read_text().splitlines()[3:]
    assert len(lines) == measurable.sum()
    middle = (lengths["dec_end1"] + lengths["dec_end2"]) / 2
    np.testing.assert_allclose(middle[measurable], lengths["dec"][measurable], atol=1e-4)


def test_stamps_are_the_images_of_galaxy_zoo(measured):
    """Another camera's image of a galaxy, in another unit, gives the picture that SDSS would."""
    workflow, _ = measured
    results = workflow.folder / "results"
    with h5py.File(results / "stamps/mine/1-of-2.h5") as store:
        stamps = store["canvas"][:4].astype(float)
    hoyle = pd.read_csv(results / "survey/hoyle_barlengths.csv")
    mapping = pd.read_csv(results / "survey/gz2_filename_mapping.csv").set_index("objid")
    for index, stamp in enumerate(stamps):
        asset = mapping.loc[hoyle["objid"][index], "asset_id"]
        path = results / f"survey/images_gz2/images/{asset}.jpg"
        side = stamp.shape[0]
        drawn = np.asarray(Image.open(path).resize((side, side), Image.Resampling.BILINEAR))
        _, rotation, flip = CAMERAS[index]
        middle = slice(side // 2 - side // 8, side // 2 + side // 8)
        seen = Image.fromarray(np.ascontiguousarray(drawn[:, ::-1] if flip else drawn))
        expected = np.asarray(seen.rotate(rotation, Image.Resampling.BICUBIC))
        part, wanted = stamp[middle, middle], expected[middle, middle].astype(float)
        assert np.corrcoef(part.mean(axis=-1).ravel(), wanted.mean(axis=-1).ravel())[0, 1] > 0.97
    colours = json.loads((results / "stamps/mine_colours.json").read_text())
    assert np.isfinite(colours["linear"]["factor"]).all()


def test_a_bundle_measures_what_its_run_does_to_the_last_bit(measured, workflow):
    """In a folder without data and results, in shards of another size."""
    run, _ = measured
    run.run("bundle", "--configfile", "own.yaml")
    shutil.copytree(run.folder / "fits", workflow.folder / "fits")
    shutil.copy(run.folder / "results/bundle.zip", workflow.folder / "given.zip")
    own = yaml.safe_load((run.folder / "own.yaml").read_text())["catalogues"]
    config = {"bundle": "given.zip", "catalogues": own, "devices": {"without_gpu": "cpu"}}
    (workflow.folder / "bundled.yaml").write_text(yaml.safe_dump(config))
    workflow.run("--configfile", "bundled.yaml")
    for name in (TABLES[0], REGIONS, "results/catalogues/mine_dropped.csv"):
        assert (workflow.folder / name).read_bytes() == (run.folder / name).read_bytes(), name
    lengths = pd.read_csv(workflow.folder / TABLES[0])
    assert lengths[["length_px", "p_bar", "pa_sky"]].notna().any().all()
    for name in TABLES[1:]:
        assert (workflow.folder / name).is_file()
    made = {path.name for path in (workflow.folder / "results").iterdir()}
    assert not {"survey", "images", "control", "scores.csv"} & made
    assert workflow.plan("--configfile", "bundled.yaml") == {}


def own_galaxies(results, bins):
    """Return three simulated galaxies as a user's: within the first bin, beyond all, no PSF."""
    lengths = pd.read_csv(results / "barlengths_completeness.csv")
    lengths = lengths[lengths["length_arcsec"].notna()]
    over_psf = lengths["length_arcsec"] / lengths["psf_fwhm"]
    # The first is the galaxy in the middle of the bin, whatever last digits are.
    order = np.argsort(np.abs(over_psf.to_numpy() - bins["bin_median"].iloc[0]))
    chosen = lengths.iloc[order[:3]].copy()
    beyond = chosen["length_arcsec"].iloc[1] / (2 * bins["bin_high"].iloc[-1])
    chosen["psf_fwhm"] = [chosen["psf_fwhm"].iloc[0], beyond, np.nan]
    return chosen[["galaxy_id", "image", "redshift", "petror90_r", "psf_fwhm"]]


def test_simulated_galaxies_give_own_ones_an_expected_bias(measured, workflow):
    """By a bundle: ten barred ones as in the catalogue, three of which a user has, too."""
    run, _ = measured
    run.run("bundle", "--configfile", "own.yaml")
    shutil.copy(run.folder / "results/bundle.zip", workflow.folder / "given.zip")
    config = {"bundle": "given.zip", "devices": {"without_gpu": "cpu"}}
    config |= {"completeness": {"galaxies": 12, "bins": 2}, "figures": {"galleries": []}}
    (workflow.folder / "complete.yaml").write_text(yaml.safe_dump(config))
    workflow.run("--configfile", "complete.yaml")
    biases = pd.read_csv(workflow.folder / "results/length_bias.csv")
    biases = biases[biases["sample"] == "catalogue"].set_index("property")
    bins = biases.loc[["measured_length_over_psf"]]
    results = workflow.folder / "results"
    shutil.copytree(results / "completeness/images", workflow.folder / "mine/images")
    own_galaxies(results, bins).to_csv(workflow.folder / "mine.csv", index=False)
    mine = {"name": "mine", "table": "mine.csv", "geometry": "galaxy_zoo", "images": "mine"}
    config["catalogues"] = [mine]
    (workflow.folder / "complete.yaml").write_text(yaml.safe_dump(config))
    workflow.run("--configfile", "complete.yaml")
    lengths = pd.read_csv(results / "barlengths_completeness.csv")
    truth = pd.read_csv(results / "completeness/truth.csv")
    assert lengths["galaxy_id"].tolist() == truth["galaxy_id"].tolist() == list(range(1, 13))
    np.testing.assert_allclose(lengths["psf_fwhm"], truth["psf_fwhm_arcsec"])
    ratio = (lengths["length_px"] / truth["bar_length_px"])[truth["role"] == "catalogue"]
    whole = biases.loc["all"]
    assert (whole["n_barred"], whole["n_unbarred"]) == (10, 0)
    assert whole["n_measured"] == ratio.notna().sum() > 2
    assert whole["bias"] == pytest.approx(ratio.median() - 1)
    assert bins["n_barred"].sum() == ratio.notna().sum()
    of_mine = read_result_table(results / "barlengths_mine.csv")
    over_psf = of_mine["length_arcsec"] / of_mine["psf_fwhm"]
    assert bins["bin_low"].iloc[0] < over_psf[0] < bins["bin_high"].iloc[0]
    outside = "outside the simulated lengths over PSF width"
    assert of_mine["expected_bias_flag"].tolist() == ["", outside, "no psf_fwhm"]
    assert of_mine["expected_bias"][0] == pytest.approx(bins["bias"].iloc[0])
    assert of_mine["expected_bias_spread"][0] == pytest.approx(bins["scatter"].iloc[0])
    assert of_mine["expected_bias"][1:].isna().all()
    assert set(
        read_result_table(results / "barlengths_completeness.csv")["expected_bias_flag"]
    ) == {"no table of biases"}
    assert read_manifest(results / "bundle_with_length_bias.zip")["members"].keys() == {
        *read_manifest(workflow.folder / "given.zip")["members"],
        "results/length_bias.csv",
    }


def test_a_second_run_has_nothing_to_do(measured):
    workflow, _ = measured
    assert workflow.plan(*WANTED) == {}


def test_downloaded_images_give_the_stamps_of_the_same_files(measured):
    """One of the galaxies is not on the server, and none is asked for again by another run."""
    workflow, rows = measured
    folder, galaxies = workflow.folder / "fits", pd.DataFrame(rows[:4])
    missing = {**rows[0], "name": "elsewhere", "ra": 10.0, "image": "gone.fits"}
    pd.concat([galaxies, pd.DataFrame([missing])]).to_csv(folder / "folder.csv", index=False)
    table = pd.read_csv(folder / "folder.csv").drop(columns="image")
    # Of images of the user's own, which are not these.
    table.assign(pixel_scale=7.0).to_csv(folder / "fetched.csv", index=False)
    with serve() as server:
        for row in rows[:4]:
            path = f"/{row['ra']:.6f}/{row['dec']:.6f}"
            content = (folder / row["image"]).read_bytes()
            server.answers[path] = [send(b"", 503), send(content)]
        template = f"{server.url}/{{ra}}/{{dec}}#{{size_arcsec}}"
        config = yaml.safe_load((workflow.folder / "own.yaml").read_text())
        own = {"columns": config["catalogues"][0]["columns"]}
        config["catalogues"] = [
            {**own, "name": "folder", "table": "fits/folder.csv"},
            {**own, "name": "fetched", "table": "fits/fetched.csv"}
            | {"images": {"template": template}},
        ]
        config["download"] = {"delay": 0, "connections": 2}
        wanted = [
            f"results/{path}"
            for name in ("folder", "fetched")
            for path in (f"stamps/{name}.h5", f"catalogues/{name}.csv")
        ]
        path = workflow.folder / "download.yaml"
        path.write_text(yaml.safe_dump(config))
        asked = (*wanted, "--configfile", path)
        assert workflow.plan(*asked)["download_images"] == 1
        workflow.run(*asked)
        assert server.requests.total() == 2 * 4 + 1
        assert server.most_at_once <= 2
        # Another pace asks for nothing, another size for other images: the same address here.
        config["download"] = {"connections": 1, "delay": 1, "retries": 2, "timeout": 30}
        path.write_text(yaml.safe_dump(config))
        assert workflow.plan(*asked) == {}
        config["catalogues"][1]["images"]["field"] = 99.0
        path.write_text(yaml.safe_dump(config))
        assert workflow.plan(*asked)["download_images"] == 1
        workflow.run("--forcerun", "download_images", *asked)
        assert server.requests.total() == 2 * 4 + 1
    results = workflow.folder / "results"
    first, second = (
        pd.read_csv(results / f"catalogues/{name}.csv") for name in ("folder", "fetched")
    )
    assert len(first) == 4
    same = [name for name in first if name != "image"]
    pd.testing.assert_frame_equal(first[same], second[same])
    with (
        h5py.File(results / "stamps/folder.h5") as folder_stamps,
        h5py.File(results / "stamps/fetched.h5") as fetched_stamps,
    ):
        for name in ("galaxy_id", "canvas"):
            np.testing.assert_array_equal(folder_stamps[name], fetched_stamps[name])
    dropped = pd.read_csv(results / "catalogues/fetched_dropped.csv").set_index("id")["reason"]
    reason = (
        "its image was not downloaded: the service has no image there (it answered 404 Not Found)"
    )
    assert dropped.to_dict() == {"elsewhere": reason}
