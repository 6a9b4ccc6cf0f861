import numpy as np
import pytest
from scipy import ndimage

from galbar.lengths.masks import (
    THRESHOLDS,
    ThresholdScan,
    central_pieces,
    multiply_image,
    positive_part,
    prepare_map,
    scale_map,
    smooth,
    smooth_positive,
)


@pytest.fixture(name="heatmap")
def _heatmap():
    return np.random.default_rng([3]).normal(size=(20, 24)).astype(np.float32)


def test_absolute_maps_stay_and_signed_ones_lose_what_is_negative(heatmap):
    assert np.array_equal(positive_part(heatmap, "absolute"), heatmap)
    for kind in ("signed", "gradient_input"):
        assert np.array_equal(positive_part(heatmap, kind), np.where(heatmap > 0, heatmap, 0))
    with pytest.raises(ValueError, match="'sigend', expected one of absolute"):
        positive_part(heatmap, "sigend")


def test_smoothing_keeps_the_sum_of_a_point_and_has_the_width_asked_for():
    point = np.zeros((41, 41))
    point[20, 20] = 1
    spread = smooth(point, 2.0)
    _, x = np.indices(spread.shape) - 20
    assert spread.sum() == pytest.approx(1)
    assert (spread * x**2).sum() == pytest.approx(4, rel=0.01)
    assert smooth(point, 0) is point
    for wrong in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match="smoothing is"):
            smooth(point, wrong)


def test_prepared_map_spans_0_to_1_exactly(heatmap):
    values = prepare_map(heatmap.astype(float) * 1e-30, "absolute")
    assert values.min() == 0
    assert values.max() == 1
    assert values.dtype == np.float64


@pytest.mark.parametrize("value", [0, 3.5, np.nan])
def test_flat_and_nan_maps_are_nan(value):
    assert np.isnan(prepare_map(np.full((4, 4), value), "absolute")).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["absolute", "signed"])
def test_one_value_that_is_not_finite_makes_the_map_nan(heatmap, value, kind):
    heatmap[2, 3] = value
    assert np.isnan(prepare_map(heatmap, kind, smoothing=1)).all()


def test_order_of_the_steps(heatmap):
    grey = np.random.default_rng([4]).random(heatmap.shape).astype(np.float32)
    positive = ndimage.gaussian_filter(np.maximum(heatmap.astype(float), 0), 1.5, mode="nearest")
    product = positive * grey
    expected = (product - product.min()) / (product.max() - product.min())
    assert np.array_equal(prepare_map(heatmap, "signed", 1.5, grey), expected)
    span = (positive - positive.min()) / (positive.max() - positive.min())
    published = prepare_map(heatmap, "signed", 1.5, grey, renormalise=False)
    assert np.array_equal(published, span * grey)


def test_steps_before_and_after_smoothing_leave_their_input_as_it_is(heatmap):
    grey = np.random.default_rng([4]).random(heatmap.shape).astype(np.float32)
    stored = heatmap.copy()
    smoothed = smooth_positive(heatmap, "absolute", 1.5)
    kept = smoothed.copy()
    for image in (None, grey):
        for renormalise in (True, False):
            whole = prepare_map(heatmap, "absolute", 1.5, image, renormalise)
            assert np.array_equal(scale_map(smoothed, image, renormalise), whole)
    assert np.array_equal(heatmap, stored)
    assert np.array_equal(smoothed, kept)


def test_map_and_image_of_other_shapes_are_refused(heatmap):
    with pytest.raises(ValueError, match=r"\(3, 3\), the heat map \(20, 24\)"):
        multiply_image(heatmap, np.ones((3, 3)))
    with pytest.raises(ValueError, match="two axes"):
        prepare_map(heatmap[np.newaxis], "absolute")


def test_thresholds_are_the_published_ones():
    assert len(THRESHOLDS) == 5000
    assert THRESHOLDS[1] - 0.5 != 0.0001  # not rounded decimals
    assert np.array_equal(THRESHOLDS, np.arange(0.5, 1.0, 0.0001))


def mask_at(scan, step):
    """Index of the mask above one of the thresholds: the last one that begins there or before."""
    return np.flatnonzero(scan.steps <= step)[-1]


def stop(scan, criterion, threshold, len_threshold):
    """Index into the thresholds at which one scan stops, or that it does not."""
    (mask,), (stopped,) = scan.stop(criterion, [threshold], [len_threshold])
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
    assert stop(scan, "pearson", 0.8, 2) == "never"
    assert stop(scan, "pearson", np.nextafter(0.8, 0), 2) == 0


def test_a_straight_row_never_stops_by_correlation_but_by_elongation():
    values = np.zeros((5, 30))
    values[2, 3:25] = 1
    scan = ThresholdScan(values)
    assert np.isnan(scan.correlation).all()
    assert stop(scan, "pearson", 0.7, 10) == "never"
    assert stop(scan, "elongation", 0.9, 10) == 0
    assert scan.angle(0) == 0


def test_too_few_pixels_stop_the_scan_at_once():
    values = np.zeros((9, 9))
    values[4, 2:7] = 1
    assert stop(ThresholdScan(values), "pearson", 0.7, 6) == 0
    assert stop(ThresholdScan(values), "pearson", 0.7, 5) == "never"


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
    masks, stopped = scan.stop("pearson", [0.0, 0.9, 0.99, 0.99], [2, 2, 2, 17])
    assert masks.tolist() == [0, 1, 3, 2]
    assert stopped.tolist() == [True, True, True, True]


def test_scan_of_a_map_without_bright_pixels_is_empty():
    scan = ThresholdScan(np.full((4, 4), 0.5))
    assert stop(scan, "pearson", 0.7, 1) == 0
    assert len(scan.pixels(0)[0]) == 0
    assert np.isnan(scan.angle(0))


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


def test_level_takes_the_piece_at_the_centre_across_corners():
    values = np.zeros((11, 11))
    for i in range(3, 8):
        values[i, i] = 0.6  # diagonal: connected by corners only
    values[0, 5:11] = 1.0  # brighter, but at the edge
    ((x, y),) = central_pieces(values, [0.5])
    assert x.tolist() == y.tolist() == [3, 4, 5, 6, 7]


def test_level_counts_pixels_at_the_level_itself():
    values = np.zeros((5, 5))
    values[2, 1:4] = 0.5, 1.0, 0.5
    assert [len(x) for x, _ in central_pieces(values, [0.5, 0.51])] == [3, 1]


def test_level_prefers_the_brighter_of_equally_near_pieces():
    values = np.zeros((5, 9))
    values[2, 1], values[2, 7] = 0.8, 1.0
    ((x, _),) = central_pieces(values, [0.5])
    assert x.tolist() == [7]


def test_pieces_of_several_levels_are_those_of_each_level_alone():
    # Two discs that touch above the low levels only: the levels must not be joined to each other.
    y, x = np.indices((40, 50))
    values = np.maximum(
        np.exp(-np.hypot(x - 20, y - 19) / 8), np.exp(-np.hypot(x - 34, y - 25) / 6)
    )
    fractions = [0.7, 0.2, 0.5, 1.0, 0.5]
    together = list(central_pieces(values, fractions))
    for fraction, piece in zip(fractions, together, strict=True):
        ((x, y),) = central_pieces(values, [fraction])
        assert np.array_equal(piece, (x, y))
        assert (values[y, x] >= fraction * values.max()).all()
    counts = [len(x) for x, _ in together]
    assert counts[1] > counts[2] == counts[4] > counts[0] > counts[3] == 1


@pytest.mark.parametrize("fraction", [0, -0.1, 1.1, np.nan])
def test_level_outside_0_to_1_is_refused(fraction):
    with pytest.raises(ValueError, match="level_fraction"):
        list(central_pieces(np.eye(3), [0.5, fraction]))
