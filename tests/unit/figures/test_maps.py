import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import plot_class_heatmaps
from galbar.attribution.class_heatmaps import read_class_heatmaps
from galbar.figures.isolated_bars import isolate_bars
from galbar.figures.maps import draw_class_heatmaps, draw_misclassified
from galbar.figures.style import (
    save_figure,
)
from tests.helpers.figure_inputs import (
    CROP,
    MODELS,
    SIDE,
    WRONG,
    class_inputs,
    heatmap_paths,
)


def test_class_heatmaps_show_the_file(results):
    data = read_class_heatmaps(results("ensemble/run1/class_heatmaps/hoyle.h5"))
    figure = draw_class_heatmaps(
        data.images, data.maps, data.columns, data.galaxy_ids, [0.5] * 4 + [np.nan]
    )
    panels = [axes for axes in figure.axes if axes.get_images()]
    assert len(panels) == 5 * 4
    for row, line in enumerate(np.reshape(panels, (5, 4))):
        np.testing.assert_array_equal(line[0].get_images()[0].get_array(), data.images[row])
        for axes, heatmap in zip(line[1:], data.maps[row], strict=True):
            shown = axes.get_images()[0]
            np.testing.assert_array_equal(shown.get_array(), heatmap)
            assert shown.get_clim() == (0, 1)
        # 64 px of 0.5 arcsec: a third is 10.7, the round length below it 10.
        bars = line[0].get_lines()
        assert len(bars) == (row < 4)
        for bar in bars:
            assert np.ptp(bar.get_xdata()) == pytest.approx(10 / 0.5)
    assert [axes.get_title() for axes in panels[1:4]] == [
        "bar (Class3.1)",
        "bulge obvious (Class5.3)",
        "three spiral arms (Class11.3)",
    ]


def test_class_heatmaps_of_another_galaxy_are_refused(results, tmp_path):
    selected = tmp_path / "selected.csv"
    other = results.hoyle["galaxy_id"].iloc[-1]
    pd.DataFrame({"galaxy_id": [other], "image": "a", "quantile": 0.5}).to_csv(selected)
    heatmaps, _, catalogue = class_inputs(results)
    with pytest.raises(ValueError, match=f"no class heat maps of galaxy {other}"):
        plot_class_heatmaps.main(
            *(heatmaps, selected, catalogue, "a.png", "a.pdf"), number=1, crop=CROP, dpi=50
        )


@pytest.mark.parametrize("model", ["vgg16_compact", "averageheatmaps", "averagemeasurements"])
def test_isolated_bars_are_those_of_the_chosen_setting(results, model):
    choice = json.loads(Path(results("chosen_setting.json")).read_text())
    setting = choice["setting"] | {"criterion": "level", "level_fraction": 0.5, "xinput": False}
    choice = {"model": model, "attribution": "smoothgrad", "smooth_noise": 0.1, "setting": setting}
    galaxies = pd.read_csv(results("barlengths_hoyle.csv")).head(3)
    folder = results.folder / "data"
    bars = isolate_bars(heatmap_paths(results), choice, galaxies, folder, CROP)
    expected = list(MODELS) if model == "averagemeasurements" else [model]
    for bar, (_, galaxy) in zip(bars, galaxies.iterrows(), strict=True):
        assert [masked.model for masked in bar.maps] == expected
        assert bar.image.shape == (SIDE, SIDE, 3)
        # 0.02 petroR90 per pixel of the 424 px image, of which a map's pixel spans 2.65.
        assert bar.arcsec == pytest.approx(0.02 * 2.65 * galaxy["petror90_r"], rel=1e-2)
        assert bar.kpc * galaxy["length_px"] == pytest.approx(2.65 * galaxy["length_kpc_h"])
        for masked in bar.maps:
            assert masked.values.max() == 1
            assert masked.values[masked.mask].min() >= 0.5
            assert 20 < masked.mask.sum() < 200
    with pytest.raises(ValueError, match=r"no heat maps of \w+ with noise 0\.2"):
        isolate_bars(heatmap_paths(results), choice | {"smooth_noise": 0.2}, galaxies, folder, CROP)
    galaxies["galaxy_id"] += 1
    with pytest.raises(ValueError, match="no heat map of galaxy"):
        isolate_bars(heatmap_paths(results), choice, galaxies, folder, CROP)


def test_misclassified_galaxies_carry_their_votes(results):
    wrong = pd.read_csv(results("misclassified.csv"))
    ids = results.training["galaxy_id"]
    assert set(ids[list(WRONG)]) <= set(wrong["galaxy_id"])
    assert not set(wrong["galaxy_id"]) - set(ids[results.training["split"] == "validation"])
    table = wrong.head(1)
    images, maps = np.zeros((1, 8, 8, 3), np.uint8), np.full((1, 2, 8, 8), 0.5)
    figure = draw_misclassified(images, maps, ("Class1.1", "Class1.2"), table, 3.0)
    text = figure.axes[1].artists[0].txt.get_text()
    row = table.iloc[0]
    assert text == f"votes {row['smooth_votes']:.2f}\nensemble {row['smooth_predicted']:.2f}"
    assert np.ptp(figure.axes[0].get_lines()[0].get_xdata()) == pytest.approx(3.0)


def test_no_misclassified_galaxy_gives_a_figure_that_says_so(tmp_path):
    empty = np.zeros((0, 8, 8, 3), np.uint8), np.zeros((0, 2, 8, 8))
    figure = draw_misclassified(*empty, ("Class1.1", "Class1.2"), pd.DataFrame(), 3.0)
    save_figure(figure, tmp_path / "a.png", tmp_path / "a.pdf", 50)
    assert "No galaxy is misclassified" in figure.texts[0].get_text()
