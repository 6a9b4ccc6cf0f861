"""Draws one galaxy of the simulated survey from its population."""

from dataclasses import replace

import numpy as np
from scipy.special import betainc, ndtri

from galbar.survey.draw_bar import Host, draw_bar, draw_colour, draw_lens, draw_rings, earliness
from galbar.survey.population import KINDS, Arms, Bulge, Companion, Disc, Galaxy, Ring
from galbar.survey.scales import PETRO_R90_PX, physical_size


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
    colour = draw_colour(
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
    colour = draw_colour(rng, population.colour_disc, population, 0.15 * rng.standard_normal())
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
        colour=draw_colour(rng, population.colour_old, population),
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
        colour = draw_colour(rng, population.colour_arms, population)
        changes |= {
            "rings": (Ring(radius, 0.13 * radius, rng.uniform(2.0, 4.0), colour),),
            "arms": None,
        }
    elif odd in ("disturbed", "merger"):
        colour = draw_colour(rng, population.colour_arms, population)
        changes["arms"] = Arms(
            1, rng.uniform(25, 45), rng.uniform(0.8, 2.0), 15.0, rng.uniform(0, 360), 0.5,
            int(rng.choice([-1, 1])), 10, colour,
        )  # fmt: skip
    else:
        colour = draw_colour(rng, population.colour_arms, population)
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
        colour=draw_colour(rng, population.colour_disc, population, rng.uniform(-0.1, 0.25)),
    )


def _draw_disc_galaxy(rng, role, population, barred, scale):
    redshift, petror90, deviate = scale
    position = _draw_position(rng, population)
    outer = _draw_outer_radius(rng, population)
    axis_ratio = _draw_disc_axis_ratio(rng, role, population)
    stage = rng.standard_normal()
    old = _draw_age(rng, population, stage)
    handedness = int(rng.choice([-1, 1]))
    host = Host(
        role=role,
        axis_ratio=axis_ratio,
        node=position["node"],
        deviate=deviate,
        stage=stage,
        old=old,
        handedness=handedness,
    )
    bar = draw_bar(rng, population, host) if barred else None
    lens = draw_lens(rng, population, host, bar) if bar else None
    rings = draw_rings(rng, population, host, bar)
    disc, bulge = _draw_disc_and_bulge(rng, population, host, outer, bar)
    return Galaxy(
        kind="disc",
        petror90=petror90,
        redshift=redshift,
        magnitude=_magnitude(rng, population.brightness_disc, petror90, 2.4),
        axis_ratio=axis_ratio,
        disc=disc,
        bulge=bulge,
        bar=bar,
        lens=lens,
        rings=rings,
        arms=_draw_arms(rng, population, host, bar),
        **position,
    )


def _draw_age(rng, population, stage):
    """Draw how much redder than the mean a galaxy is in g - r; early types are."""
    r = population.type_colour_correlation
    scatter = r * stage + np.sqrt(1 - r * r) * rng.standard_normal()
    young = rng.random() < 2 * population.young_share * (1 - earliness(stage))
    return population.type_colour_sd * scatter - population.young_shift * young


def _draw_disc_and_bulge(rng, population, host, outer, bar):
    median, log_sd, low, high = population.bulge_fraction
    r = population.bulge_type_correlation
    score = r * host.stage + np.sqrt(1 - r * r) * rng.standard_normal()
    fraction = float(np.clip(median * np.exp(log_sd * score), low, high))
    # Barred discs are flat as far as the bar reaches and fall steeply behind (Freeman type II).
    edge = outer * rng.uniform(0.80, 1.45)
    if bar:
        edge = max(edge, bar.reach * rng.uniform(1.05, 1.4))
    disc = Disc(
        fraction=1 - fraction,
        inner_scale=outer * rng.uniform(0.28, 0.52) * (1.15 if bar else 1.0),
        outer_scale=outer * rng.uniform(0.18, 0.32),
        break_radius=edge,
        colour=draw_colour(rng, population.colour_disc, population, host.old),
    )
    # Classical bulges of early types, compact pseudo-bulges of late ones.
    early = earliness(host.stage)
    bulge = Bulge(
        fraction=fraction,
        radius=outer * rng.uniform(0.035 + 0.02 * early, 0.09 + 0.04 * early),
        index=float(rng.uniform(0.8 + 0.6 * early, 1.8 + 1.8 * early)),
        ellipticity=float(min(0.35 * (1 - host.axis_ratio), 0.5)),
        angle=host.node,
        colour=draw_colour(rng, population.colour_old, population, 0.5 * host.old),
    )
    return disc, bulge


def _draw_disc_axis_ratio(rng, role, population):
    """Draw the apparent axis ratio of a randomly oriented disc of finite thickness."""
    lowest = 0.5 if role == "catalogue" else 0.22
    cosine = rng.uniform(lowest, 1.0)
    thickness = population.disc_thickness
    return float(np.sqrt(cosine**2 * (1 - thickness**2) + thickness**2))


def _draw_arms(rng, population, host, bar):
    """Draw spiral arms; in a barred galaxy most start at the ends of the bar, some beside them."""
    late = 1 - earliness(host.stage)
    if rng.random() > 0.45 + 0.5 * late:
        return None
    pitch = float(np.clip(rng.normal(15 + 8 * late, 6), 7, 40))
    number = (
        2
        if bar and rng.random() < 0.85
        else int(rng.choice([2, 3, 4, 5], p=[0.6, 0.2, 0.12, 0.08]))
    )
    start = bar.reach * rng.uniform(0.88, 1.08) if bar else PETRO_R90_PX * rng.uniform(0.1, 0.3)
    phase = rng.uniform(0, 360)
    if bar:
        offset = 30.0 if rng.random() < 0.25 else 4.0
        phase = bar.azimuth + offset * rng.standard_normal()
    return Arms(
        number=number,
        pitch=pitch,
        strength=float(rng.gamma(3.0, 0.28 + 0.25 * late)),
        start=float(start),
        phase=float(phase),
        width=float(rng.uniform(0.22, 0.45)),
        handedness=host.handedness,
        knots=int(rng.poisson(2 + 16 * late)),
        colour=draw_colour(rng, population.colour_arms, population, host.old),
        fade=float(rng.uniform(100, 500)),
        lopsidedness=float(rng.uniform(0.0, 0.5)),
        patchiness=float(rng.uniform(0.0, 0.7)),
    )
