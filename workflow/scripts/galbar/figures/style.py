"""One look for all figures: sizes of a journal page, fonts, colours, scale bars, saving."""

from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredText

from galbar.io.atomic import atomic_write
from galbar.networks.backbones.registry import BACKBONES

# Widths of one column and of both columns of a page of MNRAS [inch].
COLUMN_WIDTH = 84 / 25.4
TEXT_WIDTH = 174 / 25.4

# Okabe and Ito (2008): distinguishable with every common kind of colour blindness.
CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
HEATMAP_COLOURS = "inferno"
KPC = r"$h^{-1}\,$kpc"

SAVED_STYLE = {
    # STIX comes with matplotlib: the figures do not depend on the fonts of a machine.
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.prop_cycle": mpl.cycler(color=CYCLE),
    "lines.linewidth": 1.0,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "image.origin": "upper",
    "image.interpolation": "nearest",
    # TrueType instead of Type 3: journals ask for it, and text stays text.
    "pdf.fonttype": 42,
}

_NAMES = {
    "averageheatmaps": "average of the heat maps",
    "averagemeasurements": "average of the measurements",
    "control": "control network",
}


@contextmanager
def style_context():
    """Make and save a figure in the project's style, whatever a user's ``matplotlibrc`` says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SAVED_STYLE)
        yield


def make_figure(width, height):
    """Make an empty figure of a size on the page [inch], with automatic layout.

    Without pyplot: nothing global is opened or has to be closed.
    """
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure, png, pdf, dpi=300):
    """Save a figure as PNG and PDF, each written atomically.

    No dates and no versions are written: the same figure gives the same file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    png, pdf : str or Path, the files to be written
    dpi : int, default 300, of the PNG file, and of what is not a vector in the PDF file
    """
    with style_context():
        with atomic_write(png) as temporary:
            figure.savefig(temporary, format="png", dpi=dpi, metadata={"Software": None})
        with atomic_write(pdf) as temporary:
            metadata = {"CreationDate": None, "Creator": "galbar", "Producer": None}
            figure.savefig(temporary, format="pdf", dpi=dpi, metadata=metadata)


def readable_name(model):
    """Write the name of a model in words: ``xception_compact`` -> ``Xception compact``."""
    if model in _NAMES:
        return _NAMES[model]
    return " ".join(
        BACKBONES[word].label if word in BACKBONES else word for word in str(model).split("_")
    )


def interval_text(symbol, value, low, high, unit="", digits=2):
    """Write a value with its interval: ``r = 0.76 [0.74, 0.78]``; "n/a" for NaN."""
    if not np.isfinite(value):
        return f"{symbol} = n/a"
    numbers = f"{value:.{digits}f}"
    if np.isfinite(low) and np.isfinite(high):
        numbers += f" [{low:.{digits}f}, {high:.{digits}f}]"
    # Symbol and unit may be mathtext, which sets its own minus signs.
    numbers = numbers.replace("-", "\N{MINUS SIGN}")
    return f"{symbol} = {numbers} {unit}".rstrip()


def nice_length(longest):
    """Return the largest of 1, 2, 5 x 10^k that is not above ``longest`` (> 0, or ValueError)."""
    if not longest > 0 or not np.isfinite(longest):
        raise ValueError(f"the longest scale bar must be a positive number, got {longest}")
    power = 10.0 ** np.floor(np.log10(longest))
    # The factor guards against 0.1 / 0.1 = 0.9999... after the logarithm.
    return float(max(step for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9)) * power)


def annotate(axes, text, loc="upper left", colour="black", size=7):
    """Write text into a corner of the axes."""
    box = AnchoredText(
        text, loc=loc, frameon=False, pad=0.15, borderpad=0.35, prop={"size": size, "color": colour}
    )
    axes.add_artist(box)
    return box


def draw_scale_bar(axes, length, label):
    """Draw a horizontal bar of known length into the lower left of an image, in white.

    ``length`` is in pixels of the image, which has y downwards; ``label`` says what it means, with
    its unit.
    """
    left, right = sorted(axes.get_xlim())
    low, high = sorted(axes.get_ylim())
    begin = left + 0.06 * (right - left)
    y = low + 0.92 * (high - low)
    (bar,) = axes.plot(
        [begin, begin + length], [y, y], color="white", linewidth=1.2, solid_capstyle="butt"
    )
    axes.annotate(
        label,
        (begin, y),
        xytext=(0, 1.5),
        textcoords="offset points",
        color="white",
        fontsize=6,
        ha="left",
        va="bottom",
    )
    return bar
