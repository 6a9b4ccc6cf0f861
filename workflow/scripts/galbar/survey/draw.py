"""Draws one galaxy of the simulated survey from its population."""

from dataclasses import replace

import numpy as np
from scipy.special import betainc, ndtri

from galbar.survey.population import KINDS, Arms, Bar, Bulge, Companion, Disc, Galaxy, Ring
from galbar.survey.projection import project_ellipse
from galbar.survey.scales import PETRO_R90_PX, PIXELS_PER_LENGTH_SCALED, physical_size


def draw_galaxy(rng, role, population):
    """Draw one galaxy, from its own generator.

    ``role`` is "training", "test" or "catalogue", else ValueError. Catalogue galaxies are barred
    discs seen moderately face-on, with the catalogue's distribution of lengths.
    """
    if role not in ("training", "test", "catalogue"):
        raise ValueError(f"role is {role!r}, expected 'training', 'test' or 'catalogue'")
    kind = "disc" if role == "catalogue" else rng.choice(KINDS, p=population.kind_shares)
    barred = kind == "disc" and (role == "catalogue" or rng.random() < population.barred_share)
    scale = _draw_scale(rng, role, kind, population)
    if kind == "disc":
        return _draw_disc_galaxy(rng, role, population, barred, scale)
    if kind == "edge_on":
        return _draw_edge_on(rng, population, scale)
    if kind == "odd":
        return _draw_odd(rng, population, scale)
    if kind == "artefact":
        return _draw_star(rng, population, scale)
    return _draw_smooth(rng, population, scale)


def _draw_scale(rng, role, kind, population):
    """Draw redshift, petroR90 [arcsec] and the normal deviate of the physical size."""
    redshift = max(population.redshift_max * rng.beta(*population.redshift_beta), 0.003)
    deviate = rng.standard_normal()
    if role == "catalogue":
        # A Gaussian copula in redshift and size; the angular size follows from both.
        share = redshift / population.redshift_max
        rank = ndtri(betainc(*population.redshift_beta, share))
        r = population.size_redshift_correlation
        deviate = r * np.clip(rank, -3, 3) + np.sqrt(1 - r * r) * deviate
        mean, sd = population.size_root
        size = max(mean + sd * deviate, 1.0) ** 2
        petror90 = size / float(physical_size(1.0, redshift))
    else:
        near = kind == "disc"
        median = population.petror90_median_disc if near else population.petror90_median
        petror90 = median * np.exp(population.petror90_log_sd * deviate)
    return redshift, float(np.clip(petror90, *population.petror90_range)), deviate


def _colour(rng, base, population, shift=0.0):
    """Draw colours (g - r, r - i), scattered together around ``base``, ``shift`` redder."""
    change = shift + population.colour_scatter * rng.standard_normal()
    # No population of stars is bluer than this.
    change = max(change, 0.08 - base[0])
    return (base[0] + change, base[1] + 0.45 * change)


def _magnitude(rng, brightness, petror90, concentration):
    """Draw the total r magnitude from the mean surface brightness within the half-light radius."""
    radius = petror90 / concentration
    mean = brightness[0] + brightness[1] * rng.standard_normal()
    return float(mean - 2.5 * np.log10(2 * np.pi * radius**2))


def _draw_position(rng, population):
    centre = 211.5 + population.centring * rng.standard_normal(2)
    return {"x": float(centre[0]), "y": float(centre[1]), "node": float(rng.uniform(0, 180))}


def _draw_outer_radius(rng, population):
    """Draw the true extent of a galaxy whose petroR90 was measured as 50 px [px]."""
    spread = np.exp(population.extent_log_sd * rng.standard_normal())
    return PETRO_R90_PX * population.extent_median * spread


def _draw_smooth(rng, population, scale):
    redshift, petror90, _ = scale
    colour = _colour(
        rng, population.colour_old, population, rng.choice([0.0, -0.35], p=[0.80, 0.20])
    )
    axis_ratio = float(np.clip(1 - rng.beta(1.4, 3.0), 0.35, 1.0))
    position = _draw_position(rng, population)
    outer = _draw_outer_radius(rng, population)
    bulge = Bulge(
        fraction=1.0,
        radius=outer / rng.uniform(1.35, 1.8),
        index=float(rng.uniform(2.4, 4.6)),
        ellipticity=1 - axis_ratio,
        angle=position["node"],
        colour=colour,
    )
    magnitude = _magnitude(rng, population.brightness_smooth, petror90, 2.9)
    return Galaxy(
        kind="smooth",
        petror90=petror90,
        redshift=redshift,
        magnitude=magnitude,
        axis_ratio=axis_ratio,
        bulge=bulge,
        **position,
    )


def _draw_star(rng, population, scale):
    """Draw a star that the survey's software took for a galaxy."""
    redshift, petror90, _ = scale
    return Galaxy(
        kind="artefact",
        petror90=petror90,
        redshift=redshift,
        magnitude=float(rng.uniform(12.0, 16.0)),
        axis_ratio=1.0,
        **_draw_position(rng, population),
    )


def _draw_edge_on(rng, population, scale):
    redshift, petror90, _ = scale
    position = _draw_position(rng, population)
    outer = _draw_outer_radius(rng, population)
    bulge_fraction = float(np.clip(rng.beta(1.4, 5.0), 0.10, 0.6))
    colour = _colour(rng, population.colour_disc, population, 0.15 * rng.standard_normal())
    disc = Disc(
        fraction=1 - bulge_fraction,
        inner_scale=outer * rng.uniform(0.45, 0.62),
        outer_scale=0.0,
        break_radius=0.0,
        colour=colour,
        height=outer * rng.uniform(0.05, 0.13),
        dust=float(max(rng.normal(0.0, 0.25), 0.0)),
    )
    bulge = Bulge(
        fraction=bulge_fraction,
        radius=outer * rng.uniform(0.07, 0.14),
        index=float(rng.uniform(1.0, 3.0)),
        ellipticity=float(rng.uniform(0.1, 0.4)),
        angle=position["node"],
        colour=_colour(rng, population.colour_old, population),
    )
    return Galaxy(
        kind="edge_on",
        petror90=petror90,
        redshift=redshift,
        magnitude=_magnitude(rng, population.brightness_disc, petror90, 2.9),
        axis_ratio=population.disc_thickness,
        disc=disc,
        bulge=bulge,
        **position,
    )


def _draw_odd(rng, population, scale):
    """Draw a disturbed, irregular or merging galaxy, or one with a bright ring."""
    odd = str(rng.choice(["merger", "disturbed", "irregular", "ring"], p=[0.4, 0.25, 0.2, 0.15]))
    galaxy = _draw_disc_galaxy(rng, "training", population, False, scale)
    changes = {"kind": "odd", "odd": odd}
    if odd == "merger":
        changes["companion"] = _draw_companion(rng, population)
    if odd == "ring":
        radius = PETRO_R90_PX * rng.uniform(0.6, 0.9)
        colour = _colour(rng, population.colour_arms, population)
        changes |= {
            "ring": Ring(radius, 0.13 * radius, rng.uniform(2.0, 4.0), colour),
            "arms": None,
        }
    elif odd in ("disturbed", "merger"):
        colour = _colour(rng, population.colour_arms, population)
        changes["arms"] = Arms(
            1, rng.uniform(25, 45), rng.uniform(0.8, 2.0), 15.0, rng.uniform(0, 360), 0.5,
            int(rng.choice([-1, 1])), 10, colour,
        )  # fmt: skip
    else:
        colour = _colour(rng, population.colour_arms, population)
        changes["arms"] = Arms(1, 60.0, 0.6, 0.0, rng.uniform(0, 360), 1.5, 1, 25, colour)
    return replace(galaxy, **changes)


def _draw_companion(rng, population):
    return Companion(
        separation=float(PETRO_R90_PX * rng.uniform(0.4, 1.4)),
        direction=float(rng.uniform(0, 360)),
        ratio=float(rng.uniform(0.25, 1.0)),
        radius=float(PETRO_R90_PX * rng.uniform(0.2, 0.4)),
        axis_ratio=float(rng.uniform(0.35, 1.0)),
        angle=float(rng.uniform(0, 180)),
        colour=_colour(rng, population.colour_disc, population, rng.uniform(-0.1, 0.25)),
    )


def _draw_disc_galaxy(rng, role, population, barred, scale):
    redshift, petror90, deviate = scale
    position = _draw_position(rng, population)
    outer = _draw_outer_radius(rng, population)
    axis_ratio = _draw_disc_axis_ratio(rng, role, population)
    # Bulge, bar, disc and arms of one galaxy are redder or bluer together.
    old = 0.16 * rng.standard_normal() - population.young_shift * (
        rng.random() < population.young_share
    )
    bar = None
    if barred:
        bar = _draw_bar(rng, role, population, axis_ratio, position["node"], deviate, old)
    reach = bar.reach if bar else 0.0
    bulge_fraction = float(np.clip(rng.beta(1.6, 9.5), 0.08, 0.5))
    # Barred discs are flat as far as the bar reaches and fall steeply behind (Freeman type II).
    edge = max(outer * rng.uniform(1.12, 1.5), reach * rng.uniform(1.1, 1.35))
    disc = Disc(
        fraction=1 - bulge_fraction,
        inner_scale=outer * rng.uniform(0.50, 0.78) * (1.15 if barred else 1.0),
        outer_scale=outer * rng.uniform(0.18, 0.30),
        break_radius=edge,
        colour=_colour(rng, population.colour_disc, population, old),
    )
    bulge = Bulge(
        fraction=bulge_fraction,
        radius=outer * rng.uniform(0.05, 0.12),
        index=float(rng.uniform(1.2, 3.2)),
        ellipticity=float(min(0.35 * (1 - axis_ratio), 0.5)),
        angle=position["node"],
        colour=_colour(rng, population.colour_old, population, 0.5 * old),
    )
    return Galaxy(
        kind="disc",
        petror90=petror90,
        redshift=redshift,
        magnitude=_magnitude(rng, population.brightness_disc, petror90, 2.4),
        axis_ratio=axis_ratio,
        disc=disc,
        bulge=bulge,
        bar=bar,
        ring=_draw_ring(rng, population, bar, old),
        arms=_draw_arms(rng, population, bar, position["node"], axis_ratio, old),
        **position,
    )


def _draw_disc_axis_ratio(rng, role, population):
    """Draw the apparent axis ratio of a randomly oriented disc of finite thickness."""
    lowest = 0.5 if role == "catalogue" else 0.22
    cosine = rng.uniform(lowest, 1.0)
    thickness = population.disc_thickness
    return float(np.sqrt(cosine**2 * (1 - thickness**2) + thickness**2))


def _draw_bar(rng, role, population, axis_ratio, node, deviate, old):
    """Draw a bar, its projected length first: that is the one of known distribution."""
    r = population.bar_length_size_correlation if role == "catalogue" else 0.0
    score = r * deviate + np.sqrt(1 - r * r) * rng.standard_normal()
    scaled = population.bar_length_median * np.exp(population.bar_length_log_sd * score)
    contrast = population.bar_contrast[0] * np.exp(
        population.bar_contrast[1] * rng.standard_normal()
    )
    if role != "catalogue" and rng.random() < population.weak_share:
        contrast *= rng.uniform(population.weak_contrast, 1.0)
        scaled *= rng.uniform(population.weak_length, 1.0)
    length = PIXELS_PER_LENGTH_SCALED * float(np.clip(scaled, *population.bar_length_range))
    mean, sd, low, high = population.bar_axis_ratio
    true_ratio = float(np.clip(mean + sd * rng.standard_normal(), low, high))
    azimuth = rng.uniform(0, 180)
    stretch, angle, ratio = project_ellipse(true_ratio, azimuth, axis_ratio, node)
    # The flat bar is made for slender ones: its minor axis falls off exponentially.
    flat = ratio < 0.32 and rng.random() < 0.4
    return Bar(
        length=length,
        angle=angle,
        axis_ratio=ratio,
        contrast=float(contrast),
        shape="flat" if flat else "ferrers",
        index=float(rng.uniform(0.5, 1.0)),
        boxiness=float(rng.uniform(0.0, 1.2)),
        reach=length / 2 / stretch,
        azimuth=float(azimuth),
        colour=_colour(rng, population.colour_old, population, 0.5 * old),
    )


def _draw_ring(rng, population, bar, old):
    """Draw an inner ring at the bar's end, or occasionally one in an unbarred disc."""
    if rng.random() > (0.22 if bar else 0.06):
        return None
    radius = bar.reach * rng.uniform(1.0, 1.2) if bar else PETRO_R90_PX * rng.uniform(0.45, 0.8)
    return Ring(
        radius=float(radius),
        width=float(radius * rng.uniform(0.07, 0.15)),
        strength=float(rng.uniform(0.5, 1.6)),
        colour=_colour(rng, population.colour_arms, population, 0.1 + old),
    )


def _draw_arms(rng, population, bar, node, axis_ratio, old):
    """Draw spiral arms; in a barred galaxy they start at the ends of the bar."""
    if rng.random() > (0.75 if bar else 0.7):
        return None
    pitch = float(np.clip(rng.normal(19, 7), 7, 40))
    number = (
        2
        if bar and rng.random() < 0.85
        else int(rng.choice([2, 3, 4, 5], p=[0.6, 0.2, 0.12, 0.08]))
    )
    start = bar.reach * 0.95 if bar else PETRO_R90_PX * rng.uniform(0.1, 0.3)
    return Arms(
        number=number,
        pitch=pitch,
        strength=float(rng.gamma(4.0, 0.3)),
        start=float(start),
        phase=float(bar.azimuth if bar else rng.uniform(0, 360)),
        width=float(rng.uniform(0.22, 0.45)),
        handedness=int(rng.choice([-1, 1])),
        knots=int(rng.poisson(10)),
        colour=_colour(rng, population.colour_arms, population, old),
    )
