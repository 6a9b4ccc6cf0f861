"""Renders a galaxy's components in the bands g, r, i (in this order everywhere), without noise.

Profiles are those of pyimfit; only the logarithmic spiral arms, which neither pyimfit nor GalSim
has, are made here. All bands share the shapes of the components; colours differ per component.
"""

import numpy as np

from galbar.survey.population import BAR_END
from galbar.survey.profiles import add_profile
from galbar.survey.projection import plane_coordinates

ZERO_POINT = 22.5
"""Magnitude of one nanomaggie, the flux unit of SDSS images."""


def band_fluxes(magnitude, colour):
    """Return fluxes in g, r, i [nanomaggies] for an r magnitude and colours (g - r, r - i)."""
    magnitudes = magnitude + np.array([colour[0], 0.0, -colour[1]])
    return 10 ** (0.4 * (ZERO_POINT - magnitudes))


def spiral_pattern(radius, azimuth, *, number, pitch, phase, width, handedness, start, end):
    """Compute the brightness pattern of logarithmic spiral arms, 0 to 1.

    The ridge of an arm follows ln(radius / start) = tan(pitch) x (azimuth - phase) x handedness; a
    cut across it is a von Mises profile in azimuth. Radii are in the plane of the disc, in one
    unit, ``azimuth`` [rad] is from the line of nodes; ``phase``, where the first arm begins, and
    ``pitch`` are in degrees, ``handedness`` is -1 or 1, and ``width`` the share (0 to 1) of the
    azimuth that the arms take at half their height.
    """
    begin = max(float(start), 1e-3)
    winding = np.log(np.maximum(radius, 1e-3) / begin) / np.tan(np.deg2rad(pitch))
    offset = number * (azimuth - np.deg2rad(phase) - handedness * winding)
    # Half the height at offset = pi x width: exp(k (cos(pi w) - 1)) = 1/2.
    steepness = np.log(2) / (1 - np.cos(np.pi * min(width, 1.0)))
    pattern = np.exp(steepness * (np.cos(offset) - 1))
    inside = 1 / (1 + np.exp(-(radius - start) / (0.06 * end)))
    outside = 1 / (1 + np.exp((radius - end) / (0.12 * end)))
    return pattern * inside * outside


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
    if galaxy.disc:
        disc = _draw_disc(galaxy, shape, centre, scale)
        if galaxy.kind == "edge_on":
            _add_edge_on(light, galaxy, disc, shape, centre, scale)
        else:
            _add_disc_and_pattern(light, galaxy, disc, centre, scale, rng)
    if galaxy.bulge:
        _add_bulge(light, galaxy, shape, centre, scale)
    if galaxy.companion:
        _add_companion(light, galaxy, shape, centre, scale)
    return light


def _add(light, image, flux, colour_of):
    """Add ``image``, scaled to a total r flux, in three bands."""
    total = float(image.sum())
    if total > 0:
        light += (flux / total) * colour_of[:, None, None] * image.astype(np.float32)


def _colours(colour):
    """Return the fluxes in g, r, i relative to r."""
    return band_fluxes(ZERO_POINT, colour).astype(np.float32)


def _flux(galaxy):
    return float(band_fluxes(galaxy.magnitude, (0.0, 0.0))[1])


def _draw_disc(galaxy, shape, centre, scale):
    """Draw the disc, normalised to a total of 1."""
    image = np.zeros(shape)
    disc = galaxy.disc
    if galaxy.kind == "edge_on":
        add_profile(
            image, "EdgeOnDisk", *centre, extent=6.5 * disc.inner_scale * scale, subsampling=False,
            PA=galaxy.node, L_0=1.0, h=disc.inner_scale * scale, n=2.0, z_0=disc.height * scale,
        )  # fmt: skip
    else:
        add_profile(
            image, "BrokenExponential", *centre, extent=160 * scale, subsampling=False,
            PA=galaxy.node, ell=1 - galaxy.axis_ratio, I_0=1.0, h1=disc.inner_scale * scale,
            h2=disc.outer_scale * scale, r_break=disc.break_radius * scale, alpha=0.25 / scale,
        )  # fmt: skip
    return image / image.sum()


def _add_edge_on(light, galaxy, disc, shape, centre, scale):
    """Add an edge-on disc with a dust lane: a thinner disc subtracted, more in blue light."""
    flux = _flux(galaxy) * galaxy.disc.fraction
    _add(light, disc, flux, _colours(galaxy.disc.colour))
    if galaxy.disc.dust > 0.02:
        lane = np.zeros(shape)
        add_profile(
            lane, "EdgeOnDisk", *centre, extent=4 * galaxy.disc.inner_scale * scale,
            subsampling=False, PA=galaxy.node, L_0=1.0, h=0.8 * galaxy.disc.inner_scale * scale,
            n=2.0, z_0=0.3 * galaxy.disc.height * scale,
        )  # fmt: skip
        lane *= min(galaxy.disc.dust, 0.8) / lane.max()
        depth = np.array([1.3, 1.0, 0.75], np.float32)[:, None, None]
        light *= np.maximum(1 - depth * lane.astype(np.float32), 0.1)


def _add_disc_and_pattern(light, galaxy, disc, centre, scale, rng):
    """Add disc, arms, ring and bar; the disc's brightness scales that of bar and ring."""
    flux = _flux(galaxy) * galaxy.disc.fraction
    y, x = np.indices(disc.shape, dtype=np.float32)
    radius, azimuth = plane_coordinates(
        x - centre[0], y - centre[1], galaxy.axis_ratio, galaxy.node
    )
    radius /= scale
    _add(light, disc, flux, _colours(galaxy.disc.colour))
    if galaxy.arms:
        _add_arms(light, galaxy, disc * flux, radius, azimuth, centre, scale, rng)
    if galaxy.ring:
        _add_ring(light, galaxy, disc * flux, centre, scale)
    if galaxy.bar:
        _add_bar(light, galaxy, disc * flux, centre, scale)


def _add_arms(light, galaxy, disc, radius, azimuth, centre, scale, rng):
    arms = galaxy.arms
    end = 1.35 * galaxy.disc.break_radius
    pattern = spiral_pattern(
        radius, azimuth, number=arms.number, pitch=arms.pitch, phase=arms.phase, width=arms.width,
        handedness=arms.handedness, start=arms.start, end=end,
    )  # fmt: skip
    image = arms.strength * pattern * disc
    light += _colours(arms.colour)[:, None, None] * image.astype(np.float32)
    # Knots of young stars lie on the arms: drawn as points where the arms are bright.
    share = np.cumsum((image + 0.02 * disc).ravel())
    pixels = np.searchsorted(share, share[-1] * rng.random(arms.knots))
    fluxes = 0.0012 * disc.sum() * rng.pareto(2.2, arms.knots).clip(0.2, 8)
    blue = _colours((arms.colour[0] - 0.2, arms.colour[1] - 0.1))
    for pixel, flux in zip(pixels, fluxes, strict=True):
        row, column = divmod(int(pixel), disc.shape[1])
        light[:, row, column] += flux * blue


def _local_brightness(disc, centre, reach, scale, angle):
    """Return the disc's brightness at a distance on the sky along a direction [per pixel]."""
    x = round(centre[0] + reach * scale * np.cos(np.deg2rad(angle)))
    y = round(centre[1] + reach * scale * np.sin(np.deg2rad(angle)))
    ny, nx = disc.shape
    return float(disc[np.clip(y, 0, ny - 1), np.clip(x, 0, nx - 1)])


def _add_ring(light, galaxy, disc, centre, scale):
    ring = galaxy.ring
    image = np.zeros(disc.shape)
    amplitude = ring.strength * _local_brightness(disc, centre, ring.radius, scale, galaxy.node)
    add_profile(
        image, "GaussianRing", *centre, extent=1.7 * ring.radius * scale, subsampling=False,
        PA=galaxy.node, ell=1 - galaxy.axis_ratio, A=amplitude, R_ring=ring.radius * scale,
        sigma_r=ring.width * scale,
    )  # fmt: skip
    light += _colours(ring.colour)[:, None, None] * image.astype(np.float32)


def _add_bar(light, galaxy, disc, centre, scale):
    """Add a bar that ends sharply at its length."""
    bar = galaxy.bar
    image = np.zeros(disc.shape)
    half = bar.length / 2 * scale
    amplitude = bar.contrast * _local_brightness(disc, centre, bar.length / 4, scale, bar.angle)
    if bar.shape == "flat":
        # Inside, it falls to 0.37 over its length; the steep break does the rest.
        add_profile(
            image,
            "FlatBar",
            *centre,
            extent=1.6 * half,
            subsampling=False,
            PA=bar.angle,
            ell=1 - bar.axis_ratio,
            deltaPA_max=30.0,
            I_0=1.5 * amplitude,
            h1=half,
            h2=0.06 * half,
            r_break=0.985 * half,
            alpha=60 / half,
        )
    else:
        # Intensity is (1 - m^2)^n, with m = 1 where the bar vanishes.
        vanish = half / np.sqrt(1 - BAR_END ** (1 / bar.index))
        add_profile(
            image,
            "FerrersBar2D",
            *centre,
            extent=1.1 * vanish,
            subsampling=False,
            PA=bar.angle,
            ell=1 - bar.axis_ratio,
            c0=bar.boxiness,
            n=bar.index,
            I_0=1.2 * amplitude,
            a_bar=vanish,
        )
    light += _colours(bar.colour)[:, None, None] * image.astype(np.float32)


def _add_bulge(light, galaxy, shape, centre, scale):
    bulge = galaxy.bulge
    image = np.zeros(shape)
    add_profile(
        image, "Sersic", *centre, extent=min(212, 9 * bulge.radius) * scale, PA=bulge.angle,
        ell=bulge.ellipticity, n=bulge.index, I_e=1.0, r_e=bulge.radius * scale,
    )  # fmt: skip
    _add(light, image, _flux(galaxy) * bulge.fraction, _colours(bulge.colour))


def _add_companion(light, galaxy, shape, centre, scale):
    companion = galaxy.companion
    turn = np.deg2rad(companion.direction)
    image = np.zeros(shape)
    add_profile(
        image, "Sersic", centre[0] + companion.separation * scale * np.cos(turn),
        centre[1] + companion.separation * scale * np.sin(turn),
        extent=7 * companion.radius * scale, PA=companion.angle, ell=1 - companion.axis_ratio,
        n=1.6, I_e=1.0, r_e=companion.radius * scale,
    )  # fmt: skip
    _add(light, image, companion.ratio * _flux(galaxy), _colours(companion.colour))
