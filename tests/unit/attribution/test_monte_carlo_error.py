"""Monte Carlo errors of lengths, against theory and against repeated draws of the noise."""

import keras
import numpy as np
import pytest

from galbar.attribution.half_sampling import (
    SUMMED_KINDS,
    choose_halves,
    group_size,
    length_mc_error,
    maps_of_sums,
)
from galbar.attribution.monte_carlo_error import (
    MonteCarloAttribution,
    with_mc_error,
)
from galbar.attribution.smoothgrad import SmoothGrad
from galbar.lengths.measure import complete_settings, length_function, measure_map

SIDE = 24
GALAXY = 587722981736120347
LEVEL = {"criterion": "level", "kind": "absolute", "xinput": False, "smoothing": 0}
LEVEL["level_fraction"] = 0.5
WATCHED = complete_settings(
    [LEVEL | {"corr_threshold": None, "len_threshold": None, "elongation_threshold": None}]
)
SETTINGS = {"smooth_noise": 0.3, "seed": 3, "batch_size": 8, "kinds": SUMMED_KINDS}


def watch(smoothgrad, settings):
    """Watch the lengths by some settings on maps of the whole image."""
    measure = length_function(settings, 424 / SIDE)
    return MonteCarloAttribution(smoothgrad, {setting["kind"]: 0 for setting in settings}, measure)


@pytest.fixture(scope="module")
def network():
    """Build a small network with a curved response: its gradients vary with the noise."""
    keras.utils.set_random_seed(1)
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(6, 3, activation="swish")(image)
    x = keras.layers.Conv2D(6, 3, strides=2, activation="swish")(x)
    return keras.Model(image, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(x)))


@pytest.fixture(scope="module")
def canvas():
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    blob = np.exp(-0.5 * ((x / 5) ** 2 + (y / 2) ** 2))
    return np.repeat(blob[..., np.newaxis], 3, axis=-1).astype(np.float32)


@pytest.mark.parametrize(("groups", "ways"), [(2, 1), (3, 1), (4, 3), (5, 3), (6, 8), (32, 8)])
def test_halves_are_balanced_and_leave_at_most_one_out(groups, ways):
    halves = choose_halves(groups, seed=1)
    assert halves.shape == (ways, 2, groups)
    assert (halves.sum(axis=2) == groups // 2).all()
    assert not (halves[:, 0] & halves[:, 1]).any()
    if groups <= 5:
        assert len({way.tobytes() for way in halves[:, 0]}) == ways
    np.testing.assert_array_equal(halves, choose_halves(groups, seed=1))
    with pytest.raises(ValueError, match="1 group of samples, expected 2 or more"):
        choose_halves(1, seed=1)


@pytest.mark.parametrize("groups", [2, 4, 7, 16])
def test_spread_is_unbiased_for_a_mean(groups):
    """The "length" is the mean of normal numbers: its variance is known."""
    rng = np.random.default_rng(groups)
    shape = (groups, 1, 1, 1)

    def measure(maps):
        return np.array([maps["signed"][0, 0], 2 * maps["signed"][0, 0]])

    found = []
    for _ in range(3000):
        sums = {"signed": rng.normal(size=shape).astype(np.float32), "covered": np.ones(shape)}
        found.append(length_mc_error(sums, np.zeros((1, 1, 1)), ("signed",), measure, seed=1))
    variance = np.mean(np.square(found), axis=0) * groups
    # Of a mean of n numbers of variance 1 it is 1 / n; 3000 estimates are good to 5 %.
    np.testing.assert_allclose(variance, [1, 4], rtol=0.15)


def test_a_half_that_cannot_be_measured_has_no_error():
    sums = {"signed": np.ones((4, 1, 1, 1), np.float32), "covered": np.ones((4, 1, 1, 1))}
    spread = length_mc_error(
        sums, np.zeros((1, 1, 1)), ("signed",), lambda maps: np.array([np.nan, 1.0]), seed=1
    )
    assert np.isnan(spread[0])
    assert spread[1] == 0


def test_maps_of_sums_are_those_of_smoothgrad(network, canvas):
    smoothgrad = SmoothGrad(network, smooth_samples=24, jitter=2, **SETTINGS)
    watched = watch(smoothgrad, WATCHED)
    found, expected = watched(canvas, GALAXY), smoothgrad(canvas, GALAXY)
    assert list(found.maps) == list(SUMMED_KINDS)
    for kind, image in found.maps.items():
        scale = np.abs(expected[kind]).max()
        np.testing.assert_allclose(image, expected[kind], atol=1e-5 * scale, err_msg=kind)


def test_error_agrees_with_the_scatter_over_seeds(network, canvas):
    """Lengths of 40 seeds scatter as the mean of their errors says, within a factor."""
    lengths, errors = [], []
    for seed in range(40):
        smoothgrad = SmoothGrad(network, smooth_samples=64, **SETTINGS | {"seed": seed})
        found = watch(smoothgrad, WATCHED)(canvas, GALAXY)
        lengths.append(measure_map(found.maps, WATCHED, 424 / SIDE)[0][0])
        errors.append(found.mc_error[0])
    scatter, error = np.std(lengths), np.sqrt(np.mean(np.square(errors)))
    assert scatter > 0
    # Halves have half the samples, and steps of a length do not shrink as a mean does.
    assert scatter / 2 < error < scatter * 2.5


@pytest.mark.parametrize("symmetries", [True, False])
def test_halves_at_the_edge_of_jittered_windows_are_measurable(network, canvas, symmetries):
    """Only the first sample is sure to cover every pixel; halves without it must not be NaN."""
    errors = []
    for galaxy in range(10):
        smoothgrad = SmoothGrad(
            network,
            smooth_samples=32,
            jitter=4,
            symmetries=symmetries,
            antithetic=True,
            **SETTINGS | {"batch_size": 16},
        )
        errors.append(watch(smoothgrad, WATCHED)(canvas, galaxy).mc_error[0])
    # A half may still be a single pixel, which has no length; without coverage it is every third.
    assert np.isfinite(errors).sum() >= 9


def test_without_watched_lengths_it_is_the_published_method(network, canvas):
    smoothgrad = SmoothGrad(network, smooth_samples=7, **SETTINGS)
    found = with_mc_error(smoothgrad, [], None)(canvas, GALAXY)
    assert found.mc_error.shape == (0,)
    np.testing.assert_array_equal(found.maps["absolute"], smoothgrad(canvas, GALAXY)["absolute"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"smooth_samples": 20}, "heatmaps.smooth_samples is 20, expected a multiple of 8"),
        ({"smooth_samples": 8}, "heatmaps.smooth_samples is 8, expected 16 or more"),
        ({"smooth_samples": 24, "batch_size": 12}, "heatmaps.batch_size is 12"),
        (
            {"smooth_samples": 24, "kinds": ("absolute", "variance")},
            "heatmaps.kinds: found variance, expected some of absolute, signed, gradient_input",
        ),
    ],
)
def test_samples_that_make_no_groups_are_refused(network, changes, message):
    with pytest.raises(ValueError, match=message):
        watch(SmoothGrad(network, **SETTINGS | changes), WATCHED)


def test_groups_hold_whole_pairs_and_every_orientation():
    assert [group_size(*which) for which in ((0, 0), (0, 1), (1, 0), (1, 1))] == [8, 8, 8, 16]


def test_the_window_is_what_xinput_multiplies_by(network, canvas):
    """A margin of the canvas must not reach the length."""
    settings = complete_settings([WATCHED[0] | {"xinput": True}])
    smoothgrad = SmoothGrad(network, smooth_samples=16, jitter=2, **SETTINGS)
    padded = np.pad(canvas, ((2, 2), (2, 2), (0, 0)), mode="reflect")
    one = watch(smoothgrad, settings)(canvas, GALAXY)
    other = watch(smoothgrad, settings)(padded, GALAXY)
    np.testing.assert_array_equal(one.maps["absolute"], other.maps["absolute"])
    np.testing.assert_array_equal(one.mc_error, other.mc_error)
    assert np.isfinite(one.mc_error).all()


def test_sums_of_one_group_make_the_published_maps():
    window = np.full((2, 2, 3), 0.5)
    sums = {"absolute": np.ones((2, 2, 3)) * [1, 2, 6], "signed": np.ones((2, 2, 3)) * [1, -2, 6]}
    maps = maps_of_sums({**sums, "covered": np.full((2, 2, 1), 2.0)}, window, SUMMED_KINDS)
    assert (maps["absolute"] == 3).all()
    assert (maps["signed"] == 2.5).all()
    assert (maps["gradient_input"] == 1.25).all()
