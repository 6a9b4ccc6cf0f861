"""Masks of bars: read at the scale of the networks, refused by name."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from galbar.heatmap_checks.bar_masks import read_bar_masks

IDS = np.array([587722981736120347, 587722981736120348])
SIZE = {"height": 53, "width": 53, "crop": 0.5}


@pytest.fixture
def masks(tmp_path):
    """Give a table of one mask, of the middle quarter of the image's width and height."""
    mask = np.zeros((424, 424), dtype=np.uint8)
    mask[159:265, 159:265] = 255
    Image.fromarray(mask).save(tmp_path / "bar.png")
    path = tmp_path / "masks.csv"
    pd.DataFrame({"galaxy_id": IDS[:1], "mask": ["bar.png"]}).to_csv(path, index=False)
    return path


def test_masks_lie_where_the_networks_see_them(masks):
    first, none = read_bar_masks(masks, IDS, **SIZE)
    # A canvas of 106 px, of which the network sees 53; the mask has a quarter of the canvas.
    assert first.shape == (53, 53)
    assert first.mean() * 53**2 == pytest.approx(26.5**2, rel=1e-3)
    rows = np.flatnonzero((first > 0.5).any(axis=1))
    assert (rows[0] + rows[-1]) / 2 == pytest.approx(26, abs=0.5)
    assert np.isnan(none).all()


@pytest.mark.parametrize("side", [106, 848])
@pytest.mark.parametrize("kind", ["1", "L", "I;16"])
def test_masks_of_any_size_and_depth_are_the_same(masks, kind, side):
    part = np.zeros((side, side), dtype=bool)
    part[side * 159 // 424 : side * 265 // 424, side * 159 // 424 : side * 265 // 424] = True
    values = {"1": part, "L": part * np.uint8(255), "I;16": part * np.uint16(65535)}[kind]
    expected = read_bar_masks(masks, IDS[:1], **SIZE)[0]
    Image.fromarray(values).save(masks.parent / "bar.png")
    read = read_bar_masks(masks, IDS[:1], **SIZE)[0]
    assert ((read > 0.5) ^ (expected > 0.5)).sum() <= 4 * 27
    assert read.max() == pytest.approx(1)


def test_what_is_no_mask_is_refused_by_name(masks):
    folder = masks.parent
    table = pd.read_csv(masks)
    for name, image, message in (
        ("none.png", None, "no such mask"),
        ("empty.png", np.zeros((9, 9), np.uint8), "empty mask"),
        ("colour.png", np.ones((9, 9, 3), np.uint8), "mode RGB"),
    ):
        if image is not None:
            Image.fromarray(image).save(folder / name)
        table.assign(mask=name).to_csv(masks, index=False)
        with pytest.raises((ValueError, FileNotFoundError), match=f"{name}: .*{message}"):
            read_bar_masks(masks, IDS, **SIZE)
    (folder / "text.png").write_text("no image")
    table.assign(mask="text.png").to_csv(masks, index=False)
    with pytest.raises(ValueError, match=r"text\.png: found no PNG image"):
        read_bar_masks(masks, IDS, **SIZE)
    pd.concat([table, table]).to_csv(masks, index=False)
    with pytest.raises(ValueError, match=f"galaxy {IDS[0]} comes more than once"):
        read_bar_masks(masks, IDS, **SIZE)
