"""Draws the bar of one galaxy and what belongs to it: barlens, ansae, lens, rings, dust lanes."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from galbar.survey.population import BAR_FAMILIES, Bar, Barlens, Lens, Ring
from galbar.survey.projection import project_ellipse
from galbar.survey.scales import PETRO_R90_PX, PIXELS_PER_LENGTH_SCALED


@dataclass(frozen=True)
class Host:
    """What of a disc galaxy decides on its bar.

    ``axis_ratio`` and ``node`` are the apparent disc's; ``deviate`` is the normal deviate of the
    physical size, ``stage`` that of the type (early types positive), ``old`` the excess in g - r,
    ``handedness`` that of `galbar.survey.population.Arms`, arms or not.
    """

    role: str
    axis_ratio: float
    node: float
    deviate: float
    stage: float
    old: float
    handedness: int


def earliness(stage):
    """Return the rank of a galaxy's type, 0 (latest) to 1 (earliest), from its normal deviate."""
    return float(ndtr(stage))


def draw_colour(rng, base, population, shift=0.0):
    """Draw colours (g - r, r - i), scattered together around ``base``, ``shift`` redder."""
    change = shift + population.colour_scatter * rng.standard_normal()
    # No population of stars is bluer than this.
    change = max(change, 0.08 - base[0])
    off_locus = population.colour_locus_scatter * rng.standard_normal()
    return (base[0] + change, base[1] + 0.45 * change + off_locus)


def _happens(rng, shares, stage):
    """Draw whether something is there, whose share goes from the latest to the earliest type."""
    return rng.random() < shares[0] + (shares[1] - shares[0]) * earliness(stage)


def draw_bar(rng, population, host):
    """Draw a bar, its projected length first: that is the one of known distribution."""
    length, contrast, plane_ratio = _draw_size(rng, population, host)
    azimuth = float(rng.uniform(0, 180))
    stretch, angle, axis_ratio = project_ellipse(plane_ratio, azimuth, host.axis_ratio, host.node)
    family = _draw_family(rng, population, host)
    inner_scale, outer_scale = _draw_scales(rng, family)
    reach = length / 2 / stretch
    ansae = family == "flat" and _happens(rng, population.ansae_share, host.stage)
    dusty = _happens(rng, population.dust_lane_share, host.stage)
    has_barlens = _happens(rng, population.barlens_share, host.stage)
    late = 1 - earliness(host.stage)
    return Bar(
        length=length,
        angle=angle,
        axis_ratio=axis_ratio,
        contrast=contrast,
        family=family,
        inner_scale=inner_scale,
        outer_scale=outer_scale,
        index=float(rng.uniform(1.2, 2.5)),
        boxiness=float(rng.uniform(0.0, 1.5)),
        softness=float(rng.uniform(0.5, 1.0)),
        reach=reach,
        azimuth=azimuth,
        colour=draw_colour(rng, population.colour_old, population, 0.6 * host.old - 0.10 * late),
        barlens=_draw_barlens(rng, host, azimuth, reach, plane_ratio) if has_barlens else None,
        ansae=float(rng.uniform(0.35, 1.0)) if ansae else 0.0,
        ansae_size=float(rng.uniform(0.06, 0.11)),
        dust=float(rng.uniform(0.1, 0.4)) if dusty else 0.0,
        # Arms trail, so that the disc turns against the sense in which they open.
        dust_side=-host.handedness,
    )


def _draw_size(rng, population, host):
    """Draw the projected length [px], the contrast, and the axis ratio in the plane."""
    r = population.bar_length_size_correlation if host.role == "catalogue" else 0.0
    t = population.bar_length_type_correlation
    rest = np.sqrt(1 - r * r - t * t) * rng.standard_normal()
    score = r * host.deviate + t * host.stage + rest
    scaled = population.bar_length_median * np.exp(population.bar_length_log_sd * score)
    median, log_sd, low, high = population.bar_axis_ratio
    q = population.bar_axis_ratio_length_correlation
    slimness = q * score + np.sqrt(1 - q * q) * rng.standard_normal()
    plane_ratio = float(np.clip(median * np.exp(log_sd * slimness), low, high))
    contrast = _draw_contrast(rng, population, host)
    weak = rng.random() < 2 * population.weak_share * (1 - earliness(host.stage))
    if host.role != "catalogue" and weak:
        contrast *= rng.uniform(population.weak_contrast, 1.0)
        scaled *= rng.uniform(population.weak_length, 1.0)
    scaled = float(np.clip(scaled, *population.bar_length_range))
    return PIXELS_PER_LENGTH_SCALED * scaled, contrast, plane_ratio


def _draw_contrast(rng, population, host):
    """Draw the contrast; in the catalogue from the part of its distribution that is seen."""
    median, log_sd = population.bar_contrast
    middle = np.log(median) + population.bar_contrast_type_slope * host.stage
    least = population.catalogue_contrast_least if host.role == "catalogue" else 0.0
    hidden = ndtr((np.log(least) - middle) / log_sd) if least > 0 else 0.0
    rank = hidden + (1 - hidden) * rng.random()
    return float(np.exp(middle + log_sd * ndtri(rank)))


def _draw_family(rng, population, host):
    slopes = np.array(population.bar_family_type_slopes)
    weights = np.array(population.bar_family_weights) * np.exp(slopes * host.stage)
    return str(rng.choice(BAR_FAMILIES, p=weights / weights.sum()))


def _draw_scales(rng, family):
    """Draw the exponential scales inside and outside the break, over half the length."""
    if family == "exponential":
        return float(rng.uniform(0.45, 0.8)), float(rng.uniform(0.12, 0.28))
    return float(1 / rng.uniform(0.1, 0.9)), float(rng.uniform(0.05, 0.14))


def _draw_barlens(rng, host, azimuth, reach, plane_ratio):
    """Draw a barlens: half to three fifths of the bar long, and rounder."""
    ratio = float(np.clip(plane_ratio * rng.uniform(1.8, 3.0), 0.4, 0.9))
    stretch, angle, axis_ratio = project_ellipse(ratio, azimuth, host.axis_ratio, host.node)
    return Barlens(
        radius=float(reach * stretch * rng.uniform(0.22, 0.36)),
        axis_ratio=axis_ratio,
        angle=angle,
        index=float(rng.uniform(0.5, 1.0)),
        boxiness=float(rng.uniform(0.0, 0.8)),
        strength=float(rng.uniform(0.4, 1.2)),
    )


def draw_lens(rng, population, host, bar):
    """Draw the lens that a bar fills along its major axis, or None."""
    if not _happens(rng, population.lens_share, host.stage):
        return None
    return Lens(
        radius=float(bar.reach * rng.uniform(0.95, 1.2)),
        axis_ratio=float(rng.uniform(0.7, 1.0)),
        azimuth=bar.azimuth,
        edge=float(rng.uniform(0.06, 0.2)),
        strength=float(rng.uniform(0.3, 1.3)),
        colour=draw_colour(rng, population.colour_disc, population, host.old + 0.1),
    )


def draw_rings(rng, population, host, bar):
    """Draw rings: an inner one at the bar's end and an outer one, or one in an unbarred disc."""
    if bar is None:
        radius = PETRO_R90_PX * rng.uniform(0.45, 0.8)
        return (_draw_ring(rng, population, host, radius),) if rng.random() < 0.06 else ()
    rings = []
    if _happens(rng, population.inner_ring_share, host.stage):
        # Round, or elongated along the bar.
        ratio, radius = rng.uniform(0.68, 1.0), bar.reach * rng.uniform(1.0, 1.15)
        rings.append(_draw_ring(rng, population, host, radius, ratio, bar.azimuth))
    if _happens(rng, population.outer_ring_share, host.stage):
        # Along the bar or across it (the types R2 and R1 of Buta & Combes 1996).
        azimuth = bar.azimuth + rng.choice([0.0, 90.0])
        ratio, radius = rng.uniform(0.8, 1.0), bar.reach * rng.uniform(1.9, 2.4)
        rings.append(_draw_ring(rng, population, host, radius, ratio, azimuth))
    return tuple(rings)


def _draw_ring(rng, population, host, radius, axis_ratio=1.0, azimuth=0.0):
    return Ring(
        radius=float(radius),
        width=float(radius * rng.uniform(0.07, 0.15)),
        strength=float(rng.uniform(0.3, 1.4)),
        colour=draw_colour(rng, population.colour_arms, population, 0.1 + host.old),
        axis_ratio=float(axis_ratio),
        azimuth=float(azimuth),
    )
