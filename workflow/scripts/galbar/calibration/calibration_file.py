"""Files of a calibration: what it was fitted on, as numbers, and what it must give (HDF5).

Not the fitted regression itself, which only a pickle could hold: it is fitted again from the same
numbers, and compared with what the file says it gave: on one machine they are equal to the last
bit, on another processor or with another number of threads up to rounding.

Layout: ``galaxy_id`` (m,) int64, a galaxy once for each of its looks; ``length_px`` (m, f) float64
[pixel of the 424 px image], NaN where unmeasurable; ``target`` and ``length_scaled`` (m,), the
catalogue's length and the calibrated one; ``held_out`` (m,). Attributes: ``names`` (JSON, the f
settings), ``candidate``, ``seed``, ``n`` galaxies, ``note``, ``versions`` (JSON). A file of too few
galaxies has no datasets but says so in ``note``.
"""

import json
import platform

import h5py
import numpy as np
import sklearn

from galbar.calibration.estimator import Calibration
from galbar.io.atomic import atomic_write

# Relative difference of lengths that rounding explains; another version's regression differs more.
_ROUNDING = 1e-6
_DATASETS = ("galaxy_id", "length_px", "target", "held_out")


def software_versions():
    """Return the versions that the last bits of a calibration depend on: dict of str."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
    }


def write_calibration(path, calibration, names, note):
    """Write a calibration, atomically.

    Parameters
    ----------
    path : str or Path
    calibration : Calibration or None
        None: there were too few galaxies, and the best single setting stands.
    names : list of str, the f settings, from `galbar.calibration.features.Features`
    note : str, what a reader should know, or ""
    """
    with atomic_write(path) as temporary, h5py.File(temporary, "w") as store:
        store.attrs["names"] = json.dumps(names)
        store.attrs["versions"] = json.dumps(software_versions())
        store.attrs["note"] = note
        store.attrs["candidate"] = "" if calibration is None else calibration.candidate
        if calibration is None:
            return
        store.attrs["seed"] = calibration.seed
        store.attrs["n"] = len(np.unique(calibration.galaxy_id))
        for name in _DATASETS:
            store[name] = getattr(calibration, name)
        store["length_scaled"] = calibration.estimate(calibration.length_px).length
        store["length_px"].attrs["unit"] = "pixel of the 424 px image"


def read_calibration(path):
    """Read a calibration.

    Returns
    -------
    calibration : Calibration or None, None where too few galaxies were there
    names : list of str, the f settings, in the order of `Calibration.estimate`
    note : str

    Raises
    ------
    ValueError
        If this environment does not give, up to rounding, what the file says that it gives.
    """
    with h5py.File(path) as store:
        names, note = json.loads(store.attrs["names"]), str(store.attrs["note"])
        if not store.attrs["candidate"]:
            return None, names, note
        values = {name: store[name][()] for name in _DATASETS}
        calibration = Calibration(
            **values, candidate=str(store.attrs["candidate"]), seed=int(store.attrs["seed"])
        )
        fitted_again = calibration.estimate(calibration.length_px).length
        if not np.allclose(fitted_again, store["length_scaled"][()], rtol=_ROUNDING, atol=0):
            raise ValueError(
                f"{path}: this calibration was made with {store.attrs['versions']}, and gives "
                f"other lengths with {json.dumps(software_versions())}: calibrate again "
                "(snakemake --forcerun calibrate_lengths) or use the same environment"
            )
        return calibration, names, note
