import numpy as np
import pandas as pd
import pytest

from galbar.attribution.methods.map_sets import MapSet
from galbar.lengths.length_files import new_barlengths
from galbar.lengths.setting_files import group_barlengths, rows_of, runs_of_setting
from galbar.scores.bootstrap import draw_resamples
from galbar.scores.correlation import pearson_r, percentile_interval
from galbar.scores.setting_grid import correlate, correlation_table
from tests.helpers.barlengths_files import make_settings, write_inputs

PATH = "results/{}/run{}/barlengths/hoyle/noise{}.h5"


def test_files_are_grouped_by_model_and_noise_with_runs_in_order():
    paths = [PATH.format("a", run, noise) for noise in (0.3, 0.1) for run in (2, 1)]
    groups = group_barlengths(paths)
    strong, weak = MapSet("smoothgrad", 0.3), MapSet("smoothgrad", 0.1)
    assert list(groups)[:2] == [("a", strong), ("a", weak)]
    assert groups["a", weak] == [(PATH.format("a", 1, 0.1),), (PATH.format("a", 2, 0.1),)]


def test_wrong_missing_and_double_files_are_named():
    with pytest.raises(ValueError, match=r"results/a\.h5: expected"):
        group_barlengths(["results/a.h5"])
    with pytest.raises(ValueError, match=r"run 1 of a with noise 0\.1 is given twice"):
        group_barlengths([PATH.format("a", 1, 0.1)] * 2)
    with pytest.raises(ValueError, match=r"b with noise 0.1: expected runs \[1, 2\], found \[1\]"):
        group_barlengths(
            [PATH.format("a", 1, 0.1), PATH.format("a", 2, 0.1), PATH.format("b", 1, 0.1)]
        )


def test_ids_are_matched_exactly():
    # Neighbours that a float could not tell apart.
    ids = np.array([587722981736120347, 587722981736120348, 587722981736120349])
    np.testing.assert_array_equal(rows_of(ids, ids[[2, 0]], "f"), [2, 0])
    with pytest.raises(ValueError, match=r"1 of 2 galaxies .* first 7"):
        rows_of(ids, np.array([ids[0], 7]), "f")
    with pytest.raises(ValueError, match="more than once"):
        rows_of(ids[[0, 0]], ids[:1], "f")


def test_correlations_of_each_column():
    rng = np.random.default_rng(2)
    catalogue = pd.DataFrame(
        {"length_scaled": rng.gamma(9, 0.05, 80), "petror90_r": rng.uniform(4, 30, 80)}
    )
    catalogue.loc[0, "petror90_r"] = np.nan
    catalogue.loc[1, "length_scaled"] = np.nan
    length = rng.normal(60, 9, (80, 3)) + 80 * catalogue[["length_scaled"]].fillna(0).to_numpy()
    length[5:15, 1] = np.nan
    counts = draw_resamples(80, 200, 1)
    table = correlate(length, catalogue, counts, 0.9)
    assert table["n"].tolist() == [79, 69, 79]
    assert table["n_unmeasurable"].tolist() == [0, 10, 0]
    reference, size = catalogue["length_scaled"].to_numpy(), catalogue["petror90_r"].to_numpy()
    for column in range(3):
        good = np.isfinite(length[:, column]) & np.isfinite(reference)
        x, y = length[good, column], reference[good]
        low, high = percentile_interval(pearson_r(x, y, counts[:, good]), 0.9)
        assert table.loc[column, "r_scaled"] == pytest.approx(pearson_r(x, y))
        assert table.loc[column, "r_scaled_low"] == pytest.approx(low)
        assert table.loc[column, "r_scaled_high"] == pytest.approx(high)
        good &= np.isfinite(size)
        angular = pearson_r(length[good, column] * size[good], reference[good] * size[good])
        assert table.loc[column, "correlation"] == pytest.approx(angular)
    # The common factor makes angular sizes correlate better.
    assert (table["correlation"] > table["r_scaled"]).all()


def test_lengths_are_the_mean_of_the_runs_in_the_order_of_the_catalogue(tmp_path):
    files = write_inputs(tmp_path, n=60)
    catalogue = pd.read_csv(files["catalogue"])
    groups = group_barlengths(files["barlengths"])
    setting = make_settings()[3]
    choice = {
        "model": "xception",
        "attribution": "smoothgrad",
        "smooth_noise": 0.3,
        "setting": setting,
    }
    runs = runs_of_setting(groups, choice, catalogue["galaxy_id"].to_numpy())
    assert runs.shape == (2, 60)
    table = correlation_table(groups, catalogue, draw_resamples(60, 50, 1), 0.95)
    assert len(table) == 3 * 2 * len(make_settings())
    row = table[(table["model"] == "xception") & (table["smooth_noise"] == 0.3)].iloc[3]
    good = np.isfinite(runs[0])
    assert good.sum() == 59
    expected = pearson_r(runs.mean(axis=0)[good], catalogue["length_scaled"].to_numpy()[good])
    assert row["r_scaled"] == pytest.approx(expected)
    assert row["corr_threshold"] == setting["corr_threshold"]
    with pytest.raises(ValueError, match=r"no bar lengths of vgg with noise 0\.1"):
        runs_of_setting(groups, {**choice, "model": "vgg", "smooth_noise": 0.1}, [])


def test_other_settings_and_galaxies_are_named(tmp_path):
    files = write_inputs(tmp_path, n=30, noises=(0.1,))
    catalogue = pd.read_csv(files["catalogue"])
    groups = group_barlengths(files["barlengths"])
    given = draw_resamples(31, 5, 1), 0.95
    more = pd.concat([catalogue, catalogue[:1].assign(galaxy_id=7)])
    with pytest.raises(ValueError, match=r"noise0\.1\.h5: 1 of 31 galaxies .* missing, first 7"):
        correlation_table(groups, more, *given)
    (_, (second,)), *_ = groups.values()
    ids = catalogue["galaxy_id"].to_numpy()
    values = np.ones((30, len(make_settings()) - 1))
    with new_barlengths(second, ids, make_settings()[:-1]) as writer:
        writer.add(values, values, values)
    with pytest.raises(ValueError, match=r"run2.*: its settings differ from those of .*run1"):
        correlation_table(groups, catalogue, *given)
    values = np.ones((30, len(make_settings())))
    with new_barlengths(second, ids[[0, 0, *range(2, 30)]], make_settings()) as writer:
        writer.add(values, values, values)
    with pytest.raises(ValueError, match=rf"run2.*: galaxy {ids[0]} comes more than once"):
        correlation_table(groups, catalogue, *given)
