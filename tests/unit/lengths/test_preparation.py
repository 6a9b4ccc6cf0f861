import numpy as np
import pytest
from scipy import ndimage

from galbar.lengths.preparation import (
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
