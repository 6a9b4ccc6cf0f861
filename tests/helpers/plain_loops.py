"""The criteria and the length written as plain loops, straight from their definitions.

The published ones (released code of Bhambra, Joachimi & Lahav 2022): loop over the thresholds, take
the pixels above each, compute their statistic anew, stop; then compare all pairs of pixels.
Nothing is shared with galbar, not even the order of operations: the statistics are floating-point,
in two passes, by numpy. Slow on purpose; tests and a benchmark compare galbar with it.
"""

import math

import numpy as np


def normalised(heatmap):
    """Map in float64 from 0 to 1; None where it is flat or not finite."""
    heatmap = np.asarray(heatmap, dtype=float)
    if not np.isfinite(heatmap).all() or heatmap.max() == heatmap.min():
        return None
    return (heatmap - heatmap.min()) / (heatmap.max() - heatmap.min())


def absolute_correlation(rows, columns):
    """|Pearson r|; NaN for fewer than 2 pixels or without variance."""
    if len(rows) < 2 or np.ptp(rows) == 0 or np.ptp(columns) == 0:
        return math.nan
    return abs(np.corrcoef(rows, columns)[0, 1])


def elongation(rows, columns):
    """Elongation (l1 - l2) / (l1 + l2) from numpy's eigenvalues; NaN for fewer than 2 pixels."""
    if len(rows) < 2:
        return math.nan
    small, large = np.linalg.eigvalsh(np.cov(rows, columns))
    return (large - small) / (large + small)


def scan(values, statistic, pairs):
    """Rows and columns of the mask of each pair of thresholds, and whether its scan stopped.

    A pair is the limit of the statistic and the fewest pixels; the mask is what lies above the
    first t at which the statistic exceeds the one or the count is below the other.

    The pairs are followed at the same time only to keep the tests short: each stops on its own.
    """
    masks, running = {}, list(pairs)
    for t in np.arange(0.5, 1.0, 0.0001):
        rows, columns = np.nonzero(values > t)
        value = statistic(rows, columns)
        for threshold, len_threshold in list(running):
            if value > threshold or len(rows) < len_threshold:
                masks[threshold, len_threshold] = rows, columns, True
                running.remove((threshold, len_threshold))
        if not running:
            break
    return masks | {pair: (rows, columns, False) for pair in running}


def central_piece(values, fraction):
    """Rows and columns of the piece nearest to the centre, by flooding from its pixel."""
    above = values >= fraction * values.max()
    ny, nx = values.shape

    def rank(pixel):
        row, column = pixel
        distance = math.hypot(row - (ny - 1) / 2, column - (nx - 1) / 2)
        return round(distance, 9), -values[pixel], pixel

    seed = min(zip(*map(np.ndarray.tolist, np.nonzero(above)), strict=True), key=rank)
    piece, waiting = {seed}, [seed]
    while waiting:
        row, column = waiting.pop()
        for y in range(max(row - 1, 0), min(row + 2, ny)):
            for x in range(max(column - 1, 0), min(column + 2, nx)):
                if above[y, x] and (y, x) not in piece:
                    piece.add((y, x))
                    waiting.append((y, x))
    rows, columns = zip(*piece, strict=True)
    return np.array(rows), np.array(columns), True


def length_of(rows, columns):
    """Largest distance of all pairs of pixels; NaN for fewer than 2."""
    longest = math.nan
    for row, column in zip(rows, columns, strict=True):
        # One pixel against all others at once: the pairs are still all compared.
        squares = (rows - row) ** 2 + (columns - column) ** 2
        if squares.max() > 0:
            distance = math.sqrt(squares.max())
            longest = distance if math.isnan(longest) else max(longest, distance)
    return longest


def blurred(values, sigma):
    """Gaussian blur as two products with a matrix of weights, edges continued, out to 4 sigma."""
    reach = int(4 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()

    def matrix(count):
        blur = np.zeros((count, count))
        for i in range(count):
            for step, weight in zip(range(-reach, reach + 1), weights, strict=True):
                blur[i, min(max(i + step, 0), count - 1)] += weight
        return blur

    return matrix(values.shape[0]) @ values @ matrix(values.shape[1]).T


def prepared(heatmap, setting, grey):
    """Map before masking, or the text of the flag that says why there is none."""
    if not np.isfinite(heatmap).all():
        return "non-finite map"
    published = setting["criterion"] == "pearson"
    values = np.asarray(heatmap, dtype=float)
    if setting["kind"] != "absolute":
        values = np.where(values > 0, values, 0.0)
    if setting["smoothing"]:
        values = blurred(values, setting["smoothing"])
    if setting["xinput"] and not published:
        values = values * np.asarray(grey, dtype=float)
    values = normalised(values)
    if values is None:
        return "flat map"
    if setting["xinput"] and published:
        values = values * np.asarray(grey, dtype=float)
    return values


def masks_of(values, settings):
    """Rows, columns of the mask of each setting, and whether its scan stopped."""
    limits = {"pearson": "corr_threshold", "elongation": "elongation_threshold"}
    statistics = {"pearson": absolute_correlation, "elongation": elongation}
    criterion = settings[0]["criterion"]
    if criterion == "level":
        return [central_piece(values, setting["level_fraction"]) for setting in settings]
    pairs = [(setting[limits[criterion]], setting["len_threshold"]) for setting in settings]
    masks = scan(values, statistics[criterion], pairs)
    return [masks[pair] for pair in pairs]


def measure(heatmap, settings, pixel_scale, grey=None):
    """Length [pixel of the 424 px image] and text of the flag of settings that share a map."""
    values = prepared(heatmap, settings[0], grey)
    if isinstance(values, str):
        return [(math.nan, values)] * len(settings)
    measured = []
    for rows, columns, stopped in masks_of(values, settings):
        if len(rows) < 2:
            measured.append((math.nan, "single pixel" if len(rows) else "empty mask"))
        else:
            length = length_of(rows, columns) * pixel_scale
            measured.append((length, "ok" if stopped else "no stop"))
    return measured
