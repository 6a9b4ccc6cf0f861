"""Figures that show galaxies: images, heat maps and isolated bars.

Images and maps are drawn as the networks see them: row 0 at the top, the orientation of the JPEG
files (its relation to north is not part of the data).
"""

from typing import NamedTuple

import numpy as np

from galbar.catalogues.decision_tree import ANSWER_LABELS
from galbar.figures.style import (
    COLUMN_WIDTH,
    HEATMAP_COLOURS,
    KPC,
    TEXT_WIDTH,
    annotate,
    draw_scale_bar,
    make_figure,
    nice_length,
    readable_name,
    style_context,
)
from galbar.lengths.geometry import end_points

MEASURED = "#56B4E9"


class MaskedMap(NamedTuple):
    """A network's prepared heat map (ny, nx) from 0 to 1 and its mask (ny, nx), bool."""

    model: str
    values: np.ndarray
    mask: np.ndarray


class IsolatedBar(NamedTuple):
    """What the figure of isolated bars shows of one galaxy.

    ``arcsec`` and ``kpc`` are the scale, per pixel of the map [arcsec, kpc/h]; ``catalogue`` is the
    length in the catalogue [kpc/h], ``length`` the calibrated one [pixel of the map]; NaN where
    unknown. ``maps`` holds a `MaskedMap` per network.
    """

    galaxy_id: int
    image: np.ndarray
    arcsec: float
    kpc: float
    catalogue: float
    maps: tuple
    length: float = np.nan


def show_image(axes, image):
    """Show an RGB image (ny, nx, 3) without ticks."""
    axes.imshow(image)
    _frame(axes, image.shape)


def show_map(axes, values):
    """Show a heat map (ny, nx) from 0 to 1 without ticks; NaN is grey."""
    shown = axes.imshow(values, cmap=HEATMAP_COLOURS, vmin=0, vmax=1)
    axes.set_facecolor("0.6")
    _frame(axes, values.shape)
    return shown


def _frame(axes, shape):
    """Fix the limits, which what is drawn on top must not move, and remove the ticks."""
    axes.set(xlim=(-0.5, shape[1] - 0.5), ylim=(shape[0] - 0.5, -0.5), xticks=[], yticks=[])


def show_isolated_bar(axes, masked, bar, labelled=True):
    """Show the part of a heat map within the mask, and the calibrated length along it.

    Without a calibrated length the mask's own is shown. The catalogue's is drawn as a scale bar:
    the catalogue knows no position angle. ``labelled`` says whether there is room to write which
    length is which. Returns the line from end to end, None where the mask has fewer than two
    pixels.
    """
    show_map(axes, np.where(masked.mask, masked.values, 0.0))
    if np.isfinite(bar.catalogue) and np.isfinite(bar.kpc):
        text = f"{'catalogue ' * labelled}{bar.catalogue:.1f} {KPC}"
        draw_scale_bar(axes, bar.catalogue / bar.kpc, text)
    if masked.mask.sum() < 2:
        annotate(axes, "not measurable", colour="white", size=6)
        return None
    ends = measured_ends(masked, bar)
    line = draw_ends(axes, ends, MEASURED)
    length = float(np.hypot(*(ends[1] - ends[0])))
    text = f"{'measured ' * labelled}{_length_text(length, bar)}"
    annotate(axes, text, colour=MEASURED, size=6)
    return line


def measured_ends(masked, bar):
    """Return where a bar ends, (2, 2) as (x, y) [pixel of the map].

    The calibrated length along the long axis of the heat map within the mask, about its centre of
    mass; without one, the mask's two pixels that are farthest apart. The mask has at least two
    pixels.
    """
    rows, columns = np.nonzero(masked.mask)
    if not np.isfinite(bar.length):
        return np.array(end_points(columns, rows), dtype=float)
    # Weighted: the rim of a broad mask, which the farthest pixels are on, has no direction.
    weights = np.maximum(masked.values[rows, columns], 1e-12)
    pixels = np.stack([columns, rows]).astype(float)
    middle = np.average(pixels, axis=1, weights=weights)
    _, axes = np.linalg.eigh(np.cov(pixels, aweights=weights))
    half = axes[:, -1] * bar.length / 2
    return np.stack([middle - half, middle + half])


def draw_ends(axes, ends, colour):
    """Draw a line between two ends (2, 2), circles around them; return it."""
    (line,) = axes.plot(
        *ends.T, color=colour, linewidth=0.6, marker="o", markersize=3, markerfacecolor="none"
    )
    return line


def _length_text(pixels, bar):
    """Write a length in the best unit that is known."""
    if np.isfinite(bar.kpc):
        return f"{pixels * bar.kpc:.1f} {KPC}"
    if np.isfinite(bar.arcsec):
        return f"{pixels * bar.arcsec:.1f}\N{DOUBLE PRIME}"
    return f"{pixels:.0f} px"


def arcsec_bar(axes, arcsec, pixels):
    """Draw a scale bar of a round number of arcsec, at most a third of the image.

    ``arcsec`` is per pixel, and nothing is drawn for NaN; ``pixels`` is the width of the image.
    """
    if np.isfinite(arcsec):
        length = nice_length(arcsec * pixels / 3)
        draw_scale_bar(axes, length / arcsec, f"{length:g}\N{DOUBLE PRIME}")


# Room above the panels for the titles, and width of the colour bar [inch].
_ABOVE = 0.2
_BAR = 0.09


def _map_figure(width, rows, across, above=_ABOVE, between=0.03):
    """Make a gapless grid of square panels: figure, axes (rows, across), panel's side [inch]."""
    # Room beside the panels for the names and the colour bar.
    panel = (width - 0.5 - 0.04 * width) / across
    figure = make_figure(width, rows * (panel + between) + above)
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    return figure, figure.subplots(rows, across, squeeze=False), panel


def _colour_bar(figure, shown, grid, panel):
    """Draw one colour bar for all panels, as high as they are together."""
    aspect = len(grid) * panel / _BAR
    bar = figure.colorbar(shown, ax=grid, fraction=0.03, pad=0.01, shrink=0.96, aspect=aspect)
    bar.set_label("normalised saliency")
    bar.set_ticks([0, 0.5, 1])


@style_context()
def draw_class_heatmaps(images, maps, columns, galaxy_ids, arcsec):
    """Draw images beside the heat maps of several votes, one galaxy per row.

    Parameters
    ----------
    images : ndarray, shape (n, ny, nx, 3), uint8, what the networks see
    maps : ndarray, shape (n, columns, ny, nx), float, heat maps, normalised to 0 to 1
    columns : sequence of str, the votes
    galaxy_ids : sequence of int, length n, written beside the rows
    arcsec : sequence of float, length n [arcsec per pixel]; NaN: no scale bar

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows, across = len(images), len(columns) + 1
    figure, grid, panel = _map_figure(TEXT_WIDTH, rows, across)
    for line, image, values, name, scale in zip(
        grid, images, maps, galaxy_ids, arcsec, strict=True
    ):
        show_image(line[0], image)
        arcsec_bar(line[0], scale, image.shape[1])
        line[0].set_ylabel(str(name), fontsize=5.5, labelpad=0.5)
        for axes, heatmap in zip(line[1:], values, strict=True):
            shown = show_map(axes, heatmap)
    for axes, column in zip(grid[0, 1:], columns, strict=True):
        axes.set_title(f"{ANSWER_LABELS.get(column, '')} ({column})".lstrip(), pad=3)
    grid[0, 0].set_title("image", pad=3)
    _colour_bar(figure, shown, grid, panel)
    return figure


@style_context()
def draw_isolated_bars(bars):
    """Draw image, heat map and isolated bar, one galaxy per row.

    Where the choice is to average the measurements of the networks, every network has its own
    pair of heat map and isolated bar.

    Parameters
    ----------
    bars : sequence of IsolatedBar, all with the same networks

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows, across = len(bars), 1 + 2 * len(bars[0].maps)
    # One network fits into a column of the page.
    width = COLUMN_WIDTH if across == 3 else TEXT_WIDTH
    above = _ABOVE if across == 3 else 2 * _ABOVE
    figure, grid, panel = _map_figure(width, rows, across, above)
    for line, bar in zip(grid, bars, strict=True):
        show_image(line[0], bar.image)
        arcsec_bar(line[0], bar.arcsec, bar.image.shape[1])
        line[0].set_ylabel(str(bar.galaxy_id), fontsize=5.5, labelpad=1.5)
        for number, masked in enumerate(bar.maps):
            shown = show_map(line[1 + 2 * number], masked.values)
            show_isolated_bar(line[2 + 2 * number], masked, bar, labelled=panel > 0.85)
    grid[0, 0].set_title("image", pad=3)
    for number, masked in enumerate(bars[0].maps):
        above = f"{readable_name(masked.model)}\n" if len(bars[0].maps) > 1 else ""
        grid[0, 1 + 2 * number].set_title(f"{above}heat map", pad=3)
        grid[0, 2 + 2 * number].set_title("isolated bar", pad=3)
    _colour_bar(figure, shown, grid, panel)
    return figure


@style_context()
def draw_misclassified(images, maps, columns, table, scale):
    """Draw misclassified galaxies: image and heat maps with votes and predictions.

    Parameters
    ----------
    images : ndarray, shape (n, ny, nx, 3), uint8, what the networks see
    maps : ndarray, shape (n, 2, ny, nx), float, heat maps of ``columns``, normalised to 0 to 1
    columns : sequence of str, the two votes: smooth, features
    table : DataFrame, n rows
        galaxy_id, ``smooth_votes``, ``smooth_predicted``, ``features_votes`` and
        ``features_predicted``, in the order of ``images``.
    scale : float, pixels per Petrosian radius petroR90 (no size in arcsec is known)

    Returns
    -------
    matplotlib.figure.Figure, without panels, but a sentence, if no galaxy is misclassified
    """
    if not len(images):
        figure = make_figure(COLUMN_WIDTH, 0.6)
        figure.text(0.5, 0.5, "No galaxy is misclassified at this cut.", ha="center", va="center")
        return figure
    blocks = 1 if len(images) == 1 else 2
    rows = -(-len(images) // blocks)
    width = TEXT_WIDTH if blocks == 2 else TEXT_WIDTH / 2 + 0.3
    figure, grid, panel = _map_figure(width, rows, 3 * blocks, above=0.05, between=0.17)
    # Filled column by column, so that galaxies of one direction stand below each other.
    cells = [grid[row, 3 * block : 3 * block + 3] for block in range(blocks) for row in range(rows)]
    for line, image, values, (_, galaxy) in zip(
        cells, images, maps, table.iterrows(), strict=False
    ):
        shown = _show_misclassified(line, image, values, columns, galaxy, scale)
    for line in cells[len(images) :]:
        for axes in line:
            axes.set_visible(False)
    _colour_bar(figure, shown, grid, panel)
    return figure


def _show_misclassified(line, image, values, columns, galaxy, scale):
    """Fill the three panels of one galaxy."""
    show_image(line[0], image)
    line[0].set_title(str(galaxy["galaxy_id"]), fontsize=6.5, pad=2)
    draw_scale_bar(line[0], scale, r"$R_{90}$")
    for axes, heatmap, column, name in zip(
        line[1:], values, columns, ("smooth", "features"), strict=True
    ):
        shown = show_map(axes, heatmap)
        axes.set_title(ANSWER_LABELS[column], fontsize=6.5, pad=2)
        voted, predicted = galaxy[f"{name}_votes"], galaxy[f"{name}_predicted"]
        annotate(axes, f"votes {voted:.2f}\nensemble {predicted:.2f}", colour="white", size=6)
    return shown
