"""How much of a map lies on a bar, and how like two maps are: plain numbers of arrays."""

import numpy as np
from scipy import ndimage
from scipy.stats import rankdata

# Of the structural similarity (Wang et al. 2004): the window's standard deviation [px of the map],
# and what keeps its quotients finite, for values between 0 and 1.
_SSIM_SIGMA = 1.5
_SSIM_C1, _SSIM_C2 = 0.01**2, 0.03**2


def relevance_mass(heatmap, mask):
    """Return the share of a map's relevance that lies on the mask (Arras et al. 2022, eq. 7).

    Parameters
    ----------
    heatmap : ndarray, shape (ny, nx), float, 0 or more; any unit
    mask : ndarray, shape (ny, nx), float, share of each pixel that belongs to the bar

    Returns
    -------
    float, 0 to 1; NaN where the map has no relevance, or one of the two is not finite
    """
    total = heatmap.sum()
    return float((heatmap * mask).sum() / total) if total > 0 else np.nan


def rank_accuracy(heatmap, mask):
    """Return the share of the k highest pixels of a map that lie on the mask of k pixels.

    Relevance rank accuracy (Arras et al. 2022, eq. 8); what is more than half the bar's is of the
    mask. Of pixels that share the value at which the k end, each counts by its chance to be among
    them. Parameters as for `relevance_mass`; NaN also where the mask has no pixel.
    """
    inside = mask > 0.5
    count = int(inside.sum())
    if count == 0 or not np.isfinite(heatmap).all():
        return np.nan
    least = np.partition(heatmap, -count, axis=None)[-count]
    above, at_least = heatmap > least, heatmap == least
    chance = (count - above.sum()) / at_least.sum()
    return float(((above & inside).sum() + chance * (at_least & inside).sum()) / count)


def pointing(heatmap, mask):
    """Return whether the highest pixel of a map lies on the mask, 0 or 1 (Zhang et al. 2018).

    Between 0 and 1 where several pixels are the highest: the share of them that do. Parameters as
    for `relevance_mass`; NaN where the map is flat, or one of the two is not finite.
    """
    highest = heatmap == heatmap.max()
    if not (np.isfinite(heatmap).all() and np.isfinite(mask).all()) or highest.all():
        return np.nan
    return float((mask > 0.5)[highest].mean())


def intersection_over_union(isolated, mask):
    """Return the common area of two masks over the area of both together.

    ``isolated`` is (ny, nx), bool; ``mask`` as for `relevance_mass`, more than half the bar's
    counts. NaN where both are empty.
    """
    inside = mask > 0.5
    union = (isolated | inside).sum()
    return float((isolated & inside).sum() / union) if union else np.nan


def rank_correlation(first, second):
    """Return Spearman's rank correlation of two maps (ny, nx), -1 to 1.

    NaN where one of them is flat or not finite.
    """
    maps = np.stack([np.ravel(first), np.ravel(second)]).astype(float)
    if not np.isfinite(maps).all():
        return np.nan
    ranks = rankdata(maps, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    norm = np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum())
    return float((ranks[0] * ranks[1]).sum() / norm) if norm > 0 else np.nan


def structural_similarity(first, second):
    """Return the mean structural similarity of two maps (Wang et al. 2004, eq. 13).

    Both are (ny, nx), float, between 0 and 1, as `galbar.attribution.heatmap_files.normalise` of an
    absolute map gives them; the windows are Gaussians of 1.5 px, with the variances of whole
    windows. The result is -1 to 1; NaN where one of the maps holds a NaN.
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return np.nan

    def local_mean(values):
        return ndimage.gaussian_filter(values, _SSIM_SIGMA, truncate=3.5, mode="reflect")

    mean_1, mean_2 = local_mean(first), local_mean(second)
    variance_1 = local_mean(first**2) - mean_1**2
    variance_2 = local_mean(second**2) - mean_2**2
    covariance = local_mean(first * second) - mean_1 * mean_2
    numerator = (2 * mean_1 * mean_2 + _SSIM_C1) * (2 * covariance + _SSIM_C2)
    denominator = (mean_1**2 + mean_2**2 + _SSIM_C1) * (variance_1 + variance_2 + _SSIM_C2)
    return float((numerator / denominator).mean())


def each(function, first, second):
    """Evaluate a measure of two maps for pairs of them, one after another: ndarray (n,)."""
    return np.array([function(*pair) for pair in zip(first, second, strict=True)])
