"""The galaxies that heat maps are checked on, and what the checks compare with."""

from dataclasses import dataclass

import numpy as np

from galbar.io.images import greyscale

# Part of the seed of the draw.
_SAMPLE = 0xC2


def draw_galaxies(catalogue, count, seed):
    """Draw the validation galaxies that heat maps are checked on.

    Parameters
    ----------
    catalogue : pandas.DataFrame, results/catalogues/hoyle_split.csv
    count : int, at most so many; all where there are fewer
    seed : int

    Returns
    -------
    pandas.DataFrame, rows of the catalogue in their order, at most ``count`` of them
    """
    validation = catalogue[catalogue["split"] == "validation"]
    rng = np.random.default_rng([seed, _SAMPLE])
    drawn = rng.permutation(len(validation))[:count]
    return validation.iloc[np.sort(drawn)].reset_index(drop=True)


@dataclass(frozen=True)
class CheckSample:
    """The n galaxies of the checks; the same for all networks.

    Attributes
    ----------
    galaxy_id : ndarray of int64, shape (n,)
    windows : ndarray, shape (n, ny, nx, 3), float32, what the networks see, 0 to 1
    masks : ndarray, shape (n, ny, nx), see `galbar.heatmap_checks.bar_masks`; None without any
    references : dict of str to ndarray, shape (n,)
        Lengths in units of the galaxy's size, "catalogue" and, of a simulated survey, "truth".
    crop : float, see `galbar.io.images.pixel_scale`
    seed : int, of the configuration
    """

    galaxy_id: np.ndarray
    windows: np.ndarray
    masks: np.ndarray | None
    references: dict
    crop: float
    seed: int

    @property
    def greys(self):
        """Return the grey images, (n, ny, nx), float32."""
        return greyscale(self.windows)
