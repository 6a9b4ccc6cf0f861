"""The table of bar lengths by isophotes: a row for each galaxy of a catalogue."""

from pathlib import Path

import pandas as pd

from galbar.io.images import read_image
from galbar.jobs.processes import map_in_processes
from galbar.rivals.bar_ends import find_bar_ends
from galbar.rivals.isophotes import fit_isophotes, light_for_fits


def measure_ellipses(catalogue, directory, processes=1):
    """Measure the bars of a catalogue by the isophotes of its images.

    Parameters
    ----------
    catalogue : pandas.DataFrame, n rows, with galaxy_id and image
    directory : str or Path, folder to which the images' paths are relative
    processes : int, default 1, among which galaxies are shared; the results do not depend on it

    Returns
    -------
    pandas.DataFrame
        n rows: galaxy_id, length_px (at the maximum of ellipticity) and length_drop_px (at the
        drop), tip to tip [px of the 424 px image], ellipticity, angle [degree], flag. See
        `galbar.rivals.bar_ends`; a galaxy that cannot be measured is NaN, with the flag saying why.

    Raises
    ------
    FileNotFoundError, ValueError : see `galbar.io.images.read_image`
    """
    paths = [str(Path(directory) / name) for name in catalogue["image"]]
    rows = map_in_processes(_measure, paths, processes, "galaxies")
    names = ["length_px", "length_drop_px", "ellipticity", "angle", "flag"]
    table = pd.DataFrame(rows).set_axis(names, axis=1)
    table.insert(0, "galaxy_id", catalogue["galaxy_id"].to_numpy())
    return table


def _measure(path):
    """Return the `galbar.rivals.bar_ends.BarEnds` of an image."""
    return find_bar_ends(fit_isophotes(light_for_fits(read_image(path))))
