import numpy as np
import pytest

from galbar.lengths.measure import list_settings, measure_map
from tests.helpers.barlengths_files import make_catalogue
from tests.helpers.drawn_catalogue import SCATTER, draw_bar, expected_correlation


@pytest.mark.parametrize("length", [12, 20, 35])
def test_drawn_bars_have_half_brightness_at_their_length(length):
    settings = list_settings(
        criteria=["level"],
        kinds=["absolute"],
        xinput=[False],
        smoothing=[0],
        corr_threshold=[],
        len_threshold=[],
        elongation_threshold=[],
        level_fraction=[0.5],
    )
    rng = np.random.default_rng(1)
    lengths = [
        measure_map({"absolute": draw_bar(length, rng)}, settings, 1.0)[0] for _ in range(40)
    ]
    # Between pixel centres, and a noisy peak raises the level: up to a pixel short.
    assert np.mean(lengths) == pytest.approx(length - 0.5, abs=1)


def test_expected_correlation_is_that_of_many_draws():
    n = 200_000
    catalogue, truth, _ = make_catalogue(n)
    rng = np.random.default_rng(3)
    runs = truth * np.exp(SCATTER["vgg16"] * rng.normal(size=(2, n)))
    r = np.corrcoef(runs.mean(axis=0), catalogue["length_scaled"])[0, 1]
    assert r == pytest.approx(expected_correlation(2), abs=0.004)
