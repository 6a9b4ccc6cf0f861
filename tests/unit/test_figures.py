import numpy as np
import pytest
from figure_inputs import (
    CROP,
    MODELS,
    bar_inputs,
    build_results,
    class_inputs,
    curve_inputs,
    select_everything,
)
from matplotlib.figure import Figure
from PIL import Image

import plot_bar_lengths
import plot_class_heatmaps
import plot_correlations
import plot_isolated_bars
import plot_learning_curves
import plot_misclassified
import plot_overview
import plot_scores
import plot_truth
import plot_vote_predictions
from galbar.figures.style import (
    TEXT_WIDTH,
    draw_scale_bar,
    interval_text,
    make_figure,
    nice_length,
    readable_name,
    save_figure,
    style_context,
)

RESOLUTION = 60


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Give a results folder with everything that the figures read."""
    results = build_results(tmp_path_factory.mktemp("figures"), galaxies=90)
    select_everything(results)
    return results


def draw_every_figure(results, path):
    """Yield the name of each figure, its script's main, inputs and settings."""
    folder = results.folder / "data"
    lengths, scores = results("barlengths_hoyle.csv"), results("scores.csv")
    control = results("control/predictions.csv")
    for number in (1, 5):
        settings = {"number": number, "crop": CROP}
        yield f"class{number}", plot_class_heatmaps.main, class_inputs(results), settings
    for number in (3, 5):
        settings = {"number": number, "crop": CROP, "directory": folder}
        yield f"bars{number}", plot_isolated_bars.main, bar_inputs(results), settings
    yield "curves", plot_learning_curves.main, curve_inputs(results), {}
    for sample in ("common", "test"):
        settings = {"sample": sample, "omega_m": 0.3}
        yield f"lengths_{sample}", plot_bar_lengths.main, (lengths, control, scores), settings
    names = "ensemble/run1/class_heatmaps/training.h5", "figures/selected_training.csv"
    wrong = *(results(name) for name in names), results("misclassified.csv")
    yield "misclassified", plot_misclassified.main, wrong, {"crop": CROP}
    tables = [results(f"barlength_correlations_{name}.csv") for name in ("val", "test")]
    yield "correlations", plot_correlations.main, tables, {}
    truth = results("scores_truth.csv")
    yield "scores", plot_scores.main, (scores, [truth]), {}
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
    settings = {"crop": CROP, "directory": folder, "sample": "test"}
    yield "overview", plot_overview.main, (*bar_inputs(results), scores), settings


def test_every_script_writes_both_files_whole(results, tmp_path):
    for name, main, inputs, settings in draw_every_figure(results, tmp_path):
        png, pdf = tmp_path / f"{name}.png", tmp_path / f"{name}.pdf"
        main(*inputs, png, pdf, **settings, dpi=RESOLUTION)
        with Image.open(png) as image:
            image.load()
            # Nothing is drawn wider than a page.
            assert image.width <= round(TEXT_WIDTH * RESOLUTION) + 1, name
            assert "Software" not in image.info, name
        content = pdf.read_bytes()
        assert content.startswith(b"%PDF"), name
        assert content.rstrip().endswith(b"%%EOF"), name
        assert b"CreationDate" not in content, name
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


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
    assert interval_text("r", np.nan, 0, 1) == "r = n/a"
