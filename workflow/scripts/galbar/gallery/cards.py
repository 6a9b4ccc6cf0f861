"""Galaxies as HTML, for the first view and where there is no JavaScript.

What is drawn here of a galaxy the page draws in the same way (page/draw.js): a picture of SVG in
pixels of the 424 px image, so that lengths of the table need no conversion.
"""

import html
import math

# Where the length is known in several units, the first that is known.
_UNITS = {"length_kpc_h": "kpc/h", "length_arcsec": "\N{DOUBLE PRIME}", "length_px": " px"}


def card(row, view, prefix):
    """Return a galaxy as an item of a list.

    Parameters
    ----------
    row : dict, of `galbar.gallery.rows.gallery_rows`
    view : galbar.gallery.view.View
    prefix : str, of the addresses of the sheets
    """
    name = html.escape(row["id"])
    return (
        f'<li class="card"><div class="picture">{picture(row, view, prefix)}</div>'
        f'<div class="name" title="{name}">{name}</div>'
        f'<div class="length">{html.escape(length_text(row))}</div></li>'
    )


def length_text(row):
    """Return the length of a galaxy with its 68 % interval, in the best unit that is known."""
    for column, unit in _UNITS.items():
        length = row.get(column, math.nan)
        if not math.isfinite(length):
            continue
        space = "" if unit.startswith(("\N{DOUBLE PRIME}", " ")) else " "
        ends = [row.get(f"length_px_{end}", math.nan) for end in ("low68", "high68")]
        text = f"{_significant(length)}{space}{unit}"
        if not all(map(math.isfinite, ends)):
            return text
        low, high = (end * length / row["length_px"] for end in ends)
        return f"{text} ({_significant(low)} \N{EN DASH} {_significant(high)})"
    return "not measurable"


def _significant(value):
    """Write a number with three significant digits, the last zeros included: "11.0"."""
    text = f"{value:#.3g}".rstrip(".")
    return f"{value:.3g}" if "e" in text else text


def picture(row, view, prefix):
    """Return the picture of a galaxy with its bar and a scale bar, as SVG."""
    side = view.side * view.scale
    column, line = row["_cell"] % view.across, row["_cell"] // view.across
    size = view.across * view.cell * view.scale
    left, top = (-(number * view.cell + view.pad) * view.scale for number in (column, line))
    label = html.escape(f"galaxy {row['id']}, bar {length_text(row)}")
    parts = [
        f'<svg viewBox="0 0 {side:.6g} {side:.6g}" role="img" aria-label="{label}">',
        f'<image href="{prefix}{row["_sheet"]}.jpg" x="{left:.6g}" y="{top:.6g}" '
        f'width="{size:.6g}" height="{size:.6g}" preserveAspectRatio="none"/>',
        _bar(row, view),
        _scale(row, side),
        _compass(side) if row["_north"] else "",
        "</svg>",
    ]
    return "".join(parts)


def _bar(row, view):
    """Return the calibrated length about the middle of the image, its interval thick."""
    length, angle = row.get("length_px", math.nan), row.get("angle", math.nan)
    if not (math.isfinite(length) and math.isfinite(angle)):
        return ""
    turned = f'transform="translate({view.centre:.6g} {view.centre:.6g}) rotate({angle:.5g})"'
    low, high = (row.get(f"length_px_{end}", math.nan) for end in ("low68", "high68"))
    interval = ""
    if math.isfinite(low) and math.isfinite(high):
        path = f"M{-high / 2:.5g} 0H{-low / 2:.5g}M{low / 2:.5g} 0H{high / 2:.5g}"
        interval = f'<path class="interval" d="{path}"/>'
    tick = 0.025 * view.side * view.scale
    ends = "".join(f"M{end:.5g} {-tick:.5g}V{tick:.5g}" for end in (-length / 2, length / 2))
    line = f"M{-length / 2:.5g} 0H{length / 2:.5g}"
    return (
        f'<g class="bar" {turned}>{interval}<path class="line" d="{line}"/>'
        f'<path class="ends" d="{ends}"/></g>'
    )


def _scale(row, side):
    """Return a scale bar of a round length with its text, in the lower left corner."""
    left, bottom = 0.05 * side, 0.94 * side
    return (
        f'<path class="scale" d="M{left:.5g} {bottom:.5g}h{row["_scale"]:.5g}"/>'
        f'<text x="{left:.5g}" y="{bottom - 0.025 * side:.5g}" font-size="{0.075 * side:.5g}">'
        f"{html.escape(row['_scale_text'])}</text>"
    )


def _compass(side):
    """Return arrows to the north and the east, in the lower right corner."""
    x, arm, head, size = 0.94 * side, 0.108 * side, 0.018 * side, 0.06 * side
    path = (
        f"M{x:.5g} {x:.5g}v{-arm:.5g}m{-head:.5g} {head:.5g}l{head:.5g} {-head:.5g}"
        f"l{head:.5g} {head:.5g}M{x:.5g} {x:.5g}h{-arm:.5g}m{head:.5g} {-head:.5g}"
        f"l{-head:.5g} {head:.5g}l{head:.5g} {head:.5g}"
    )
    near = x - arm - 0.02 * side
    return (
        f'<g class="compass"><path d="{path}"/>'
        f'<text x="{x:.5g}" y="{near:.5g}" font-size="{size:.5g}" text-anchor="middle">N</text>'
        f'<text x="{near:.5g}" y="{x + 0.02 * side:.5g}" font-size="{size:.5g}" '
        f'text-anchor="end">E</text></g>'
    )
