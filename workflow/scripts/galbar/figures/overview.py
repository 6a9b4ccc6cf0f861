"""One wide figure that says what the workflow does: from an image to measured lengths."""

from galbar.figures.maps import arcsec_bar, show_image, show_isolated_bar, show_map
from galbar.figures.scatter import length_limit, outside_text, show_lengths
from galbar.figures.style import (
    CYCLE,
    KPC,
    TEXT_WIDTH,
    annotate,
    make_figure,
    readable_name,
    style_context,
)


@style_context()
def draw_overview(bar, panel):
    """Draw image, heat map, isolated bar and the lengths of a sample side by side.

    Parameters
    ----------
    bar : galbar.figures.maps.IsolatedBar, one galaxy; of several networks, the first is shown
    panel : galbar.figures.scatter.LengthPanel, measured lengths against the catalogue [kpc/h]

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = make_figure(TEXT_WIDTH, 0.325 * TEXT_WIDTH)
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.01, wspace=0.02, hspace=0)
    grid = figure.subplots(1, 4)
    masked = bar.maps[0]
    show_image(grid[0], bar.image)
    arcsec_bar(grid[0], bar.arcsec, bar.image.shape[1])
    show_map(grid[1], masked.values)
    show_isolated_bar(grid[2], masked, bar)
    limit = length_limit([panel])
    show_lengths(grid[3], panel, limit, CYCLE[0])
    grid[3].get_legend().remove()
    annotate(grid[3], panel.text[0].replace(", ", f"{outside_text(panel, limit)}\n", 1), size=6)
    # In the map, as a title the longest names would run into its neighbours.
    annotate(grid[1], readable_name(masked.model), colour="white", size=6)
    titles = ("image", "heat map", "isolated bar", "bar lengths")
    for number, (axes, title) in enumerate(zip(grid, titles, strict=True), start=1):
        axes.set_title(f"{number}. {title}", pad=3)
    grid[3].set(xlabel=f"catalogue [{KPC}]", ylabel=f"measured [{KPC}]")
    return figure
