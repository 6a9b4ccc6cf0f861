"""Tables of the simulated survey, in the published formats."""

import numpy as np
import pandas as pd

from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.survey.scales import physical_size, pixels_to_kpc

CATALOGUE_COLUMNS = (
    "objid",
    "ra",
    "dec",
    "length_avg",
    "length_stdev",
    "width_avg",
    "width_stdev",
    "length_scaled",
    "bar_meas",
)
"""Columns of ``hoyle_barlengths.csv``."""

TRUTH_COLUMNS = (
    "galaxy_id",
    "role",
    "kind",
    "barred",
    "bar_length_px",
    "bar_length_kpc_h",
    "length_scaled_true",
    "position_angle",
    "bar_axis_ratio",
    "bar_contrast",
    "bar_family",
    "inclination",
    "redshift",
    "petror90_r",
    "bulge_to_total",
    "psf_fwhm_arcsec",
    "psf_fwhm_px",
    "signal_to_noise",
)
"""Columns of ``truth.csv``."""

# Share of the catalogue's galaxies with 3, 4, 5, ... measurements (Hoyle et al. 2011).
_MEASUREMENTS = np.array([989, 1023, 916, 195, 5, 11, 6, 4, 1]) / 3150
_WIDTH_SCATTER = 0.40


def object_ids(number, rng):
    """Draw ``number`` different SDSS DR7 identifiers, ascending, int64.

    They are bit fields of sky version, rerun, run, camcol, field, object: see `identifier_parts`.
    """
    identifiers = set()
    while len(identifiers) < number:
        run, camcol = int(rng.integers(700, 6000)), int(rng.integers(1, 7))
        field, item = int(rng.integers(11, 800)), int(rng.integers(5, 400))
        identifiers.add(
            (1 << 59) | (40 << 48) | (run << 32) | (camcol << 29) | (field << 16) | item
        )
    return np.array(sorted(identifiers), dtype=np.int64)


def identifier_parts(objid):
    """Return run, rerun, camcol, field and object number of SDSS identifiers (int64 arrays)."""
    objid = np.asarray(objid, dtype=np.int64)
    return {
        "RUN": (objid >> 32) & 0xFFFF,
        "RERUN": (objid >> 48) & 0x7FF,
        "CAMCOL": (objid >> 29) & 0x7,
        "FIELD": (objid >> 16) & 0xFFF,
        "OBJ": objid & 0xFFFF,
    }


def sky_positions(number, rng):
    """Draw right ascension and declination [deg], uniform on the sphere in the survey's area."""
    ra = rng.uniform(111.0, 261.0, number)
    dec = np.degrees(
        np.arcsin(rng.uniform(np.sin(np.deg2rad(-3.5)), np.sin(np.deg2rad(68)), number))
    )
    return ra, dec


def votes_table(galaxy_ids, shares):
    """Make the table of votes: GalaxyID and the 37 columns of ``shares`` (n, 37)."""
    table = pd.DataFrame(np.asarray(shares), columns=list(VOTE_COLUMNS))
    table.insert(0, "GalaxyID", np.asarray(galaxy_ids, dtype=np.int64))
    return table


def _column(galaxies, name):
    return np.array([getattr(galaxy, name) for galaxy in galaxies], dtype=float)


def metadata_table(objid, ra, dec, galaxies, rng):
    """Make the rows of ``gz2sample.csv`` of the catalogue's galaxies, with the known columns."""
    r90, redshift = _column(galaxies, "petror90"), _column(galaxies, "redshift")
    magnitude = _column(galaxies, "magnitude")
    concentration = rng.normal(2.35, 0.2, len(galaxies)).clip(1.8, 3.3)
    table = {"OBJID": objid, **identifier_parts(objid), "RA": ra, "DEC": dec}
    table |= {
        "PETROR50_R": r90 / concentration,
        "PETROR90_R": r90,
        "PETROMAG_R": magnitude,
        "PETROMAGERR_R": 0.01 + 0.02 * 10 ** (0.3 * (magnitude - 17)),
        "MU50_R": magnitude + 2.5 * np.log10(2 * np.pi * (r90 / concentration) ** 2),
        "REDSHIFT": redshift,
        "REDSHIFTERR": rng.uniform(6e-5, 2e-4, len(galaxies)),
    }
    return pd.DataFrame(table)


def filename_mapping(objid, asset_id):
    """Make the rows of ``gz2_filename_mapping.csv``."""
    return pd.DataFrame({"objid": objid, "sample": "original", "asset_id": asset_id})


def hoyle_table(objid, ra, dec, galaxies, scatter, rng):
    """Simulate bar lengths as a few human observers measure them.

    Columns are `CATALOGUE_COLUMNS`, lengths and widths tip to tip [kpc/h]. ``objid``, ``ra`` and
    ``dec`` are (n,), the n galaxies all barred; ``scatter`` is the standard deviation of one
    measurement over the true length.
    """
    r90, redshift = _column(galaxies, "petror90"), _column(galaxies, "redshift")
    pixels = np.array([galaxy.bar.length for galaxy in galaxies])
    ratio = np.array([galaxy.bar.axis_ratio for galaxy in galaxies])
    true = pixels_to_kpc(pixels, r90, redshift)
    number = rng.choice(np.arange(3, 12), size=len(galaxies), p=_MEASUREMENTS)
    rows = []
    for length, width, count in zip(true, true * ratio, number, strict=True):
        lengths = length * np.maximum(1 + scatter * rng.standard_normal(count), 0.1)
        widths = width * np.maximum(1 + _WIDTH_SCATTER * rng.standard_normal(count), 0.1)
        rows.append((lengths.mean(), lengths.std(ddof=1), widths.mean(), widths.std(ddof=1)))
    values = np.array(rows).reshape(-1, 4)
    scaled = values[:, 0] / physical_size(r90, redshift)
    columns = (objid, ra, dec, *values.T, scaled, number)
    return pd.DataFrame(dict(zip(CATALOGUE_COLUMNS, columns, strict=True)))


def truth_table(ids, roles, galaxies, visibilities):
    """Tabulate the truth of every galaxy (`TRUTH_COLUMNS`), NaN where there is no bar or no bulge.

    ``visibilities`` are of `galbar.survey.visibility.describe_visibility`.
    """
    rows = []
    for galaxy_id, role, galaxy, seen in zip(ids, roles, galaxies, visibilities, strict=True):
        bar, nan = galaxy.bar, float("nan")
        rows.append(
            (
                galaxy_id,
                role,
                galaxy.kind,
                bar is not None,
                bar.length if bar else nan,
                nan,
                galaxy.length_scaled,
                bar.angle if bar else nan,
                bar.axis_ratio if bar else nan,
                bar.contrast if bar else nan,
                bar.family if bar else nan,
                galaxy.inclination,
                galaxy.redshift,
                galaxy.petror90,
                galaxy.bulge.fraction if galaxy.bulge else nan,
                seen["psf_fwhm_arcsec"],
                seen["psf_fwhm_px"],
                seen["signal_to_noise"],
            )
        )
    table = pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))
    table["bar_length_kpc_h"] = pixels_to_kpc(
        table["bar_length_px"], table["petror90_r"], table["redshift"]
    )
    return table
