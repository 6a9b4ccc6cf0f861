import numpy as np
import pytest

from galbar.lengths.criteria.record import Mask
from galbar.lengths.criteria.threshold_scan import THRESHOLDS, ThresholdScan
from galbar.lengths.preparation import prepare_map


def test_thresholds_are_the_published_ones():
    assert THRESHOLDS[[0, 1, 2500, 4999]] == pytest.approx([0.5, 0.5001, 0.75, 0.9999], abs=1e-12)
    # Multiples of the step as it is after 0.5, with its rounding: not the decimals themselves.
    step = (0.5 + 0.0001) - 0.5
    assert THRESHOLDS.tolist() == [0.5 + place * step for place in range(5000)]
    assert THRESHOLDS[4999] != 0.9999


def mask_at(scan, step):
    """Index of the mask above one of the thresholds: the last one that begins there or before."""
    return np.flatnonzero(scan.steps <= step)[-1]


def stop(scan, measure, threshold, len_threshold):
    """Index into the thresholds at which one scan stops, or that it does not."""
    (mask,), (stopped,) = scan.stop(measure, [threshold], [len_threshold])
    return int(scan.steps[mask]) if stopped else "never"


def test_counts_and_moments_of_every_threshold():
    # Values on the thresholds themselves, in pairs: nothing but ties.
    rng = np.random.default_rng([5])
    values = THRESHOLDS[rng.integers(0, 5000, size=(8, 11))]
    values[3] = values[5]
    scan = ThresholdScan(values)
    for step in range(0, 5000, 7):
        mask = mask_at(scan, step)
        y, x = np.nonzero(values > THRESHOLDS[step])
        assert scan.counts[mask] == len(x)
        n = len(x)
        expected = (
            n * (x**2).sum() - x.sum() ** 2,
            n * (y**2).sum() - y.sum() ** 2,
            n * (x * y).sum() - x.sum() * y.sum(),
        )
        assert tuple(moment[mask] for moment in scan.moments) == expected
        assert {*zip(*scan.pixels(mask), strict=True)} == {*zip(x, y, strict=True)}


@pytest.mark.parametrize("brightest", [1.0, 0.9])
def test_each_mask_is_there_once_from_its_first_threshold_on(brightest):
    values = np.random.default_rng([6]).random((30, 30)) * brightest
    values[4, 7], values[9, 9] = brightest, 0
    scan = ThresholdScan(values)
    counts = [int((values > threshold).sum()) for threshold in THRESHOLDS]
    steps = [0, *(i for i in range(1, 5000) if counts[i] != counts[i - 1])]
    assert scan.steps.tolist() == steps
    assert scan.counts.tolist() == [counts[i] for i in steps]
    # The mask is empty at the end, unless the map reaches 1, which no threshold does.
    assert scan.counts[-1] == (1 if brightest == 1 else 0)


def test_float32_ties_are_decided_in_float64():
    # float32(t) lies above t for about half of the thresholds, and counts as above there.
    single = THRESHOLDS.astype(np.float32)
    place = int(np.flatnonzero(single.astype(float) > THRESHOLDS)[40])
    values = np.zeros((3, 3), dtype=np.float32)
    values[1, 1], values[0, 0] = 1, single[place]
    scan = ThresholdScan(prepare_map(values, "absolute"))
    assert scan.counts[mask_at(scan, place)] == 2
    assert not single[place] > np.float32(THRESHOLDS[place])


def test_a_tie_with_the_threshold_does_not_stop_the_scan():
    # These four points have r = 4 / 5.
    values = np.zeros((6, 6))
    for x, y in ((0, 0), (1, 2), (2, 1), (3, 3)):
        values[y, x] = 1.0
    scan = ThresholdScan(values)
    assert scan.correlation[0] == 0.8
    assert stop(scan, "correlation", 0.8, 2) == "never"
    assert stop(scan, "correlation", np.nextafter(0.8, 0), 2) == 0


def test_a_straight_row_never_stops_by_correlation_but_by_elongation():
    values = np.zeros((5, 30))
    values[2, 3:25] = 1
    scan = ThresholdScan(values)
    assert np.isnan(scan.correlation).all()
    assert stop(scan, "correlation", 0.7, 10) == "never"
    assert stop(scan, "elongation", 0.9, 10) == 0
    assert Mask(*scan.pixels(0)).angle == 0


def test_too_few_pixels_stop_the_scan_at_once():
    values = np.zeros((9, 9))
    values[4, 2:7] = 1
    assert stop(ThresholdScan(values), "correlation", 0.7, 6) == 0
    assert stop(ThresholdScan(values), "correlation", 0.7, 5) == "never"


def test_the_first_mask_that_exceeds_the_limit_stops_the_scan_though_later_ones_do_not():
    # A diagonal, then a pixel beside it, fainter; and a round blob that is brighter than both.
    values = np.zeros((20, 20))
    values[np.arange(20), np.arange(20)] = 0.7
    values[8:12, 8:12] = 0.9
    values[3, 15] = 0.6
    scan = ThresholdScan(values)
    correlations = scan.correlation.tolist()
    assert len(correlations) == 4  # with the fainter pixel, without it, the blob, nothing
    assert correlations[1] > 0.9 > correlations[0] > correlations[2]
    masks, stopped = scan.stop("correlation", [0.0, 0.9, 0.99, 0.99], [2, 2, 2, 17])
    assert masks.tolist() == [0, 1, 3, 2]
    assert stopped.tolist() == [True, True, True, True]


def test_scan_of_a_map_without_bright_pixels_is_empty():
    scan = ThresholdScan(np.full((4, 4), 0.5))
    assert stop(scan, "correlation", 0.7, 1) == 0
    assert len(scan.pixels(0)[0]) == 0
    assert np.isnan(Mask(*scan.pixels(0)).angle)


def test_elongation_equals_correlation_at_45_degrees():
    y, x = np.indices((61, 61)) - 30
    values = np.exp(-((x + y) ** 2) / 400 - (x - y) ** 2 / 40)
    scan = ThresholdScan(values)
    many = scan.counts > 2
    assert many.sum() > 30
    assert scan.elongation[many] == pytest.approx(scan.correlation[many], rel=1e-12)


def test_a_map_too_large_for_exact_sums_is_refused():
    huge = np.broadcast_to(np.float64(0), (1800, 1800))
    with pytest.raises(ValueError, match="1800 x 1800 px is too large"):
        ThresholdScan(huge)
