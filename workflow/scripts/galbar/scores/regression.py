"""How measured lengths relate to a reference: errors, bias and slope.

All functions take one value per galaxy, without NaN, and optionally the bootstrap
resamples of `galbar.scores.bootstrap.draw_resamples`; they then return one value per resample.
The published pairs of r and RMSE are those of `rmse_regression`; `rmse_raw` is the plain
root of the mean squared difference. They are never to be compared with each other.
"""

import numpy as np

from galbar.scores.correlation import pearson_r, resampled_mean, resampled_means

# Scatter between the observers of the catalogue as a share of the length: the published
# value, also found in Hoyle et al. 2011.
CATALOGUE_SIGMA_SHARE = 0.17
# A variance below this share of the mean square is rounding, not spread.
_ROUNDING = 1e-12


def bias(measured, reference, counts=None):
    """Return the mean of measured minus reference, in the unit of both.

    ``measured`` and ``reference`` are (n,); without resamples ``measured`` may be (m, n), m rows of
    lengths. A float, or (samples,) with ``counts`` (samples, n), or (m,).
    """
    return resampled_mean(measured - reference, counts)


def mae(measured, reference, counts=None):
    """Return the mean absolute difference between measured and reference (L1).

    Parameters and result as for `bias`.
    """
    return resampled_mean(np.abs(measured - reference), counts)


def rmse_raw(measured, reference, counts=None):
    """Return the root of the mean squared difference; arguments and result as for `bias`."""
    return np.sqrt(resampled_mean((measured - reference) ** 2, counts))


def rmse_regression(measured, reference, counts=None):
    """Return the RMSE of the reference about its least squares line on the measured lengths.

    Equals sd(reference) x sqrt(1 - r^2): what is left after the best linear calibration, which
    takes the offset and the scale for free; constant measured lengths leave the sd. Residuals are
    divided by n, not by n - 2. Arguments and result as for `bias`.
    """
    centred = reference - reference.mean(axis=-1, keepdims=True)
    square, mean = resampled_means([centred**2, centred], counts)
    variance = square - mean**2
    r = pearson_r(measured, reference, counts)
    explained = np.where(np.isnan(r), 0.0, r) ** 2
    rmse = np.sqrt(np.maximum(variance, 0.0) * (1 - explained))
    return float(rmse) if np.ndim(rmse) == 0 else rmse


def published_weights(reference, sigma_measured):
    """Return the published weights (n,), 1 / (sigma of catalogue + sigma of measurement).

    Adds standard deviations, not squares, as the released code of Bhambra, Joachimi & Lahav 2022,
    MNRAS 511, 5032; the catalogue's is 17 % of the length. ``sigma_measured``, a float or (n,), is
    in the unit of the reference; NaN (no error model, as with one run only) counts as 0. Raises
    ValueError if a sum is not positive.
    """
    sigma = CATALOGUE_SIGMA_SHARE * reference + np.nan_to_num(sigma_measured, nan=0.0)
    if not (sigma > 0).all():
        raise ValueError(f"sigma of a length must be positive, found {np.min(sigma):g}")
    return 1 / sigma


def slope_on_reference(measured, reference, counts=None):
    """Return the slope of measured = a + slope x reference: below 1, lengths are drawn together.

    Parameters and result as for `bias`, dimensionless; NaN where the reference is constant.
    """
    return _slope(reference, measured, counts)


def slope_on_measured(measured, reference, counts=None):
    """Return the slope of reference = a + slope x measured: 1 for a calibrated length.

    Parameters and result as for `bias`, dimensionless; NaN where the measured lengths are constant.
    """
    return _slope(measured, reference, counts)


def _slope(x, y, counts):
    """Return the slope of the least squares line of y on x."""
    x, y = x - x.mean(axis=-1, keepdims=True), y - y.mean(axis=-1, keepdims=True)
    moments = np.broadcast_arrays(x, y, x * x, x * y)
    mean_x, mean_y, square, product = resampled_means([*moments], counts)
    variance = square - mean_x**2
    spread = variance > _ROUNDING * np.maximum(square, np.finfo(float).tiny)
    slope = np.where(spread, product - mean_x * mean_y, np.nan) / np.where(spread, variance, 1.0)
    return float(slope) if np.ndim(slope) == 0 else slope


def slope_origin(measured, reference, weights, counts=None):
    """Return the slope of measured = slope x reference, the weighted line through the origin.

    Minimises the sum of weights x (measured - slope x reference)^2, as scikit-learn's
    LinearRegression without intercept does in the released code. ``weights`` (n,) are from
    `published_weights`; the rest as for `bias`. Dimensionless.
    """
    terms = [weights * measured * reference, weights * reference**2]
    product, square = resampled_means(terms, counts)
    return product / square


def rmse_origin(measured, reference, weights, counts=None):
    """Return the RMSE of the measured lengths about the weighted line through the origin.

    In the unit of the lengths; the residuals themselves are not weighted. As for `slope_origin`.
    """
    slope = slope_origin(measured, reference, weights, counts)
    # The mean of (m - s x)^2 expanded, so that a slope per resample needs no (samples, n) array.
    terms = [measured**2, measured * reference, reference**2]
    square_m, product, square_x = resampled_means(terms, counts)
    square = square_m - 2 * slope * product + slope**2 * square_x
    return np.sqrt(np.maximum(square, 0.0))
