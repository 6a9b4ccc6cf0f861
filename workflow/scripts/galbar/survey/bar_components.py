"""Renders a bar and what belongs to it: barlens, ansae, dust lanes, lens and rings.

The broken exponential of generalised ellipses, which neither pyimfit nor GalSim has, is made here;
the other profiles are those of pyimfit.
"""

import numpy as np

from galbar.survey.light import add_image
from galbar.survey.population import BAR_END
from galbar.survey.profiles import stamp_profile
from galbar.survey.projection import project_ellipse, turned_coordinates

# Ansae lie this many of their standard deviations inside the bar's ends.
_ANSAE_INSET = 1.8
# Depth of dust in g, r, i over that in r.
_DUST_COLOUR = np.array([1.3, 1.0, 0.75], np.float32)[:, None, None]


def broken_exponential(m, inner_scale, outer_scale):
    """Return the brightness of a flat or exponential bar at ``m``, half the length being 1.

    It is 1 at 1/2 and `BAR_END` at 1, which places the break: exponentials of scale ``inner_scale``
    inside and ``outer_scale`` outside. ValueError if no break between 1/2 and 1 does that.
    """
    drop = np.log(1 / BAR_END)
    steepness = 1 / outer_scale - 1 / inner_scale
    if not 0.5 / inner_scale < drop < 0.5 / outer_scale:
        raise ValueError(f"no bar ends at its length with scales {inner_scale}, {outer_scale}")
    break_radius = (1 / outer_scale - 0.5 / inner_scale - drop) / steepness
    fall = (m - 0.5) * (1 / inner_scale) + np.maximum(m - break_radius, 0) * steepness
    return np.exp(-fall)


def ferrers_end(index):
    """Return where a bar (1 - m^2)^index vanishes, over half the length, and its central value.

    Half-way from the centre to the end the brightness is 1, and at the end `BAR_END`.
    """
    ratio = BAR_END ** (1 / index)
    # With s the inverse square of the result: 1 - s = ratio (1 - s / 4).
    inverse = (1 - ratio) / (1 - ratio / 4)
    return 1 / np.sqrt(inverse), (1 - inverse / 4) ** -index


def local_brightness(disc, centre, reach, angle):
    """Return the disc's brightness at a distance [px of ``disc``] along an angle [deg]."""
    x = round(centre[0] + reach * np.cos(np.deg2rad(angle)))
    y = round(centre[1] + reach * np.sin(np.deg2rad(angle)))
    ny, nx = disc.shape
    return float(disc[np.clip(y, 0, ny - 1), np.clip(x, 0, nx - 1)])


def add_lens(light, galaxy, disc, centre, scale):
    """Add the lens to ``light`` and to ``disc``, in place: it surrounds the bar."""
    lens = galaxy.lens
    stretch, angle, ratio = project_ellipse(
        lens.axis_ratio, lens.azimuth, galaxy.axis_ratio, galaxy.node
    )
    radius = lens.radius * stretch * scale
    amplitude = lens.strength * local_brightness(disc, centre, radius, angle)
    window, stamp = stamp_profile(
        disc.shape, "BrokenExponential", *centre, extent=1.7 * radius, subsampling=False,
        PA=angle, ell=1 - ratio, I_0=amplitude, h1=2.0 * radius, h2=lens.edge * radius,
        r_break=0.95 * radius, alpha=20 / radius,
    )  # fmt: skip
    add_image(light, stamp, lens.colour, window)
    disc[window] += stamp


def add_ring(light, galaxy, ring, disc, centre, scale):
    """Add an inner or outer ring to ``light``, in place."""
    stretch, angle, ratio = project_ellipse(
        ring.axis_ratio, ring.azimuth, galaxy.axis_ratio, galaxy.node
    )
    radius = ring.radius * stretch * scale
    window, stamp = stamp_profile(
        disc.shape, "GaussianRing", *centre, extent=1.5 * radius, subsampling=False, PA=angle,
        ell=1 - ratio, A=ring.strength * local_brightness(disc, centre, radius, angle),
        R_ring=radius, sigma_r=ring.width * scale,
    )  # fmt: skip
    add_image(light, stamp, ring.colour, window)


def add_bar(light, galaxy, disc, centre, scale):
    """Add the bar to ``light`` (3, ny, nx), in place, with all that shares its direction.

    ``disc`` (ny, nx) is the r light that surrounds it, ``centre`` and ``scale`` are as in
    `galbar.survey.components.render_components`.
    """
    bar = galaxy.bar
    half = bar.length / 2 * scale
    amplitude = bar.contrast * local_brightness(disc, centre, half / 2, bar.angle)
    if bar.barlens:
        _add_barlens(light, bar, amplitude, centre, scale)
    if bar.family == "ferrers":
        _add_ferrers(light, bar, amplitude, centre, half)
    reach = 1 + 5 * max(bar.outer_scale, bar.ansae_size)
    window, along, across = _bar_coordinates(light.shape[1:], bar.angle, centre, half, reach)
    image = np.zeros(along.shape, np.float32)
    if bar.family != "ferrers":
        exponent = 2 + bar.boxiness
        m = (np.abs(along) ** exponent + np.abs(across / bar.axis_ratio) ** exponent) ** (
            1 / exponent
        )
        softened = np.exp(across**2 * (-0.5 / (bar.softness * bar.axis_ratio) ** 2))
        image += amplitude * softened * broken_exponential(m, bar.inner_scale, bar.outer_scale)
    if bar.ansae:
        distance = np.abs(along) - (1 - _ANSAE_INSET * bar.ansae_size)
        image += (bar.ansae * amplitude) * np.exp(
            (distance**2 + across**2) * (-0.5 / bar.ansae_size**2)
        )
    add_image(light, image, bar.colour, window)
    if bar.dust:
        light[:, *window] *= 1 - _DUST_COLOUR * dust_lanes(along, across, bar)


def _bar_coordinates(shape, angle, centre, half, reach):
    """Return a window that holds ``reach`` halves of a bar, and coordinates in it in halves."""
    rows, columns = (
        slice(max(int(c - reach * half), 0), max(min(int(c + reach * half) + 2, side), 0))
        for c, side in zip(reversed(centre), shape, strict=True)
    )
    x = np.arange(columns.start, columns.stop, dtype=np.float32) - centre[0]
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - centre[1]
    along, across = turned_coordinates(x / half, y / half, angle)
    return (rows, columns), along, across


def dust_lanes(along, across, bar):
    """Return the share of r light that the lanes on both leading sides take away, 0 to 1."""
    ridge = bar.dust_side * np.sign(along) * (0.35 * bar.axis_ratio)
    ends = np.exp(-(((np.abs(along) - 0.5) / 0.35) ** 4))
    return bar.dust * ends * np.exp(-0.5 * ((across - ridge) / (0.25 * bar.axis_ratio)) ** 2)


def _add_ferrers(light, bar, amplitude, centre, half):
    vanish, middle = ferrers_end(bar.index)
    window, stamp = stamp_profile(
        light.shape[1:], "FerrersBar2D", *centre, extent=1.1 * vanish * half, subsampling=False,
        PA=bar.angle, ell=1 - bar.axis_ratio, c0=bar.boxiness, n=bar.index,
        I_0=amplitude * middle, a_bar=vanish * half,
    )  # fmt: skip
    add_image(light, stamp, bar.colour, window)


def _add_barlens(light, bar, amplitude, centre, scale):
    barlens = bar.barlens
    radius = barlens.radius * scale
    window, stamp = stamp_profile(
        light.shape[1:], "Sersic_GenEllipse", *centre, extent=4 * radius, subsampling=False,
        PA=barlens.angle, ell=1 - barlens.axis_ratio, c0=barlens.boxiness, n=barlens.index,
        I_e=barlens.strength * amplitude, r_e=radius,
    )  # fmt: skip
    add_image(light, stamp, bar.colour, window)
