from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from galbar.figures.length_panels import control_panel, heatmap_panel, read_lengths, truth_panel
from galbar.figures.scatter import LengthPanel, draw_lengths
from galbar.figures.score_tables import best_settings, draw_correlations, draw_scores
from galbar.figures.style import save_figure
from galbar.figures.training_curves import draw_learning_curves, draw_vote_predictions
from tests.helpers.figure_inputs import (
    MODELS,
    curve_inputs,
)


def test_learning_curves_are_the_logs(results):
    logs, control, _ = curve_inputs(results)
    tables = {Path(path).parts[-3:-1]: pd.read_csv(path) for path in logs}
    figure = draw_learning_curves(tables, pd.read_csv(control), mean_rmse=0.17)
    for axes, model in zip(figure.axes, MODELS, strict=False):
        curves = [line for line in axes.get_lines() if len(line.get_xdata()) == 12]
        for run, (train, validation) in enumerate(zip(curves[::2], curves[1::2], strict=True), 1):
            log = tables[model, f"run{run}"]
            np.testing.assert_array_equal(train.get_ydata(), log["root_mean_squared_error"])
            np.testing.assert_array_equal(
                validation.get_ydata(), log["val_root_mean_squared_error"]
            )
        best = [line.get_ydata()[0] for line in axes.get_lines() if line.get_marker() == "o"]
        assert best == [
            tables[model, f"run{run}"]["val_root_mean_squared_error"].min() for run in (1, 2)
        ]
    assert "scaled length" in figure.axes[2].get_ylabel()
    broken = {("a", "run1"): tables[MODELS[0], "run1"].drop(columns="epoch")}
    with pytest.raises(ValueError, match="training log of a run1"):
        draw_learning_curves(broken)


@pytest.mark.parametrize("count", [60, 3000])
def test_predicted_votes_are_drawn_for_all_galaxies(count):
    votes, predicted = np.random.default_rng(1).uniform(size=(2, count))
    figure = draw_vote_predictions(votes, {"a": predicted, "b": votes}, "bar")
    (drawn,) = figure.axes[0].collections
    if count == 60:
        np.testing.assert_array_equal(drawn.get_offsets(), np.column_stack([votes, predicted]))
    else:
        assert drawn.get_array().sum() == count
    with pytest.raises(ValueError, match=f"b: 1 predictions for {count} galaxies"):
        draw_vote_predictions(votes, {"b": [0.1]}, "bar")


def test_bar_lengths_are_those_of_the_tables(results):
    measured, catalogue = read_lengths(results("barlengths_hoyle.csv"))
    scores = pd.read_csv(results("scores.csv"))
    panels = [heatmap_panel(measured, catalogue, scores, "common")]
    panels.append(control_panel(results("control/predictions.csv"), catalogue, scores, 0.3))
    axes = draw_lengths(panels, "x", "y").axes
    sample = (catalogue["split"] == "test") & (catalogue["control_split"] == "test")
    expected = catalogue["length_avg"][sample], measured["length_kpc_h"][sample]
    points = axes[0].collections[0].get_offsets()
    np.testing.assert_array_equal(points, np.column_stack(expected))
    row = scores[(scores["estimator"] == "calibrated") & (scores["sample"] == "common")]
    row = row[row["quantity"] == "length_kpc_h"].iloc[0]
    assert f"$r$ = {row['pearson_r']:.2f}" in axes[0].get_title(loc="left")
    assert f"MAE = {row['mae']:.2f} [{row['mae_low']:.2f}, " in axes[0].get_title(loc="left")
    assert "size only" in axes[0].get_title(loc="left")
    lines = [line for line in axes[0].get_lines() if "slope" in line.get_label()]
    slopes = [np.diff(line.get_ydata())[0] / np.diff(line.get_xdata())[0] for line in lines]
    expected = [row["slope_on_reference"], 1 / row["slope_on_measured"]]
    assert slopes == pytest.approx(expected)
    # The control predicts scaled lengths: kpc/h by the size and distance of each galaxy.
    predicted = pd.read_csv(results("control/predictions.csv"))["length_scaled_predicted"]
    kpc = predicted * measured["length_kpc_h"] / measured["length_scaled"]
    np.testing.assert_allclose(axes[1].collections[0].get_offsets()[:, 1], kpc[sample])
    assert axes[0].get_xlim() == axes[0].get_ylim() == axes[1].get_ylim()


def test_tables_that_do_not_belong_together_are_refused(results):
    measured, catalogue = read_lengths(results("barlengths_hoyle.csv"))
    scores = pd.read_csv(results("scores.csv"))
    with pytest.raises(ValueError, match="do not belong together"):
        heatmap_panel(measured.assign(length_kpc_h=np.nan), catalogue, scores, "test")
    with pytest.raises(ValueError, match="hold 0 rows of calibrated, sample test"):
        heatmap_panel(measured, catalogue, scores[scores["sample"] == "common"], "test")


def test_truth_is_compared_in_units_of_the_galaxy(results):
    measured, catalogue = read_lengths(results("barlengths_hoyle.csv"))
    scores = pd.read_csv(results("scores_truth.csv"))
    panel = truth_panel(measured, catalogue, results("survey/truth.csv"), scores, "test")
    test = catalogue["split"] == "test"
    np.testing.assert_allclose(panel.reference, results.hoyle["true"][test])
    np.testing.assert_array_equal(panel.measured, measured["length_scaled"][test])


@pytest.mark.parametrize("count", [1, 30, 90, 400])
def test_contours_and_error_bars_suit_the_sample(count):
    rng = np.random.default_rng(2)
    x = rng.uniform(2, 12, count)
    y = x + rng.normal(0, 1, count)
    x[0] = 80
    panel = LengthPanel("title", x, y, 0.17 * x, np.full(count, np.nan), (1.1, 0.9), ("r = 1",))
    figure = draw_lengths([panel], "x", "y")
    (axes,) = figure.axes
    kinds = [type(drawn).__name__ for drawn in axes.collections]
    assert ("QuadContourSet" in kinds) == (count >= 50)
    assert any(text.get_text() == "median error" for text in axes.texts) == (count > 120)
    # One of 30 is within the 99.5th percentile, which is interpolated; of 400 it is not.
    outside = "(1 outside the axes)" in axes.get_title(loc="left")
    assert outside == (axes.get_xlim()[1] < 80)
    with pytest.raises(ValueError, match="expected finite lengths"):
        draw_lengths([panel._replace(measured=np.append(y[1:], np.nan))], "x", "y", limit=10)


def test_best_settings_of_each_kind(results):
    table = pd.read_csv(results("barlength_correlations_val.csv"))
    best = best_settings(table)
    keys = ["model", "criterion", "kind", "xinput", "smooth_noise"]
    assert not best.duplicated(keys).any()
    assert len(best) == 4 * 3 * 2 * 2
    for _, row in best.iterrows():
        group = table[(table[keys] == row[keys]).all(axis=1)]
        assert row["r_scaled"] == group["r_scaled"].max()
        assert row["tried"] == len(group)
    assert best_settings(table.assign(r_scaled=np.nan)).empty
    with pytest.raises(ValueError, match="no setting of the correlation table"):
        draw_correlations(table.assign(r_scaled=np.nan), table)


def test_correlations_are_drawn_with_their_intervals(results):
    table = pd.read_csv(results("barlength_correlations_val.csv"))
    test = pd.read_csv(results("barlength_correlations_test.csv"))
    figure = draw_correlations(table, test)
    best = best_settings(table)
    chosen = table[table["chosen"]].iloc[0]
    for axes, model in zip(figure.axes, dict.fromkeys(table["model"]), strict=True):
        part = best[best["model"] == model].sort_values("smooth_noise", kind="stable")
        drawn = [bars.lines[0].get_xdata() for bars in axes.containers]
        np.testing.assert_array_equal(np.concatenate(drawn), part["r_scaled"])
        edges = np.concatenate([bars.lines[2][0].get_segments() for bars in axes.containers])[
            :, :, 0
        ]
        np.testing.assert_allclose(edges[:, 0], part[["r_scaled_low", "r_scaled"]].min(axis=1))
        np.testing.assert_allclose(edges[:, 1], part[["r_scaled_high", "r_scaled"]].max(axis=1))
        rings = [line for line in axes.get_lines() if line.get_markersize() == 7]
        assert len(rings) == (model == chosen["model"])
        for ring in rings:
            assert ring.get_xdata()[0] == chosen["r_scaled"]
        crosses = [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "x"]
        assert sorted(crosses) == sorted(test.loc[test["model"] == model, "r_scaled"])


def test_scores_are_drawn_for_every_estimator_and_sample(results):
    scores = pd.read_csv(results("scores.csv"))
    figure = draw_scores(scores, pd.read_csv(results("scores_truth.csv")))
    axes = figure.axes[1]
    assert axes.get_xlabel().startswith("$r$, length in")
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ellipses = ["ellipses: maximum", "ellipses: drop"]
    others = [*ellipses, "image for map", "other work"]
    assert labels[-7:] == ["control network", *others, "size only", "shuffled galaxies"]
    part = scores[scores["quantity"] == "length_kpc_h"]
    for bars, sample in zip(axes.containers, ("common", "test"), strict=True):
        expected = part.loc[part["sample"] == sample, "pearson_r"]
        np.testing.assert_array_equal(bars.lines[0].get_xdata(), expected)
    # The dashed line is the better baseline of the common sample.
    (dashed,) = (line for line in axes.get_lines() if line.get_linestyle() == "--")
    baselines = part[
        part["estimator"].isin(["size_only", "shuffled"]) & (part["sample"] == "common")
    ]
    assert dashed.get_xdata()[0] == baselines["pearson_r"].max()
    # Estimators stand on the same lines in all panels, also where one has no correlation.
    assert len({axes.get_ylim() for axes in figure.axes[:4]}) == 1


def test_a_sample_without_a_measured_galaxy_is_drawn_empty(tmp_path):
    nothing = np.zeros(0)
    panel = LengthPanel("title", nothing, nothing, nothing, nothing, (np.nan, np.nan), ("$n$ = 0",))
    figure = draw_lengths([panel], "x", "y")
    save_figure(figure, tmp_path / "a.png", tmp_path / "a.pdf", 50)
    assert len(figure.axes[0].collections[0].get_offsets()) == 0
