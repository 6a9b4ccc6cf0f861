"""Which part of the sky each service is asked for, and in which words."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from galbar.config.downloads import Endpoints
from galbar.downloads.answers import RefusedError
from galbar.downloads.cutouts import Source, fetch_images, plan_cutout, read_listing
from galbar.downloads.templates import fill, template_problem

ENDPOINTS = Endpoints().model_dump()
GALAXY = {"galaxy_id": 1, "ra": 210.5, "dec": -1.25, "petror90_r": 10.0}
LISTING = (
    "projcell subcell ra dec filter mjd type filename shortname badflag\n"
    "1784 59 210.5 -1.25 g 0 stack /rings.v3/a+g.fits a.fits 0\n"
    "1784 59 210.5 -1.25 i 0 stack /rings.v3/a.i.fits a.fits 0\n"
    "1784 59 210.5 -1.25 r 0 stack /rings.v3/a.r.fits a.fits 0\n"
    "1784 60 210.5 -1.25 r 0 stack /rings.v3/b.r.fits b.fits 0\n"
)


def source_of(survey=None, **keys):
    return Source(survey, keys.pop("template", None), ENDPOINTS, keys.pop("field", 120.0), **keys)


class Asked(list):
    """A store that notes what it is asked for."""

    def image(self, url, ending, expected):
        self.append(url)
        self.ending, self.expected = ending, expected
        return f"{len(self)}{ending}"

    def text(self, url):
        self.append(url)
        return LISTING


def ask(source, galaxy=GALAXY):
    """Return the questions of a galaxy as (host and path, fields), the images and the store."""
    store = Asked()
    images = fetch_images(plan_cutout(galaxy, source), source, store)
    parts = [urlsplit(url) for url in store]
    questions = [
        (part.netloc + part.path, {k: v[0] for k, v in parse_qs(part.query).items()})
        for part in parts
    ]
    return questions, images, store


# 424 px of 0.02 petroR90, and 6 % more [arcsec].
WIDTH = 1.06 * 8.48 * 10


def test_sdss():
    ((place, fields),), images, store = ask(source_of("sdss"))
    assert place == "skyserver.sdss.org/dr18/SkyServerWS/ImgCutout/getjpeg"
    side = int(np.ceil(WIDTH / 0.396))
    assert fields == {"ra": "210.500000", "dec": "-1.250000", "scale": "0.396"} | {
        "width": str(side),
        "height": str(side),
    }
    assert images == {"image": "1.jpg"}
    assert store.expected.side == side
    assert not store.expected.wcs


def test_legacy():
    ((place, fields),), images, store = ask(source_of("legacy"))
    assert place == "www.legacysurvey.org/viewer/fits-cutout"
    assert fields["pixscale"] == "0.262"
    assert (fields["bands"], fields["layer"]) == ("grz", "ls-dr9")
    assert int(fields["size"]) == int(np.ceil(WIDTH / 0.262))
    assert images == {"image": "1.fits"}
    assert store.expected.wcs
    ((_, fields),), *_ = ask(source_of("legacy", bands="r", pixel_scale=0.5))
    assert (fields["bands"], fields["pixscale"]) == ("r", "0.5")


def test_panstarrs_is_asked_for_its_files_first():
    questions, images, _ = ask(source_of("panstarrs"))
    assert questions[0][0] == "ps1images.stsci.edu/cgi-bin/ps1filenames.py"
    assert questions[0][1]["filters"] == "gri"
    assert [place for place, _ in questions[1:]] == ["ps1images.stsci.edu/cgi-bin/fitscut.cgi"] * 3
    # A plus sign of a file's name is no space.
    files = ["/rings.v3/a+g.fits", "/rings.v3/a.r.fits", "/rings.v3/a.i.fits"]
    assert [fields["red"] for _, fields in questions[1:]] == files
    assert {fields["size"] for _, fields in questions[1:]} == {str(int(np.ceil(WIDTH / 0.25)))}
    assert images == {"image_g": "2.fits", "image_r": "3.fits", "image_i": "4.fits"}


def test_hips():
    ((place, fields),), *_ = ask(source_of("hips:CDS/P/DECaLS/DR5/r", pixel_scale=0.5))
    assert place == "alasky.cds.unistra.fr/hips-image-services/hips2fits"
    assert fields["hips"] == "CDS/P/DECaLS/DR5/r"
    assert (fields["projection"], fields["format"]) == ("TAN", "fits")
    assert float(fields["fov"]) * 3600 / int(fields["width"]) == pytest.approx(0.5, rel=1e-6)


def test_a_template():
    template = "https://x.org/{ra}/{dec}?s={size}&w={size_arcsec}&d={size_deg}&p={pixel_scale}"
    (url,) = ask(source_of(template=template, pixel_scale=0.3))[2]
    side = int(np.ceil(WIDTH / 0.3))
    width = side * 0.3
    assert url.startswith(f"https://x.org/210.500000/-1.250000?s={side}&w={width:g}&d=0.02")
    assert url.endswith("&p=0.3")
    template = "https://x.org/?ra={ra}&dec={dec}&w={size_arcsec}"
    (url,) = ask(source_of(template=template))[2]
    assert url.endswith(f"&w={WIDTH:.1f}")


@pytest.mark.parametrize(
    ("survey", "petror90", "side", "scale"),
    [
        ("sdss", 0.5, 64, 0.396),
        ("sdss", 200.0, 2048, 0.8779),
        # Light in a pixel of another scale would be of another unit.
        ("legacy", 200.0, 3000, 0.262),
        ("panstarrs", 200.0, 6000, 0.25),
        ("legacy", np.nan, 459, 0.262),
    ],
)
def test_sides_are_what_the_service_gives(survey, petror90, side, scale):
    cutout = plan_cutout(GALAXY | {"petror90_r": petror90}, source_of(survey))
    assert (cutout.side, cutout.pixel_scale) == (side, scale)


@pytest.mark.parametrize(
    ("survey", "values", "message"),
    [
        ("legacy", {"ra": np.nan}, "its position is unknown: found no ra and dec"),
        ("sdss", {"petror90_r": np.nan}, "its size is unknown: images of sdss are scaled for the"),
    ],
)
def test_galaxies_that_cannot_be_asked_for(survey, values, message):
    with pytest.raises(ValueError, match=message):
        plan_cutout(GALAXY | values, source_of(survey))


def test_the_same_part_of_the_sky_is_one_request():
    source = source_of("legacy")
    first = plan_cutout(GALAXY, source)
    assert first == plan_cutout(GALAXY | {"galaxy_id": 2, "ra": 210.5 + 1e-9}, source)
    assert plan_cutout(GALAXY | {"ra": 360.0}, source).ra == 0
    assert str(plan_cutout(GALAXY | {"dec": -1e-9}, source).dec) == "0.0"


def test_a_listing_that_lacks_a_band_or_is_none():
    with pytest.raises(RefusedError, match="the survey has no image of it in z, y"):
        read_listing(LISTING, "gzy")
    for text in ("", "database is busy, please wait"):
        with pytest.raises(ValueError, match="in place of a list of images"):
            read_listing(text, "g")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("file:///etc/{ra}{dec}", "expected an address that begins with https"),
        ("https://x/{ra}{dec", "expected an address with fields of {ra}"),
        ("https://x/{ra}{dec}{siz}", "found {siz} in"),
        ("https://x/{ra.__class__}{dec}", "found {ra.__class__} in"),
        ("https://x/{ra:>9999999}{dec}", "found a format after a field's name"),
        ("https://x/{ra}", "expected {dec} in it"),
    ],
)
def test_addresses_that_cannot_be_filled_in(template, message):
    assert message in template_problem("template", template, ("ra", "dec", "size"))
    assert template_problem("template", "http://x/{ra}{dec}", ("ra", "dec")) == ""


def test_values_are_escaped():
    assert fill("https://x/?a={a}", {"a": "b&c=d e/f"}) == "https://x/?a=b%26c%3Dd%20e/f"
