import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image, ImageOps

import plot_bar_detection
import plot_bar_lengths
import plot_class_heatmaps
import plot_correlations
import plot_dilution
import plot_examples
import plot_heatmap_checks
import plot_importance
import plot_isolated_bars
import plot_learning_curves
import plot_length_bias
import plot_misclassified
import plot_overview
import plot_scores
import plot_truth
import plot_vote_predictions
import select_examples
from galbar.catalogues.bar_votes import has_bar
from galbar.figures.isolated_bars import isolate_bars
from galbar.figures.style import (
    KPC,
    SAVED_STYLE,
    TEXT_WIDTH,
    draw_scale_bar,
    interval_text,
    make_figure,
    nice_length,
    readable_name,
    save_figure,
    style_context,
)
from tests.helpers.figure_inputs import (
    CROP,
    MODELS,
    bar_inputs,
    class_inputs,
    curve_inputs,
    example_inputs,
    heatmap_paths,
)

RESOLUTION = 60


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Give a function that runs the main of a script and returns the figure that it saves."""

    def run(name, main, inputs, settings):
        saved = []

        def keep(figure, *files):
            saved.append(figure)
            save_figure(figure, *files)

        monkeypatch.setattr(sys.modules[main.__module__], "save_figure", keep)
        files = tmp_path / f"{name}.png", tmp_path / f"{name}.pdf"
        main(*inputs, *files, **settings, dpi=RESOLUTION)
        (figure,) = saved
        return figure

    return run


def draw_every_figure(results):
    """Yield the name of each figure, its script's main, inputs and settings."""
    folder = results.folder / "data"
    lengths, scores = results("barlengths_hoyle.csv"), results("scores.csv")
    control = results("control/predictions.csv")
    for number in (1, 5):
        settings = {"number": number, "crop": CROP}
        yield f"class{number}", plot_class_heatmaps.main, class_inputs(results), settings
    for number in (3, 5):
        settings = {"number": number, "crop": CROP, "criteria": [], "directory": folder}
        yield f"bars{number}", plot_isolated_bars.main, bar_inputs(results), settings
    yield "curves", plot_learning_curves.main, curve_inputs(results), {}
    for sample in ("common", "test"):
        settings = {"sample": sample, "omega_m": 0.3}
        yield f"lengths_{sample}", plot_bar_lengths.main, (lengths, control, scores), settings
    names = "ensemble/run1/class_heatmaps/training.h5", "figures/selected_training.csv"
    wrong = *(results(name) for name in names), results("misclassified.csv")
    yield "misclassified", plot_misclassified.main, wrong, {"crop": CROP}
    detection = results("bar_detection.csv"), results("bar_thresholds.json")
    yield "detection", plot_bar_detection.main, detection, {}
    tables = [results(f"barlength_correlations_{name}.csv") for name in ("val", "test")]
    yield "correlations", plot_correlations.main, tables, {}
    truth = results("scores_truth.csv")
    yield "length_bias", plot_length_bias.main, (results("length_bias.csv"),), {}
    yield "importance", plot_importance.main, (results("calibration_importance.csv"),), {}
    against = [results("dilution.csv"), results("dilution_truth.csv")], [scores, truth]
    yield "dilution", plot_dilution.main, against, {"sample": "test"}
    yield "scores", plot_scores.main, (scores, [truth]), {}
    for check in ("localisation", "random_weights", "faithfulness", "other_answer"):
        table = (results("heatmap_checks.csv"),)
        yield f"checks_{check}", plot_heatmap_checks.main, table, {"check": check}
    yield "scores_real_data", plot_scores.main, (scores, []), {}
    yield (
        "truth",
        plot_truth.main,
        (lengths, results("survey/truth.csv"), truth),
        {"sample": "test"},
    )
    predictions = [results(f"{name}/run1/predictions_train.csv") for name in (*MODELS, "ensemble")]
    votes = results("catalogues/training.csv"), predictions
    settings = {"column": "Class3.1", "split": "validation"}
    yield "votes", plot_vote_predictions.main, votes, settings
    settings = {"crop": CROP, "criteria": [], "directory": folder}
    yield "examples", plot_examples.main, example_inputs(results), settings
    settings = {"crop": CROP, "criteria": [], "directory": folder, "sample": "test"}
    yield "overview", plot_overview.main, (*bar_inputs(results), scores), settings


def test_every_script_writes_both_files_whole(results, drawn, tmp_path):
    for name, main, inputs, settings in draw_every_figure(results):
        figure = drawn(name, main, inputs, settings)
        assert figure.axes, name
        assert all(axes.has_data() for axes in figure.axes if axes.get_visible()), name
        with Image.open(tmp_path / f"{name}.png") as image:
            image.load()
            # Nothing is drawn wider than a page.
            assert image.width <= round(TEXT_WIDTH * RESOLUTION) + 1, name
            assert "Software" not in image.info, name
            # What is drawn reaches across the page.
            left, top, right, bottom = ImageOps.invert(image.convert("L")).getbbox()
            assert right - left > 0.9 * image.width, name
            assert bottom - top > 0.9 * image.height, name
        content = (tmp_path / f"{name}.pdf").read_bytes()
        assert content.startswith(b"%PDF"), name
        assert content.rstrip().endswith(b"%%EOF"), name
        assert b"CreationDate" not in content, name
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


# In the style in which figures are saved; the last digits of positions move grey levels by less.
@pytest.mark.mpl_image_compare(style=SAVED_STYLE, savefig_kwargs={"dpi": RESOLUTION}, tolerance=1)
@pytest.mark.parametrize(
    "name",
    [
        *("overview", "bars3", "scores", "detection", "length_bias"),
        *("checks_localisation", "checks_random_weights"),
    ],
)
def test_figure_is_the_stored_image(name, results, drawn):
    """Compare with tests/baseline.

    Written anew by the options
    ``-o mpl-baseline-path= --mpl-generate-path tests/baseline``: look at the images then.
    """
    (figure,) = (entry for entry in draw_every_figure(results) if entry[0] == name)
    return drawn(*figure)


def test_the_overview_shows_a_galaxy_its_bar_and_the_lengths_of_the_sample(results, drawn):
    (figure,) = (entry for entry in draw_every_figure(results) if entry[0] == "overview")
    image, heatmap, isolated, lengths = drawn(*figure).axes
    choice = json.loads(Path(results("leading_setting.json")).read_text())
    galaxy = pd.read_csv(results("figures/selected_hoyle.csv")).head(1)
    galaxy = galaxy[["galaxy_id", "image"]].merge(
        pd.read_csv(results("barlengths_hoyle.csv")).drop(columns="image", errors="ignore")
    )
    folder = results.folder / "data"
    (bar,) = isolate_bars(heatmap_paths(results), choice, galaxy, folder, CROP)
    masked = bar.maps[0]
    np.testing.assert_array_equal(image.get_images()[0].get_array(), bar.image)
    np.testing.assert_array_equal(heatmap.get_images()[0].get_array(), masked.values)
    inside = np.where(masked.mask, masked.values, 0)
    np.testing.assert_array_equal(isolated.get_images()[0].get_array(), inside)
    catalogue_bar, measured_bar = isolated.get_lines()
    assert np.ptp(catalogue_bar.get_xdata()) == pytest.approx(bar.catalogue / bar.kpc)
    rows, columns = np.nonzero(masked.mask)
    # The calibrated length, about the map's centre of mass, in the direction of its largest spread.
    ends, weights = measured_bar.get_xydata(), masked.values[rows, columns]
    middle = np.array([(weights * columns).sum(), (weights * rows).sum()]) / weights.sum()
    np.testing.assert_allclose(ends.mean(axis=0), middle)
    assert np.hypot(*(ends[1] - ends[0])) == pytest.approx(bar.length)
    angles = np.deg2rad(np.arange(0, 180, 0.1))[:, np.newaxis]
    along = np.cos(angles) * (columns - middle[0]) + np.sin(angles) * (rows - middle[1])
    widest = np.degrees(angles[(weights * along**2).sum(axis=1).argmax(), 0])
    dx, dy = ends[1] - ends[0]
    assert abs((np.degrees(np.arctan2(dy, dx)) - widest + 90) % 180 - 90) < 0.1
    table = pd.read_csv(results("barlengths_hoyle.csv"))
    sample = table[(table["split"] == "test") & table["length_kpc_h"].notna()]
    points = lengths.collections[0].get_offsets()
    np.testing.assert_array_equal(points, sample[["length_avg", "length_kpc_h"]])
    scores = pd.read_csv(results("scores.csv"))
    row = scores[(scores["estimator"] == "calibrated") & (scores["sample"] == "test")]
    row = row[row["quantity"] == "length_kpc_h"].iloc[0]
    (text,) = (artist.txt.get_text() for artist in lengths.artists)
    assert text.startswith(f"$n$ = {len(sample)}")
    assert f"$r$ = {row['pearson_r']:.2f}" in text
    titles = [axes.get_title() for axes in (image, heatmap, isolated, lengths)]
    assert titles == ["1. image", "2. heat map", "3. isolated bar", "4. bar lengths"]


def test_examples_show_measured_and_true_ends_and_the_interval(results, drawn):
    (figure,) = (entry for entry in draw_every_figure(results) if entry[0] == "examples")
    axes = drawn(*figure).axes
    examples = pd.read_csv(results("figures/examples.csv"))
    table = pd.read_csv(results("barlengths_hoyle.csv")).set_index("galaxy_id")
    true = results.hoyle.set_index("galaxy_id")
    assert len(axes) == 3 * len(examples) == 9
    for row, panels in zip(examples.itertuples(), np.reshape(axes, (3, 3)), strict=True):
        measured = table.loc[row.galaxy_id]
        assert row.known_px == pytest.approx(scaled_to_pixels(true.loc[row.galaxy_id, "true"]))
        assert row.relative_error == pytest.approx(measured["length_px"] / row.known_px - 1)
        for panel in panels[:2]:
            # Beneath them the scale bar, on the image only.
            true_ends, calibrated = (line.get_xydata() for line in panel.get_lines()[-2:])
            lengths = [np.hypot(*np.diff(ends, axis=0)[0]) for ends in (true_ends, calibrated)]
            assert lengths[1] / lengths[0] == pytest.approx(1 + row.relative_error)
            np.testing.assert_allclose(true_ends.mean(axis=0), (np.array([64, 64]) - 1) / 2)
            dx, dy = np.diff(true_ends, axis=0)[0]
            angle = true.loc[row.galaxy_id, "angle"]
            assert np.sin(np.arctan2(dy, dx) - angle) == pytest.approx(0, abs=1e-9)
        wide, narrow, point, line_of_truth = (line.get_xdata() for line in panels[2].get_lines())
        names = ["length_px_low95", "length_px_high95", "length_px_low68", "length_px_high68"]
        assert [*wide, *narrow] == pytest.approx(measured[names].tolist())
        assert (point[0], line_of_truth[0]) == pytest.approx((measured["length_px"], row.known_px))
    assert len({panel.get_xlim() for panel in axes[2::3]}) == 1


def scaled_to_pixels(scaled):
    """Convert length_scaled to pixels of the 424 px image."""
    return scaled / (0.02 * 0.396)


def test_examples_without_the_truth_or_any_galaxy_are_drawn(results, drawn, tmp_path):
    (name, main, inputs, settings) = next(
        entry for entry in draw_every_figure(results) if entry[0] == "examples"
    )
    lengths = pd.read_csv(inputs[1])
    path, examples = tmp_path / "lengths.csv", tmp_path / "examples.csv"
    lengths.to_csv(path, index=False)
    select_examples.main(path, [], examples, quantiles=[0.1, 0.9])
    panels = drawn(name, main, (examples, *inputs[1:]), settings).axes
    # No direction is known: only the measured ends are drawn.
    assert [len(panel.get_lines()) for panel in panels[:2]] == [2, 1]
    assert set(pd.read_csv(examples)["reference"]) == {"catalogue"}
    lengths.assign(length_px=np.nan).to_csv(path, index=False)
    select_examples.main(path, [], examples, quantiles=[0.1, 0.9])
    figure = drawn(name, main, (examples, path, *inputs[2:]), settings)
    assert not figure.axes
    assert "No galaxy" in figure.texts[0].get_text()


def test_no_calibration_has_no_importance(results, drawn, tmp_path):
    (figure,) = (entry for entry in draw_every_figure(results) if entry[0] == "importance")
    table = pd.read_csv(results("calibration_importance.csv"))
    axes = drawn(*figure).axes[0]
    groups = table[table["grouping"] != "all"]
    values = [value for bars in axes.containers for value in bars.lines[0].get_xdata()]
    assert values == pytest.approx(groups["importance"].tolist())
    labels = [text.get_text() for text in axes.get_yticklabels()]
    settings = groups.iloc[0]["settings"]
    assert (len(labels), labels[0]) == (len(groups), f"network: VGG16 compact ({settings})")
    empty = tmp_path / "empty.csv"
    table.head(0).to_csv(empty, index=False)
    figure = drawn("empty", plot_importance.main, (empty,), {})
    assert "No calibration" in figure.texts[0].get_text()


def test_detection_shows_both_curves_and_the_thresholds(results, drawn, tmp_path):
    (figure,) = (entry for entry in draw_every_figure(results) if entry[0] == "detection")
    axes = drawn(*figure).axes[0]
    table = pd.read_csv(results("bar_detection.csv"))
    chosen = json.loads(Path(results("bar_thresholds.json")).read_text())
    lines = {line.get_label(): line.get_xydata() for line in axes.get_lines()}
    for name in ("purity", "completeness"):
        np.testing.assert_array_equal(lines[name], table[["threshold", name]])
    points = [line.get_xydata()[0] for line in axes.get_lines() if line.get_marker() == "o"]
    expected = [
        (chosen["yes"], chosen["yes_purity"]), (chosen["no"], chosen["no_completeness"])
    ]  # fmt: skip
    np.testing.assert_array_equal(points, expected)
    # Wilson's interval of the purity of the galaxies above the threshold in the middle.
    row = table.loc[len(table) // 2]
    predicted = pd.read_csv(results("ensemble/run1/predictions_train.csv"))
    asked = (predicted["split"] == "validation") & (results.training["Class2.2"] >= 0.25)
    p_bar = predicted["Class3.1"] / (predicted["Class3.1"] + predicted["Class3.2"])
    n, share, z = (asked & (p_bar >= row["threshold"])).sum(), row["purity"], 0.99446
    assert n > 5
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    ends = (share + z**2 / (2 * n) + np.array([-half, half])) / (1 + z**2 / n)
    shown = axes.collections[0].get_paths()[0].vertices
    shown = shown[shown[:, 0] == row["threshold"], 1]
    np.testing.assert_allclose([shown.min(), shown.max()], ends, atol=1e-5)
    answers = {text.get_text(): text.xy[0] for text in axes.texts if text.get_text().isalpha()}
    assert has_bar(list(answers.values()), chosen).tolist() == list(answers)
    assert {"no", "yes"} <= set(answers)


def test_biases_stand_at_their_bins_with_their_intervals(results, drawn):
    table = pd.read_csv(results("length_bias.csv"))
    figure = drawn("biases", plot_length_bias.main, (results("length_bias.csv"),), {})
    # By true length over PSF width, of the sample barred as the catalogue.
    shares, biases = figure.axes[0].containers[0], figure.axes[4].containers[0]
    rows = table[(table["property"] == "length_over_psf") & (table["sample"] == "catalogue")]
    for container, name in ((shares, "completeness"), (biases, "bias")):
        line = container.lines[0]
        np.testing.assert_allclose(line.get_xdata(orig=False), rows["bin_median"])
        np.testing.assert_allclose(line.get_ydata(orig=False), rows[name])
        ends = np.array([segment[:, 1] for segment in container.lines[2][0].get_segments()])
        np.testing.assert_allclose(ends, rows[[f"{name}_low", f"{name}_high"]])
    assert figure.axes[4].get_xlabel() == "true bar length / PSF width"
    assert figure.axes[0].get_xlim() == figure.axes[4].get_xlim()


def test_biases_without_bins_are_drawn(results, drawn, tmp_path):
    """As of a few galaxies of which none is measured."""
    table = pd.read_csv(results("length_bias.csv"))
    intervals = table.assign(coverage_68=np.nan, coverage_95=np.nan)
    numbers = [f"{name}{end}" for name in ("bias", "scatter") for end in ("", "_low", "_high")]
    for name, part in (
        ("measured", table[~table["is_measured"]]),
        ("all", table[table["property"] == "all"]),
        ("intervals", intervals),
        ("unmeasured", intervals.assign(**dict.fromkeys(numbers, np.nan))),
    ):
        part.to_csv(tmp_path / f"{name}.csv", index=False)
        assert drawn(name, plot_length_bias.main, (tmp_path / f"{name}.csv",), {}).axes


def test_detection_without_bars_or_thresholds_is_drawn(drawn, tmp_path):
    nothing = {"threshold": [0.02, 0.04], "purity": np.nan, "completeness": np.nan}
    table, chosen = tmp_path / "detection.csv", tmp_path / "thresholds.json"
    pd.DataFrame({**nothing, "above": [5, 2], "n": 7, "barred": 0}).to_csv(table, index=False)
    names = ("yes", "yes_purity", "no", "no_completeness")
    chosen.write_text(json.dumps(dict.fromkeys(names)))
    axes = drawn("none", plot_bar_detection.main, (table, chosen), {}).axes[0]
    assert [text.get_text() for text in axes.texts] == ["unsure"]
    assert not [line for line in axes.get_lines() if line.get_marker() == "o"]
    # That none of 3 is barred says something of the purity, too: at most z^2 / (3 + z^2).
    impure = {"threshold": [0.5, 0.7], "purity": [0.5, 0.0], "completeness": [1.0, 0.0]}
    pd.DataFrame({**impure, "above": [4, 3], "n": 9, "barred": 2}).to_csv(table, index=False)
    axes = drawn("impure", plot_bar_detection.main, (table, chosen), {}).axes[0]
    shown = axes.collections[0].get_paths()[0].vertices
    upper = shown[shown[:, 0] == 0.7, 1].max()
    np.testing.assert_allclose(upper, 0.98891 / (3 + 0.98891), atol=1e-4)


def test_truth_shows_both_the_heat_maps_and_the_observers(results, drawn):
    (figure,) = (entry for entry in draw_every_figure(results) if entry[0] == "truth")
    panels = drawn(*figure).axes
    test = results.hoyle["split"] == "test"
    table = pd.read_csv(results("barlengths_hoyle.csv"))
    scores = pd.read_csv(results("scores_truth.csv"))
    for axes, column, estimator in zip(
        panels, ("length_scaled", "length_scaled_catalogue"), ("calibrated", "human"), strict=True
    ):
        expected = np.column_stack([results.hoyle["true"], table[column]])[test]
        points = axes.collections[0].get_offsets()
        np.testing.assert_allclose(points, expected[np.isfinite(expected[:, 1])])
        row = scores[(scores["estimator"] == estimator) & (scores["sample"] == "test")]
        row = row[row["quantity"] == "length_scaled"].iloc[0]
        title = axes.get_title(loc="left")
        assert f"$n$ = {row['n']}, $r$ = {row['pearson_r']:.2f}" in title
        lines = [line for line in axes.get_lines() if "slope" in line.get_label()]
        slopes = [np.diff(line.get_ydata())[0] / np.diff(line.get_xdata())[0] for line in lines]
        expected = [row["slope_on_reference"], 1 / row["slope_on_measured"]]
        assert slopes == pytest.approx(expected)
        assert "true" in axes.get_xlabel()
    assert panels[0].get_title(loc="left").startswith("heat maps")
    assert panels[1].get_title(loc="left").startswith("human measurements")


def test_figures_are_reproducible_and_a_failed_one_leaves_nothing(tmp_path):
    with style_context():
        for run in (1, 2):
            figure = make_figure(2, 2)
            figure.subplots().plot([1, 2], [3, 4])
            save_figure(figure, tmp_path / f"{run}.png", tmp_path / f"{run}.pdf", 50)
    for suffix in ("png", "pdf"):
        files = [(tmp_path / f"{run}.{suffix}").read_bytes() for run in (1, 2)]
        assert files[0] == files[1]
    broken = Figure()
    broken.text(0.5, 0.5, r"$\unknown{$")
    with pytest.raises(ValueError, match="unknown"):
        save_figure(broken, tmp_path / "broken.png", tmp_path / "broken.pdf", 50)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.pdf", "1.png", "2.pdf", "2.png"]


@pytest.mark.parametrize(
    ("longest", "expected"), [(1, 1), (1.99, 1), (2, 2), (7, 5), (0.1, 0.1), (0.03, 0.02), (12, 10)]
)
def test_scale_bars_have_round_lengths(longest, expected):
    assert nice_length(longest) == pytest.approx(expected)


def test_scale_bar_is_as_long_as_it_says():
    axes = make_figure(2, 2).subplots()
    axes.imshow(np.zeros((50, 80)))
    bar = draw_scale_bar(axes, 17.5, "17.5 px")
    assert np.ptp(bar.get_xdata()) == pytest.approx(17.5)
    assert -0.5 < min(bar.get_xdata()) < max(bar.get_xdata()) < 79.5
    with pytest.raises(ValueError, match="positive number, got 0"):
        nice_length(0)


def test_words():
    assert readable_name("xception_compact") == "Xception compact"
    assert readable_name("mine") == "mine"
    assert interval_text("r", 0.756, 0.741, 0.77) == "r = 0.76 [0.74, 0.77]"
    assert interval_text("b", -0.5, -1, np.nan, "kpc") == "b = \N{MINUS SIGN}0.50 kpc"
    minus = "\N{MINUS SIGN}"
    assert interval_text("b-c", -0.5, -1, -0.25, KPC) == (
        f"b-c = {minus}0.50 [{minus}1.00, {minus}0.25] {KPC}"
    )
    assert interval_text("r", np.nan, 0, 1) == "r = n/a"
