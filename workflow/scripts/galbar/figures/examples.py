"""Figure of galaxies that are measured well, typically and badly."""

import numpy as np

from galbar.figures.maps import (
    MEASURED,
    arcsec_bar,
    draw_ends,
    measured_ends,
    show_image,
    show_map,
)
from galbar.figures.style import TEXT_WIDTH, annotate, make_figure, style_context

_KNOWN = "#E69F00"
_GAP = 0.06


@style_context()
def draw_examples(bars, galaxies):
    """Draw image, isolated bar and interval of each galaxy, with what is known of its bar.

    Parameters
    ----------
    bars : list of galbar.figures.maps.IsolatedBar; of several networks, the first is shown
    galaxies : DataFrame, a row per bar
        quantile, relative_error, known_px, known_angle [degree] (NaN where no direction is known),
        reference ("truth" or "catalogue"), length_px and the ends of its intervals [pixel of the
        424 px image].

    Returns
    -------
    matplotlib.figure.Figure, without panels, but a sentence, if there is no galaxy
    """
    if not bars:
        figure = make_figure(TEXT_WIDTH, 0.6)
        figure.text(0.5, 0.5, "No galaxy of the test set is measured.", ha="center", va="center")
        return figure
    count = len(bars)
    figure = make_figure(TEXT_WIDTH, TEXT_WIDTH / (2 * count) + 1.2)
    figure.get_layout_engine().set(w_pad=0.015, h_pad=0.015, wspace=0.02, hspace=0.02)
    # Two panels for each galaxy, and a gap between galaxies.
    widths = [1, 1, _GAP] * count
    grid = figure.add_gridspec(2, len(widths) - 1, height_ratios=[1, 0.4], width_ratios=widths[:-1])
    strips = []
    rows = galaxies.to_dict("records")
    for number, (bar, row) in enumerate(zip(bars, rows, strict=True)):
        image, isolated = (figure.add_subplot(grid[0, 3 * number + side]) for side in (0, 1))
        _show_bar(image, isolated, bar, row)
        strips.append(figure.add_subplot(grid[1, 3 * number : 3 * number + 2]))
        _show_interval(strips[-1], row)
        strips[-1].set_title(_in_words(row), fontsize=7, pad=3)
    # One scale, so that the galaxies can be compared.
    limits = np.array([strip.get_xlim() for strip in strips])
    for strip in strips:
        strip.set_xlim(limits[:, 0].min(), limits[:, 1].max())
    return figure


def _in_words(row):
    """Say how wrong a length is, and what share of the galaxies is at most as wrong."""
    error = f"{100 * row['relative_error']:+.0f} %".replace("-", "\N{MINUS SIGN}")
    return f"error {error}; smaller in {100 * row['quantile']:.0f} % of the galaxies"


def _show_bar(image, isolated, bar, row):
    """Fill the panels of a galaxy: measured and known ends on its image and its heat map."""
    masked = bar.maps[0]
    show_image(image, bar.image)
    arcsec_bar(image, bar.arcsec, bar.image.shape[1])
    show_map(isolated, np.where(masked.mask, masked.values, 0.0))
    known_ends = _known_ends(bar, row)
    for axes in (image, isolated):
        if known_ends is not None:
            draw_ends(axes, known_ends, _KNOWN)
        if masked.mask.sum() >= 2:
            draw_ends(axes, measured_ends(masked, bar), MEASURED)
    annotate(isolated, f"calibrated {row['length_px']:.0f} px", colour=MEASURED, size=6)
    text = f"{row['reference']} {row['known_px']:.0f} px"
    annotate(isolated, text, loc="lower left", colour=_KNOWN, size=6)
    image.set_title("image", pad=3)
    isolated.set_title("isolated bar", pad=3)


def _known_ends(bar, row):
    """Return the known ends about the centre, (2, 2) [pixel of the map]; None without an angle."""
    if not np.isfinite(row["known_angle"]):
        return None
    pixels_of_map = bar.length / row["length_px"]
    angle = np.deg2rad(row["known_angle"])
    half = row["known_px"] * pixels_of_map / 2 * np.array([np.cos(angle), np.sin(angle)])
    centre = (np.array(bar.image.shape[1::-1]) - 1) / 2
    return np.stack([centre - half, centre + half])


def _show_interval(axes, row):
    """Draw the calibrated length with its 68 and 95 % intervals, and the known length."""
    for level, width in ((95, 1.0), (68, 3.0)):
        ends = [row[f"length_px_{end}{level}"] for end in ("low", "high")]
        axes.plot(ends, [0, 0], color=MEASURED, linewidth=width, solid_capstyle="butt")
    axes.plot(row["length_px"], 0, "o", color=MEASURED, markeredgecolor="black", markersize=4)
    axes.axvline(row["known_px"], color=_KNOWN, linewidth=1.5)
    axes.set(ylim=(-1, 1), yticks=[], xlabel="length [px]")
