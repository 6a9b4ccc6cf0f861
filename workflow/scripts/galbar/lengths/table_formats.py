"""Tables of bar lengths for other programs: with units, descriptions and UCDs where there is room.

UCDs are those of the IVOA (UCD1+, version 1.5).
"""

from typing import NamedTuple

import numpy as np
from astropy.table import Table

from galbar import __version__
from galbar.io.atomic import atomic_write
from galbar.lengths.flag_bits import BITS, NOTES

#: Format as in file names -> as `astropy.table.Table.write` calls it.
FORMATS = {"ecsv": "ascii.ecsv", "fits": "fits", "votable": "votable", "parquet": "parquet"}


class About(NamedTuple):
    """What is said of a column: its unit, as FITS writes it, what it holds, and its UCD."""

    unit: str | None
    description: str
    ucd: str | None = None


_SIZE = "phys.angSize"
_FRAME = ", in the frame of 424 px from 0"
_IMAGE = ", in the array of the galaxy's own image from 0"
_IN_DISC = ", tip to tip, in the plane of the thin disc"
_COLUMNS = {
    "galaxy_id": About(None, "number of the galaxy", "meta.id"),
    "id": About(None, "id of the galaxy, as in the user's table", "meta.id;meta.main"),
    "length_px": About("pix", "bar length, tip to tip; 1 pix is 0.02 petroR90", _SIZE),
    "length_arcsec": About("arcsec", "bar length, tip to tip, on the sky", _SIZE),
    "length_kpc_h": About(None, "bar length, tip to tip [kpc/h], projected", "phys.size"),
    "length_kpc": About("kpc", "bar length, tip to tip, projected", "phys.size"),
    "length_scaled": About(None, "bar length in the unit of length_scaled of Hoyle et al. 2011"),
    "calibration": About(None, "estimator of the calibrated length", "meta.note"),
    "calibration_flag": About(None, "whether it is outside the calibration", "meta.code.qual"),
    "flag_bits": About(None, f"sum of what speaks against the length: {BITS}", "meta.code.qual"),
    "recommended": About(
        None,
        f"whether no bit of flag_bits but {' and '.join(str(bit.value) for bit in NOTES)} is set",
        "meta.code.qual",
    ),
    "expected_bias": About(
        None,
        "median of measured over true length, less 1, of simulated galaxies like it; not applied",
    ),
    "expected_bias_spread": About(None, "half the range of 16 to 84 % of that ratio", "stat.error"),
    "expected_bias_flag": About(None, "why there is no expected bias", "meta.note"),
    "length_px_setting": About("pix", "bar length by the single setting", _SIZE),
    "run_difference_px": About("pix", "mean difference between trainings", "stat.error"),
    "mc_error_px": About("pix", "Monte Carlo error by the single setting", "stat.error"),
    "angle": About("deg", "angle of the bar from the image's columns towards its rows"),
    "mask_axis_ratio": About(
        None,
        "short over long axis of the mask on the heat map, which is wider than the bar",
        "phys.size.axisRatio",
    ),
    "mask_width_px": About("pix", "mask_axis_ratio times length_px", _SIZE),
    "mask_width_arcsec": About("arcsec", "mask_axis_ratio times length_arcsec", _SIZE),
    "x_end1": About("pix", f"column of the left end of the bar{_FRAME}", "pos.cartesian.x"),
    "y_end1": About("pix", f"row of the left end of the bar{_FRAME}", "pos.cartesian.y"),
    "x_end2": About("pix", f"column of its other end{_FRAME}", "pos.cartesian.x"),
    "y_end2": About("pix", f"row of its other end{_FRAME}", "pos.cartesian.y"),
    "x_image_end1": About("pix", f"column of end 1 of the bar{_IMAGE}", "pos.cartesian.x"),
    "y_image_end1": About("pix", f"row of end 1 of the bar{_IMAGE}", "pos.cartesian.y"),
    "x_image_end2": About("pix", f"column of end 2 of the bar{_IMAGE}", "pos.cartesian.x"),
    "y_image_end2": About("pix", f"row of end 2 of the bar{_IMAGE}", "pos.cartesian.y"),
    "pa_sky": About("deg", "position angle of the bar from north through east", "pos.posAng"),
    "ra_end1": About("deg", "right ascension of one end of the bar, ICRS", "pos.eq.ra"),
    "dec_end1": About("deg", "declination of one end of the bar, ICRS", "pos.eq.dec"),
    "ra_end2": About("deg", "right ascension of its other end, ICRS", "pos.eq.ra"),
    "dec_end2": About("deg", "declination of its other end, ICRS", "pos.eq.dec"),
    "length_deprojected_arcsec": About("arcsec", f"bar length{_IN_DISC}", _SIZE),
    "length_deprojected_kpc_h": About(None, f"bar length [kpc/h]{_IN_DISC}", "phys.size"),
    "length_deprojected_kpc": About("kpc", f"bar length{_IN_DISC}", "phys.size"),
    "length_deprojected_scaled": About(None, f"length_scaled{_IN_DISC}"),
    "deprojection_flag": About(None, "what is to be known of deprojected lengths", "meta.note"),
    "flag": About(None, "whether the single setting could measure", "meta.code.qual"),
    "bar": About(None, "whether there is a bar: yes, no, unsure", "meta.code.class"),
    "p_bar": About(None, "predicted share of volunteers who see a bar", "stat.probability"),
    "p_featured": About(None, "predicted share who see features or a disc", "stat.probability"),
    "p_edge_on": About(None, "predicted share who see the disc edge-on", "stat.probability"),
    "verdict": About(None, "a person's verdict in the gallery: good, bad, no bar", "meta.note"),
    "note": About(None, "a person's note in the gallery", "meta.note"),
    "psf_fwhm": About("arcsec", "full width at half maximum of the PSF", _SIZE),
    "redshift": About(None, "redshift", "src.redshift"),
    "petror90_r": About("arcsec", "radius of 90 % of the Petrosian flux", "phys.angSize"),
    "petror90_from": About(None, "where petror90_r is from: table or image", "meta.note"),
    "ra": About("deg", "right ascension, ICRS", "pos.eq.ra;meta.main"),
    "dec": About("deg", "declination, ICRS", "pos.eq.dec;meta.main"),
    "disc_axis_ratio": About(None, "short over long axis of the disc", "phys.size.axisRatio"),
    "disc_pa": About("deg", "position angle of the disc from north through east", "pos.posAng"),
    "centre_x": About("pix", "column of the galaxy in its image, from 0", "pos.cartesian.x"),
    "centre_y": About("pix", "row of the galaxy in its image, from 0", "pos.cartesian.y"),
    "pixel_scale": About("arcsec", "side of the image's pixels", "instr.scale"),
    "petror90_px": About(
        "pix", "radius of 90 % of the Petrosian flux in pixels of the image", _SIZE
    ),
    "north_up": About(None, "whether the image has world coordinates", "meta.code"),
    "covered": About(None, "share of what the networks see that the image covers"),
    "sky_noise": About(None, "noise of the stamp's sky, as in training_light.json"),
    "brightness": About(None, "brightness in the middle of the stamp, as in training_light.json"),
    "colour": About("mag", "red over blue light in the middle of the stamp", "phot.color"),
    "sharpness": About(None, "fine over coarse structure in the middle of the stamp"),
    "training_distance": About(
        None, "how far its image is from those of the training, 1 at the end of their range"
    ),
    "outside_training": About(None, "how its image is unlike the training's", "meta.code.qual"),
    "length_px_published": About("pix", "bar length by the published criterion", _SIZE),
    "image": About(None, "image file", "meta.id;meta.file"),
}
_ENDS = {
    f"{end}{level}": (f"{word} end of the {level} % interval of: ", statistic)
    for level in (68, 95)
    for end, word, statistic in (("low", "lower", "stat.min"), ("high", "upper", "stat.max"))
}
_ENDS["sd"] = ("standard deviation over the networks of: ", "stat.stdev")


def describe_column(name):
    """Return what is said of a column of ``barlengths_*.csv``; nothing of one that is unknown."""
    if name in _COLUMNS:
        return _COLUMNS[name]
    stem, _, end = name.rpartition("_")
    if stem in _COLUMNS and end in _ENDS:
        words, statistic = _ENDS[end]
        about = _COLUMNS[stem]
        ucd = f"{about.ucd};{statistic}" if about.ucd else None
        return About(about.unit, words + about.description, ucd)
    if stem == "length_px" and end.removeprefix("run").isdecimal():
        return About("pix", f"bar length by the single setting, training {end[3:]}", _SIZE)
    return About(None, "")


def write_table(frame, path, kind):
    """Write a table of bar lengths in a format of `FORMATS`, atomically.

    Parameters
    ----------
    frame : pandas.DataFrame, as `galbar.io.result_tables.read_result_table` reads it
    path : str or Path
    kind : str, a key of `FORMATS`

    Missing numbers are NaN, missing texts empty. Texts of FITS files are UTF-8. The metadata name
    the version of galbar that writes the file, as ``GALBAR`` (FITS) or ``galbar``.
    """
    table = Table.from_pandas(frame)
    table.meta["galbar"] = __version__
    for name in table.colnames:
        about = describe_column(name)
        if table[name].dtype.kind in "OU":
            texts = ["" if text is np.ma.masked else str(text) for text in table[name]]
            table[name] = np.char.encode(texts, "utf-8") if kind == "fits" else texts
        if about.unit:
            table[name].unit = about.unit
        table[name].description = about.description
        if about.ucd:
            table[name].meta["ucd"] = about.ucd
    with atomic_write(path) as temporary:
        if kind == "votable":
            _write_votable(table, temporary)
        elif kind == "parquet":
            _write_parquet(table, temporary)
        elif kind == "fits":
            _write_fits(table, temporary)
        else:
            table.write(temporary, format=FORMATS[kind], overwrite=True)


def _write_fits(table, path):
    """Write a FITS table, with the cards of descriptions and UCDs that other programs read."""
    from astropy.io.fits import table_to_hdu

    unit = table_to_hdu(table)
    for number, name in enumerate(table.colnames, start=1):
        for key, text in (
            ("TCOMM", table[name].description),
            ("TUCD", table[name].meta.get("ucd")),
        ):
            if text:
                unit.header[f"{key}{number}"] = text
    unit.writeto(path, overwrite=True)


def _write_votable(table, path):
    """Write a VOTable, whose fields have UCDs of their own."""
    from astropy.io.votable import from_table
    from astropy.io.votable.tree import Info

    votable = from_table(table)
    votable.get_first_table().infos.append(Info(name="galbar", value=table.meta["galbar"]))
    for field in votable.get_first_table().fields:
        field.ucd = table[field.name].meta.get("ucd")
    votable.to_xml(str(path))


def _write_parquet(table, path):
    """Write a Parquet file, units and descriptions in the metadata of its columns."""
    import pyarrow
    from pyarrow import parquet

    arrays, fields = [], []
    for name in table.colnames:
        column = table[name]
        array = pyarrow.array(column.tolist() if column.dtype.kind in "OU" else np.asarray(column))
        about = {"unit": str(column.unit or ""), "description": column.description or ""}
        about["ucd"] = column.meta.get("ucd", "")
        arrays.append(array)
        fields.append(pyarrow.field(name, array.type, metadata=about))
    schema = pyarrow.schema(fields, metadata={"galbar": table.meta["galbar"]})
    parquet.write_table(pyarrow.table(arrays, schema=schema), path)
