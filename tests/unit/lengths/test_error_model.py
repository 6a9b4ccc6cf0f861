import numpy as np
import pandas as pd
import pytest

from galbar.lengths.averages import mean_length
from galbar.lengths.error_model import (
    assign_sigma,
    error_table,
    sigma_by_decile,
    spread_between_runs,
)


def test_spread_is_the_mean_absolute_difference_of_pairs():
    runs = np.array([[1.0, 5, 7, 2], [4.0, 5, np.nan, 0]])
    np.testing.assert_array_equal(spread_between_runs(runs), [3, 0, np.nan, 2])
    three = np.array([[1.0], [4.0], [10.0]])
    assert spread_between_runs(three) == pytest.approx((3 + 9 + 6) / 3)
    assert np.isnan(spread_between_runs(runs[:1])).all()


def test_deciles_equal_the_published_ones_made_by_pandas():
    rng = np.random.default_rng(3)
    runs = rng.normal(60, 15, (2, 403)) + rng.normal(0, 20, 403)
    measured, spread = mean_length(runs), spread_between_runs(runs)
    frame = pd.DataFrame({"bin": pd.qcut(measured, 10), "spread": spread})
    expected = frame.groupby("bin", observed=True)["spread"].agg(["mean", "size"])
    table = sigma_by_decile(measured, spread)
    np.testing.assert_allclose(table["sigma"], expected["mean"])
    np.testing.assert_array_equal(table["n"], expected["size"])
    # Every galaxy gets the sigma of its own decile.
    published = frame.groupby("bin", observed=True)["spread"].transform("mean")
    np.testing.assert_allclose(assign_sigma(measured, table), published)


def test_lengths_beyond_the_table_take_its_ends_and_nan_stays():
    table = sigma_by_decile(np.arange(100.0), np.arange(100.0))
    assert table["decile"].tolist() == list(range(1, 11))
    sigma = assign_sigma(np.array([-5, 500, np.nan]), table)
    np.testing.assert_array_equal(sigma, [4.5, 94.5, np.nan])


def test_ties_and_galaxies_measured_once():
    measured = np.array([10.0] * 30 + [20.0] * 10 + [30.0] * 10)
    spread = np.array([1.0] * 30 + [2.0] * 10 + [3.0] * 9 + [np.nan])
    table = sigma_by_decile(measured, spread)
    assert table["n"].sum() == 50
    sigma = assign_sigma(measured, table)
    np.testing.assert_array_equal(sigma, [1.0] * 30 + [2.0] * 10 + [3.0] * 10)


def test_table_of_two_quantities_and_of_a_single_run():
    pixels = np.random.default_rng(0).normal(60, 10, (2, 50))
    table = error_table({"length_px": pixels, "length_kpc_h": pixels / 10})
    assert table.columns.tolist() == [
        "quantity",
        "decile",
        "decile_low",
        "decile_high",
        "n",
        "sigma",
    ]
    assert len(table) == 20
    by_quantity = dict(list(table.groupby("quantity")["sigma"]))
    np.testing.assert_allclose(
        by_quantity["length_px"], 10 * by_quantity["length_kpc_h"].to_numpy()
    )
    single = error_table({"length_px": pixels[:1]})
    assert single["sigma"].isna().all()
    assert single["n"].sum() == 50
    nothing = error_table({"length_px": np.full((2, 4), np.nan)})
    assert nothing["n"].sum() == 0
