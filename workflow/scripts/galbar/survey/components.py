"""Renders a galaxy's components in the bands g, r, i (in this order everywhere), without noise.

Profiles are those of pyimfit; only the logarithmic spiral arms, which neither pyimfit nor GalSim
has, are made here. All bands share the shapes of the components; colours differ per component.
"""

import numpy as np

from galbar.survey.bar_components import add_bar, add_lens, add_ring
from galbar.survey.light import ZERO_POINT, add_flux, add_image, band_fluxes
from galbar.survey.profiles import stamp_profile
from galbar.survey.projection import plane_coordinates

# Half the side of the square that holds a disc and its patterns [px of the 424 px image].
_DISC_EXTENT = 160


def spiral_pattern(radius, azimuth, arms, end):
    """Compute the brightness pattern of logarithmic spiral arms, 0 to 1 before its modulations.

    The ridge of an arm follows ln(radius / start) = tan(pitch) x (azimuth - phase) x handedness; a
    cut across it is a von Mises profile in azimuth. Radii, of which ``end`` is where the arms end,
    are in the plane of the disc, in one unit, ``azimuth`` [rad] is from the line of nodes; of the
    ``arms``, ``phase``, where the first begins, and ``pitch`` are in degrees, ``handedness`` is -1
    or 1, and ``width`` the share (0 to 1) of the azimuth that they take at half their height.
    """
    begin = max(float(arms.start), 1e-3)
    winding = np.log(np.maximum(radius, 1e-3) / begin) / float(np.tan(np.deg2rad(arms.pitch)))
    phase = float(np.deg2rad(arms.phase))
    offset = arms.number * (azimuth - phase - arms.handedness * winding)
    # Half the height at offset = pi x width: exp(k (cos(pi w) - 1)) = 1/2.
    steepness = float(np.log(2) / (1 - np.cos(np.pi * min(arms.width, 1.0))))
    fading = np.maximum(winding, 0) * float(1 / np.deg2rad(arms.fade))
    pattern = np.exp(steepness * (np.cos(offset) - 1) - fading)
    pattern *= 1 + arms.lopsidedness * np.cos(azimuth - phase)
    # Patches are no arms of their own: they repeat along and across the ridges.
    pattern *= 1 + arms.patchiness * np.cos(4 * winding + azimuth)
    inside = 1 + np.exp((radius - arms.start) * (-1 / (0.06 * end)))
    outside = 1 + np.exp((radius - end) * (1 / (0.12 * end)))
    return pattern / (inside * outside)


def render_components(galaxy, shape, scale, rng):
    """Render a galaxy in g, r, i, (3, ny, nx) float32 [nanomaggies per pixel].

    ``shape`` is (ny, nx), ``scale`` the drawn pixels per pixel of the 424 px image, the unit of the
    galaxy's lengths; ``rng`` draws the knots in the arms.
    """
    light = np.zeros((3, *shape), np.float32)
    # The 424 px image's pixel centres are at integers, and so are these: edges coincide.
    centre = ((galaxy.x + 0.5) * scale - 0.5, (galaxy.y + 0.5) * scale - 0.5)
    if galaxy.kind == "artefact":
        return light
    if galaxy.kind == "edge_on":
        _add_edge_on(light, galaxy, centre, scale)
    elif galaxy.disc:
        _add_disc_and_pattern(light, galaxy, centre, scale, rng)
    if galaxy.bulge:
        _add_bulge(light, galaxy, centre, scale)
    if galaxy.companion:
        _add_companion(light, galaxy, centre, scale)
    return light


def _flux(galaxy):
    return float(band_fluxes(galaxy.magnitude, (0.0, 0.0))[1])


def _add_edge_on(light, galaxy, centre, scale):
    """Add an edge-on disc with a dust lane: a thinner disc subtracted, more in blue light."""
    disc = galaxy.disc
    window, image = stamp_profile(
        light.shape[1:], "EdgeOnDisk", *centre, extent=6.5 * disc.inner_scale * scale,
        subsampling=False, PA=galaxy.node, L_0=1.0, h=disc.inner_scale * scale, n=2.0,
        z_0=disc.height * scale,
    )  # fmt: skip
    add_flux(light, image, _flux(galaxy) * disc.fraction, disc.colour, window)
    if disc.dust > 0.02:
        window, lane = stamp_profile(
            light.shape[1:], "EdgeOnDisk", *centre, extent=4 * disc.inner_scale * scale,
            subsampling=False, PA=galaxy.node, L_0=1.0, h=0.8 * disc.inner_scale * scale, n=2.0,
            z_0=0.3 * disc.height * scale,
        )  # fmt: skip
        lane *= min(disc.dust, 0.8) / lane.max()
        depth = np.array([1.3, 1.0, 0.75], np.float32)[:, None, None]
        light[:, *window] *= np.maximum(1 - depth * lane.astype(np.float32), 0.1)


def _add_disc_and_pattern(light, galaxy, centre, scale, rng):
    """Add disc, lens, arms, rings and bar; the disc's brightness scales those of the others."""
    disc = galaxy.disc
    window, image = stamp_profile(
        light.shape[1:], "BrokenExponential", *centre, extent=_DISC_EXTENT * scale,
        subsampling=False, PA=galaxy.node, ell=1 - galaxy.axis_ratio, I_0=1.0,
        h1=disc.inner_scale * scale, h2=disc.outer_scale * scale,
        r_break=disc.break_radius * scale, alpha=0.25 / scale,
    )  # fmt: skip
    image = (image * (_flux(galaxy) * disc.fraction / image.sum())).astype(np.float32)
    # All that follows is drawn into the window of the disc alone.
    light = light[:, *window]
    centre = (centre[0] - window[1].start, centre[1] - window[0].start)
    add_image(light, image, disc.colour)
    if galaxy.arms:
        _add_arms(light, galaxy, image, centre, scale, rng)
    for ring in galaxy.rings:
        add_ring(light, galaxy, ring, image, centre, scale)
    if galaxy.lens:
        add_lens(light, galaxy, image, centre, scale)
    if galaxy.bar:
        add_bar(light, galaxy, image, centre, scale)


def _add_arms(light, galaxy, disc, centre, scale, rng):
    arms = galaxy.arms
    ny, nx = disc.shape
    x = (np.arange(nx, dtype=np.float32) - centre[0]) / scale
    y = (np.arange(ny, dtype=np.float32)[:, None] - centre[1]) / scale
    radius, azimuth = plane_coordinates(x, y, galaxy.axis_ratio, galaxy.node)
    image = spiral_pattern(radius, azimuth, arms, 1.35 * galaxy.disc.break_radius)
    image *= arms.strength * disc
    add_image(light, image, arms.colour)
    # Knots of young stars lie on the arms: drawn as points where the arms are bright.
    share = np.cumsum((image + 0.02 * disc).ravel(), dtype=np.float64)
    pixels = np.searchsorted(share, share[-1] * rng.random(arms.knots))
    fluxes = 0.0012 * disc.sum() * rng.pareto(2.2, arms.knots).clip(0.2, 8)
    blue = band_fluxes(ZERO_POINT, (arms.colour[0] - 0.2, arms.colour[1] - 0.1))
    for pixel, flux in zip(pixels, fluxes, strict=True):
        row, column = divmod(int(pixel), nx)
        light[:, row, column] += flux * blue


def _add_bulge(light, galaxy, centre, scale):
    bulge = galaxy.bulge
    window, image = stamp_profile(
        light.shape[1:], "Sersic", *centre, extent=min(212, 9 * bulge.radius) * scale,
        PA=bulge.angle, ell=bulge.ellipticity, n=bulge.index, I_e=1.0, r_e=bulge.radius * scale,
    )  # fmt: skip
    add_flux(light, image, _flux(galaxy) * bulge.fraction, bulge.colour, window)


def _add_companion(light, galaxy, centre, scale):
    companion = galaxy.companion
    turn = np.deg2rad(companion.direction)
    window, image = stamp_profile(
        light.shape[1:], "Sersic", centre[0] + companion.separation * scale * np.cos(turn),
        centre[1] + companion.separation * scale * np.sin(turn),
        extent=7 * companion.radius * scale, PA=companion.angle, ell=1 - companion.axis_ratio,
        n=1.6, I_e=1.0, r_e=companion.radius * scale,
    )  # fmt: skip
    add_flux(light, image, companion.ratio * _flux(galaxy), companion.colour, window)
