"""The example that ships: cutouts of a fictional survey, for galaxies that no bundle has seen."""

from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits

from galbar.io.atomic import write_csv
from galbar.lengths.units import arcsec_from_pixels
from galbar.survey.cutouts import draw_cutout
from galbar.survey.scales import pixels_to_kpc

# Of the survey of another seed than the demo's: number, ra, dec [deg], rotation [deg] and flip. A
# spiral, a smooth disc and a faint one, taken for what can be seen on them before any was measured.
_SEED = 2011
_GALAXIES = (
    (12, 184.31, 12.94, 25.0, False),
    (3, 192.72, 41.12, 140.0, True),
    (6, 201.85, -3.27, -70.0, False),
)
# The camera: pixel scale [arcsec], counts per nanomaggy, counts of the sky.
_PIXEL_SCALE, _GAIN, _SKY = 0.6, 250.0, 120.0
# Steps of the compressed counts, as a part of their noise: far finer than what it hides.
_QUANTISATION = 8


def write_example(folder):
    """Write three FITS cutouts (g, r, i), their table, and the truth apart.

    Parameters
    ----------
    folder : str or Path
        Gets ``galaxies.csv`` (id, image, ra, dec [deg], redshift), ``truth.csv`` (id,
        length_arcsec, length_kpc_h, pa_sky [deg], petror90_r [arcsec]) and ``images``.
    """
    rows, truths = [], []
    (Path(folder) / "images").mkdir(parents=True, exist_ok=True)
    for number, (index, ra, dec, rotation, flip) in enumerate(_GALAXIES, start=1):
        galaxy, planes, header = draw_cutout(
            _SEED,
            index,
            position=(ra, dec),
            pixel_scale=_PIXEL_SCALE,
            rotation=rotation,
            flip=flip,
        )
        name, image = f"Example {number}", f"images/example{number}.fits.fz"
        _write_counts(Path(folder) / image, _GAIN * planes + _SKY, header)
        rows.append({"id": name, "image": image, "ra": ra, "dec": dec})
        rows[-1]["redshift"] = round(galaxy.redshift, 5)
        truths.append({"id": name, **_truth(galaxy, rotation, flip)})
    write_csv(pd.DataFrame(rows), Path(folder) / "galaxies.csv")
    write_csv(pd.DataFrame(truths), Path(folder) / "truth.csv", float_format="%.3f")


def _write_counts(path, counts, header):
    header["BUNIT"] = "adu"
    compressed = fits.CompImageHDU(
        np.float32(counts),
        header,
        compression_type="RICE_1",
        quantize_level=_QUANTISATION,
        quantize_method=fits.hdu.compressed.SUBTRACTIVE_DITHER_1,
        dither_seed=1,
    )
    compressed.writeto(path, overwrite=True)


def _truth(galaxy, rotation, flip):
    """Return a bar's length and its position angle, from north through east."""
    # The angle in the picture is from its columns towards its rows, downwards.
    from_top = 90 - galaxy.bar.angle
    return {
        "length_arcsec": arcsec_from_pixels(galaxy.bar.length, galaxy.petror90),
        "length_kpc_h": pixels_to_kpc(galaxy.bar.length, galaxy.petror90, galaxy.redshift),
        "pa_sky": (rotation + (-from_top if flip else from_top)) % 180,
        "petror90_r": galaxy.petror90,
    }
