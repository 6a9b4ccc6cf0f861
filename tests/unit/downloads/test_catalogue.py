"""Images of a table of galaxies from a server that fails for some, goes down, or is left alone."""

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from PIL import Image

from galbar.downloads.answers import ServiceDownError
from galbar.downloads.catalogue import download_catalogue
from galbar.downloads.client import Client, Pace
from galbar.downloads.cutouts import Source, plan_cutout, values_of
from galbar.downloads.services import SERVICES
from galbar.downloads.templates import fill
from galbar.stamps.observe import Recipe, observe_galaxy
from tests.helpers.cutout_server import after_others, hang_up, send, serve, truncated

HEADER = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 60.5, "CRPIX2": 60.5}
ROOT = Path(__file__).resolve().parents[3]


def cutout(ra=10.0, dec=20.0, planes=3, side=120, scale=0.262, blank=(), wcs=True):
    """Draw what the Legacy Surveys would send: a disc on noise, in some bands."""
    offset = (np.arange(side) - (side - 1) / 2) * scale
    disc = np.exp(-np.hypot(offset, offset[:, None]) / 4)
    rng = np.random.default_rng(1)
    cube = np.stack([disc + 0.01 * rng.standard_normal(disc.shape) for _ in range(planes)])
    for plane in blank:
        cube[plane] = 0
    cards = HEADER | {"CRVAL1": ra, "CRVAL2": dec}
    cards |= {"CDELT1": -scale / 3600, "CDELT2": scale / 3600}
    header = fits.Header(cards if wcs else {})
    file = io.BytesIO()
    fits.PrimaryHDU(np.float32(cube), header).writeto(file)
    return file.getvalue()


def picture(side):
    """Draw a picture with a bright spot north-east of its middle."""
    pixels = np.full((side, side, 3), 20, dtype=np.uint8)
    pixels[side // 4, side // 4] = 255
    pixels[side // 4 - 2 : side // 4 + 3, side // 4 - 2 : side // 4 + 3] = 250
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95)
    return file.getvalue()


@pytest.fixture
def server():
    with serve() as server:
        yield server


def source_of(server, survey="legacy"):
    path = "/{ra}/{dec}/{size}/{bands}" if survey != "sdss" else "/{ra}/{dec}/{size}"
    endpoints = dict.fromkeys(SERVICES, f"{server.url}{path}")
    endpoints["panstarrs"] = f"{server.url}{path}/{{file}}"
    endpoints["panstarrs_files"] = f"{server.url}/files/{{ra}}/{{bands}}"
    return Source(survey, None, endpoints, 120.0)


def galaxies_of(number, petror90=4.0):
    """Make a table of galaxies along a line."""
    return pd.DataFrame(
        {
            "galaxy_id": np.arange(number),
            "id": [str(n) for n in range(number)],
            "ra": 10.0 + np.arange(number),
            "dec": 20.0,
            "redshift": 0.02,
            "petror90_r": petror90,
        }
    )


def path_of(galaxy, source):
    """Return the path that a galaxy's image is asked for."""
    endpoint = source.endpoints[source.name]
    url = fill(endpoint, values_of(plan_cutout(galaxy, source), source))
    return "/" + url.split("/", 3)[3]


def client_of(connections=2, retries=2, waits=None):
    pace = Pace(0.0, clock=lambda: 0.0, sleep=[].append if waits is None else waits.append)
    return Client(connections=connections, retries=retries, timeout=60, pace=pace)


def fill_server(server, table, source, **answers):
    """Let the server have an image of each galaxy, unless another answer is named for its id."""
    for galaxy in table.to_dict("records"):
        path = path_of(galaxy, source)
        good = send(cutout(galaxy["ra"], galaxy["dec"]))
        server.answers[path] = answers.get(f"_{galaxy['id']}", [good])


def test_images_are_fetched_once_and_read_from_the_folder(server, tmp_path):
    table, source = galaxies_of(3), source_of(server)
    fill_server(server, table, source)
    # Two galaxies on one part of the sky are one request.
    table = pd.concat([table, table.tail(1).assign(galaxy_id=7, id="7")], ignore_index=True)
    first = download_catalogue(table, source, client_of(), tmp_path)
    assert (first["not_downloaded"] == "").all()
    assert first["image"][2] == first["image"][3]
    assert sum(server.requests.values()) == 3
    seen = observe_galaxy(first.to_dict("records")[1], Recipe(tmp_path), 32)
    assert (seen.about["ra"], seen.about["north_up"]) == (11.0, True)
    assert seen.about["pixel_scale"] == pytest.approx(0.262, rel=1e-3)
    again = download_catalogue(table, source, client_of(), tmp_path)
    pd.testing.assert_frame_equal(first, again)
    assert sum(server.requests.values()) == 3
    # Another size is another image.
    larger = table.assign(petror90_r=5.0)
    server.default = send(cutout())
    other = download_catalogue(larger, source, client_of(), tmp_path)
    assert sum(server.requests.values()) == 6
    assert not set(other["image"]) & set(first["image"])


def test_nothing_is_asked_for_a_row_with_a_fault(server, tmp_path):
    table, source = (
        galaxies_of(2).assign(fault=["", "line 3, column ra: found 400"]),
        source_of(server),
    )
    fill_server(server, table, source)
    made = download_catalogue(table, source, client_of(), tmp_path)
    assert made["not_downloaded"].tolist() == ["", "line 3, column ra: found 400"]
    assert sum(server.requests.values()) == 1


def test_one_galaxy_that_fails_does_not_stop_the_others(server, tmp_path):
    table, source = galaxies_of(12), source_of(server)
    good = cutout()
    fill_server(
        server,
        table,
        source,
        _0=[send(b"", 500), send(b"", 500), send(good)],
        _1=[send(b"", 404)],
        _2=[truncated(good), send(good)],
        _3=[send(b"<!DOCTYPE html><p>Sorry, maintenance</p>")],
        _4=[send(cutout(blank=(0, 1, 2)))],
        _5=[send(cutout(blank=(1,)))],
        _6=[send(cutout(wcs=False))],
        _7=[send(good[:6000])],
        _8=[hang_up],
        _9=[send(b"")],
        _10=[send(b"\x89PNG broken")],
    )
    table.loc[11, "ra"] = np.nan
    done = download_catalogue(table, source, client_of(), tmp_path)
    reasons = done["not_downloaded"]
    assert (done["image"] != "").tolist() == (reasons == "").tolist()
    assert reasons[reasons == ""].index.tolist() == [0, 2]
    expected = {
        1: "the service has no image there (it answered 404",
        3: "not fetched: found a web page, expected an image: see what it says (3 tries)",
        4: "the service has nothing there: its image is blank",
        5: "the service has nothing there: its image is blank",
        6: "found an image without world coordinates, expected them (3 tries)",
        7: "found a broken FITS file",
        8: "not fetched: Remote end closed connection without response (3 tries)",
        9: "found an empty file, expected an image",
        10: "found a broken FITS file",
        11: "its position is unknown",
    }
    assert all(text in reasons[row] for row, text in expected.items())
    # Nothing half-written, and only answers of the service are kept.
    kept = sorted(path.suffix for path in tmp_path.rglob("*") if path.is_file())
    assert kept == [".fits"] * 2 + [".refused"] * 3
    # Told apart: what the service has not is not asked for again, what has failed is.
    server.requests.clear()
    again = download_catalogue(table, source, client_of(retries=0), tmp_path)
    assert again["not_downloaded"][[1, 4, 5]].tolist() == reasons[[1, 4, 5]].tolist()
    asked = {
        path_of(galaxy, source) for galaxy in table.loc[[3, 6, 7, 8, 9, 10]].to_dict("records")
    }
    assert set(server.requests) == asked
    # A row that was not downloaded is one that is dropped, with the reason.
    with pytest.raises(ValueError, match="its image was not downloaded: the service has no image"):
        observe_galaxy(done.to_dict("records")[1], Recipe(tmp_path), 32)


def test_a_picture_of_sdss_has_north_up_and_its_scale(server, tmp_path):
    table, source = galaxies_of(4, petror90=10.0), source_of(server, "sdss")
    side = plan_cutout(table.to_dict("records")[0], source).side
    paths = [path_of(galaxy, source) for galaxy in table.to_dict("records")]
    good = picture(side)
    answers = [send(good), send(picture(side - 1)), send(good[: len(good) // 2])]
    black = io.BytesIO()
    Image.new("RGB", (side, side)).save(black, "JPEG")
    for path, answer in zip(paths, [*answers, send(black.getvalue())], strict=True):
        server.answers[path] = [answer]
    done = download_catalogue(table, source, client_of(), tmp_path)
    assert done["image"][0].endswith(".jpg")
    assert f"found a picture of {side - 1} x {side - 1} px, expected" in done["not_downloaded"][1]
    assert "found no readable" in done["not_downloaded"][2]
    assert done["not_downloaded"][3] == "the service has nothing there: its image is blank"
    seen = observe_galaxy(done.to_dict("records")[0], Recipe(tmp_path), 212)
    assert not seen.linear
    assert seen.about["north_up"]
    assert seen.about["pixel_scale"] == 0.396
    # The spot is a quarter of the picture from its corner, and the stamp a little narrower.
    row, column = np.unravel_index(seen.planes[0].argmax(), seen.planes[0].shape)
    expected = 105.5 - (side / 2 - side // 4) * 0.396 / (84.8 / 212)
    np.testing.assert_allclose([row, column], expected, atol=2)


def test_bands_of_panstarrs_are_files_of_their_own(server, tmp_path):
    table, source = galaxies_of(2), source_of(server, "panstarrs")
    listing = "filter filename\n" + "".join(f"{band} /{band}.fits\n" for band in "gri")
    server.default = send(cutout(planes=1, scale=0.25))
    server.answers["/files/10.000000/gri"] = [send(listing.encode())]
    server.answers["/files/11.000000/gri"] = [send(b"filter filename\ng /g.fits\n")]
    done = download_catalogue(table, source, client_of(), tmp_path)
    assert done["not_downloaded"].tolist() == ["", "the survey has no image of it in r, i"]
    assert [name for name in done if name.startswith("image")] == ["image_g", "image_r", "image_i"]
    assert done.loc[1, ["image_g", "image_r", "image_i"]].tolist() == ["", "", ""]
    assert sum(server.requests.values()) == 5
    seen = observe_galaxy(done.to_dict("records")[0], Recipe(tmp_path), 32)
    assert seen.linear


def test_columns_about_images_of_the_users_own_are_left_out(server, tmp_path):
    table, source = galaxies_of(1), source_of(server)
    fill_server(server, table, source)
    table = table.assign(pixel_scale=3.0, centre_x=5.0, centre_y=5.0)
    done = download_catalogue(table, source, client_of(), tmp_path)
    assert done["pixel_scale"].tolist() == [0.262]
    assert not {"centre_x", "centre_y"} & set(done)


@pytest.mark.parametrize("connections", [1, 3])
def test_connections_are_never_more_than_allowed(server, tmp_path, connections):
    table, source = galaxies_of(12), source_of(server)
    fill_server(server, table, source)
    for path, (good,) in server.answers.items():
        # The first wait for each other: were there more allowed, more would be seen.
        server.answers[path] = [after_others(connections, good)]
    download_catalogue(table, source, client_of(connections), tmp_path)
    assert server.most_at_once == connections


def test_a_service_that_is_down_ends_it_and_keeps_what_was_fetched(server, tmp_path):
    table, source = galaxies_of(60), source_of(server)
    fill_server(server, table.head(5), source)
    server.default = send(b"", 503)
    with pytest.raises(ServiceDownError, match="20 downloads in a row failed, the last: the serve"):
        download_catalogue(table, source, client_of(connections=1, retries=1), tmp_path)
    assert sum(server.requests.values()) == 5 + 2 * 20
    server.requests.clear()
    fill_server(server, table, source)
    done = download_catalogue(table, source, client_of(), tmp_path)
    assert (done["not_downloaded"] == "").all()
    assert sum(server.requests.values()) == 55


@pytest.mark.parametrize("status", [400, 500])
def test_galaxies_that_always_fail_stop_no_second_run(server, tmp_path, status):
    """Every fourth: what the others have is not asked for again, and they follow each other."""
    table, source = galaxies_of(120), source_of(server)
    fill_server(server, table, source)
    for galaxy in table[::4].to_dict("records"):
        server.answers[path_of(galaxy, source)] = [send(b"", status)]
    first = download_catalogue(table, source, client_of(retries=0), tmp_path)
    assert (first["not_downloaded"] != "").sum() == 30
    server.requests.clear()
    again = download_catalogue(table, source, client_of(retries=0), tmp_path)
    pd.testing.assert_frame_equal(first, again)
    assert sum(server.requests.values()) == 30


def test_a_table_of_which_nothing_is_fetched_is_no_result(server, tmp_path):
    server.default = send(b"", 500)
    with pytest.raises(ConnectionError, match=r"none of 3 images was fetched; the last: not fetch"):
        download_catalogue(galaxies_of(3), source_of(server), client_of(), tmp_path)
    server.default = send(b"", 404)
    done = download_catalogue(galaxies_of(3), source_of(server), client_of(), tmp_path)
    assert (done["not_downloaded"] != "").all()


PROGRAM = """
import json, sys
import pandas as pd
from galbar.downloads.catalogue import download_catalogue
from galbar.downloads.client import Client, Pace
from galbar.downloads.cutouts import Source
source, table, folder = json.loads(sys.argv[1]), pd.read_csv(sys.argv[2]), sys.argv[3]
client = Client(connections=1, retries=0, timeout=600, pace=Pace(0.0))
download_catalogue(table.assign(id=""), Source(**source), client, folder)
"""


def test_a_download_that_was_killed_goes_on(server, tmp_path):
    table, source = galaxies_of(8), source_of(server)
    fill_server(server, table, source)
    paths = [path_of(galaxy, source) for galaxy in table.to_dict("records")]
    (good,) = server.answers[paths[5]]
    # Never answered while the first process lives.
    server.answers[paths[5]] = [after_others(99, good), good]
    table.to_csv(tmp_path / "table.csv", index=False)
    folder = tmp_path / "images"
    arguments = [json.dumps(source._asdict()), tmp_path / "table.csv", folder]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        env={"PYTHONPATH": str(ROOT / "workflow/scripts")},
    )
    try:
        assert server.wait_for(lambda server: server.requests[paths[5]] == 1)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(list(folder.rglob("*.fits"))) == 5
    server.most_at_once = 99
    done = download_catalogue(table, source, client_of(), folder)
    assert (done["not_downloaded"] == "").all()
    assert [server.requests[path] for path in paths] == [1] * 5 + [2, 1, 1]
