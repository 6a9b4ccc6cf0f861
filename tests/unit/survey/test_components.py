"""Light of the simulated galaxies: profiles, components, bars of the length they have."""

from dataclasses import replace

import numpy as np
import pytest

from galbar.survey import surroundings
from galbar.survey.bar_components import broken_exponential, dust_lanes
from galbar.survey.components import render_components, spiral_pattern
from galbar.survey.light import add_flux, band_fluxes
from galbar.survey.population import (
    BAR_END,
    BAR_FAMILIES,
    Arms,
    Bar,
    Barlens,
    Bulge,
    Disc,
    Galaxy,
    Lens,
    Ring,
)
from galbar.survey.profiles import add_profile, draw_profile, stamp_profile
from galbar.survey.projection import plane_coordinates
from galbar.survey.surroundings import add_bright_star, add_field, add_point

SCALE = 0.8
SHAPE = (340, 340)


def galaxy_with_bar(family="ferrers", angle=30.0, length=60.0, **changes):
    scales = (0.5, 0.2) if family == "exponential" else (3.0, 0.1)
    bar = Bar(
        length=length, angle=angle, axis_ratio=0.25, contrast=3.0, family=family,
        inner_scale=scales[0], outer_scale=scales[1], index=1.0, boxiness=0.3, softness=0.7,
        reach=length / 2, azimuth=angle, colour=(0.8, 0.4),
    )  # fmt: skip
    disc = Disc(0.9, 40.0, 10.0, 50.0, (0.5, 0.25))
    bulge = Bulge(0.1, 5.0, 1.5, 0.0, 0.0, (0.8, 0.4))
    return Galaxy(
        kind="disc", petror90=10.0, redshift=0.03, magnitude=15.0, axis_ratio=1.0, node=0.0,
        x=211.5, y=211.5, disc=disc, bulge=bulge, bar=replace(bar, **changes),
    )  # fmt: skip


def light_of(galaxy):
    return render_components(galaxy, SHAPE, SCALE, np.random.default_rng(0))


def bar_alone(galaxy):
    return (light_of(galaxy) - light_of(replace(galaxy, bar=None)))[1]


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 145.0])
def test_profile_turns_from_x_towards_y(angle):
    image = draw_profile(
        "FerrersBar2D",
        (101, 121),
        60.0,
        50.0,
        PA=angle,
        ell=0.7,
        c0=0.0,
        n=0.5,
        I_0=1.0,
        a_bar=35.0,
    )
    y, x = np.indices(image.shape)
    weight = image / image.sum()
    cx, cy = (weight * x).sum(), (weight * y).sum()
    assert (cx, cy) == (pytest.approx(60, abs=0.05), pytest.approx(50, abs=0.05))
    xx, yy = (weight * (x - cx) ** 2).sum(), (weight * (y - cy) ** 2).sum()
    xy = (weight * (x - cx) * (y - cy)).sum()
    turn = np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)) - angle
    assert (turn + 90) % 180 - 90 == pytest.approx(0, abs=0.3)


def test_unknown_parameter_is_refused():
    with pytest.raises(ValueError, match="Exponential has the parameters"):
        draw_profile("Exponential", (20, 20), 10, 10, PA=0.0, ell=0.0, I_0=1.0, scale=3.0)


def test_profile_on_a_part_equals_the_whole():
    settings = {"PA": 20.0, "ell": 0.4, "I_0": 2.0, "h": 3.0}
    whole = draw_profile("Exponential", (90, 100), 20.3, 70.6, **settings)
    part = np.zeros((90, 100))
    add_profile(part, "Exponential", 20.3, 70.6, extent=30, **settings)
    inside = part > 0
    np.testing.assert_allclose(part[inside], whole[inside], rtol=1e-10)
    assert inside[45:85, :48].all()


def test_a_stamp_is_in_its_window():
    settings = {"PA": 20.0, "ell": 0.4, "I_0": 2.0, "h": 3.0}
    whole = draw_profile("Exponential", (90, 100), 20.3, 70.6, **settings)
    window, stamp = stamp_profile((90, 100), "Exponential", 20.3, 70.6, extent=30, **settings)
    np.testing.assert_allclose(stamp, whole[window], rtol=1e-10)
    light = np.zeros((3, 90, 100), np.float32)
    add_flux(light, stamp, 7.0, (0.5, 0.2), window)
    np.testing.assert_allclose(light.sum(axis=(1, 2)), band_fluxes(22.5, (0.5, 0.2)) * 7, rtol=1e-5)
    assert not light[:, :, 60:].any()


def test_profile_outside_the_image_adds_nothing():
    image = np.zeros((30, 30))
    add_profile(image, "Exponential", 99, 99, extent=10, PA=0.0, ell=0.0, I_0=1.0, h=3.0)
    assert not image.any()


def sample(image, angle, along):
    """Interpolate ``image`` bilinearly at distances [px of the 424 px image] from the centre."""
    turn = np.deg2rad(angle)
    centre = 212 * SCALE - 0.5
    x, y = centre + along * SCALE * np.cos(turn), centre + along * SCALE * np.sin(turn)
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    u, v = x - i, y - j
    return (
        image[j, i] * (1 - u) * (1 - v) + image[j, i + 1] * u * (1 - v)
        + image[j + 1, i] * (1 - u) * v + image[j + 1, i + 1] * u * v
    )  # fmt: skip


def end_of(image, angle, half=30.0):
    """Return where the bar is `BAR_END` as bright as half-way, from the definition alone."""
    along = np.arange(0.5 * half, 2 * half, 0.1)
    profile = sample(image, angle, along)
    return along[np.nonzero(profile >= BAR_END * profile[0])[0].max()]


FAMILIES = [
    ("ferrers", {"index": 0.5}),
    ("ferrers", {"index": 2.5}),
    ("flat", {"inner_scale": 10.0, "outer_scale": 0.05}),
    ("flat", {"inner_scale": 1.1, "outer_scale": 0.14}),
    ("exponential", {"inner_scale": 0.45, "outer_scale": 0.28}),
    ("exponential", {"inner_scale": 0.8, "outer_scale": 0.12}),
]


@pytest.mark.parametrize(("family", "scales"), FAMILIES)
@pytest.mark.parametrize("angle", [0.0, 37.0, 90.0])
@pytest.mark.parametrize("boxiness", [0.0, 1.5])
def test_bar_ends_where_its_length_says(family, scales, angle, boxiness):
    image = bar_alone(galaxy_with_bar(family, angle, 60.0, boxiness=boxiness, **scales))
    assert end_of(image, angle) == pytest.approx(30.0, abs=0.7)
    # And on its other side.
    assert end_of(image, angle + 180) == pytest.approx(30.0, abs=0.7)


@pytest.mark.parametrize("size", [0.06, 0.11])
def test_ansae_lie_within_the_bar(size):
    plain = bar_alone(galaxy_with_bar("flat"))
    knots = bar_alone(galaxy_with_bar("flat", ansae=1.0, ansae_size=size))
    added = sample(knots - plain, 30.0, np.arange(0, 60, 0.1))
    assert added.argmax() * 0.1 == pytest.approx(30 * (1 - 1.8 * size), abs=0.7)
    assert added[300:].max() < 0.25 * added.max()
    assert end_of(knots, 30.0) == pytest.approx(30.0, abs=1.5)
    np.testing.assert_allclose(
        sample(knots - plain, 210.0, np.arange(20.0, 30.0)),
        sample(knots - plain, 30.0, np.arange(20.0, 30.0)),
        atol=0.06 * added.max(),
    )


def test_barlens_is_rounder_and_shorter_than_the_bar():
    barlens = Barlens(8.0, 0.6, 30.0, 0.7, 0.3, 1.0)
    added = bar_alone(galaxy_with_bar(barlens=barlens)) - bar_alone(galaxy_with_bar())
    along, across = (
        sample(added, 30.0, np.array([8.0, 28.0])),
        sample(added, 120.0, np.array([8.0])),
    )
    assert along[1] < 0.05 * along[0]
    # At its effective radius it is `strength` times as bright as the bar half-way.
    half_way = sample(bar_alone(galaxy_with_bar()), 30.0, np.array([15.0]))[0]
    assert along[0] == pytest.approx(half_way, rel=0.05)
    edge = sample(added, 120.0, np.array([8.0 * 0.6]))
    assert edge[0] == pytest.approx(along[0], rel=0.1)
    assert across[0] < 0.7 * along[0]


@pytest.mark.parametrize("family", BAR_FAMILIES)
@pytest.mark.parametrize("lens", [None, Lens(33.0, 0.85, 30.0, 0.1, 1.0, (0.6, 0.3))])
def test_contrast_is_that_of_the_bar_drawn(family, lens):
    galaxy = replace(galaxy_with_bar(family), lens=lens)
    without = light_of(replace(galaxy, bar=None, bulge=None))[1]
    bar = light_of(replace(galaxy, bulge=None))[1] - without
    ratio = sample(bar, 30.0, np.array([15.0])) / sample(without, 30.0, np.array([15.0]))
    assert ratio[0] == pytest.approx(3.0, rel=0.05)


def test_impossible_scales_are_refused():
    with pytest.raises(ValueError, match=r"no bar ends at its length with scales 0\.4, 0\.2"):
        broken_exponential(np.zeros(3), 0.4, 0.2)


@pytest.mark.parametrize("side", [-1, 1])
def test_dust_lies_on_the_leading_sides(side):
    bar = galaxy_with_bar(dust=0.4, dust_side=side).bar
    lanes = dust_lanes(np.array([0.5, 0.5, -0.5, -0.5]), np.array([0.1, -0.1, 0.1, -0.1]), bar)
    expected = [True, False, False, True] if side == 1 else [False, True, True, False]
    assert (lanes > 0.3).tolist() == expected
    clear, dusty = (
        bar_alone(galaxy_with_bar()),
        bar_alone(galaxy_with_bar(dust=0.4, dust_side=side)),
    )
    assert dusty.sum() < 0.99 * clear.sum()


@pytest.mark.parametrize(("angle", "radius"), [(30.0, 33.0), (120.0, 0.8 * 33.0)])
def test_ring_and_lens_are_ellipses_along_the_bar(angle, radius):
    galaxy = replace(galaxy_with_bar(), bar=None, bulge=None)
    disc = light_of(galaxy)[1]
    ring = Ring(33.0, 3.0, 1.0, (0.3, 0.1), axis_ratio=0.8, azimuth=30.0)
    along = np.arange(5.0, 60.0, 0.1)
    ringed = sample(light_of(replace(galaxy, rings=(ring,)))[1] - disc, angle, along)
    assert along[ringed.argmax()] == pytest.approx(radius, abs=0.5)
    lens = Lens(33.0, 0.8, 30.0, 0.1, 1.0, (0.6, 0.3))
    plateau = sample(light_of(replace(galaxy, lens=lens))[1] - disc, angle, along)
    # Flat inside: it halves only behind its edge.
    half_way = along[np.nonzero(plateau >= 0.5 * plateau[0])[0].max()]
    assert half_way == pytest.approx(radius, rel=0.08)


def test_bar_is_redder_than_the_disc():
    galaxy = galaxy_with_bar()
    light = light_of(galaxy)
    bar = light - light_of(replace(galaxy, bar=None))
    disc = light_of(replace(galaxy, bar=None, bulge=None))
    assert bar[2].sum() / bar[0].sum() > 1.2 * disc[2].sum() / disc[0].sum()


def test_total_flux_is_the_magnitude():
    galaxy = replace(galaxy_with_bar(), bar=None)
    assert light_of(galaxy)[1].sum() == pytest.approx(10 ** (0.4 * 7.5), rel=0.01)


def test_galaxy_is_centred_like_the_picture():
    galaxy = replace(galaxy_with_bar(), bar=None, x=200.0, y=230.0)
    red = light_of(galaxy)[1]
    y, x = np.indices(red.shape)
    centre = ((red * x).sum() / red.sum(), (red * y).sum() / red.sum())
    assert centre[0] == pytest.approx(200.5 * SCALE - 0.5, abs=0.4)
    assert centre[1] == pytest.approx(230.5 * SCALE - 0.5, abs=0.4)


def arms_of(**changes):
    arms = Arms(
        number=2, pitch=20.0, strength=1.0, start=10.0, phase=40.0, width=0.3, handedness=1,
        knots=0, colour=(0.3, 0.1), fade=1e9,
    )  # fmt: skip
    return replace(arms, **changes)


@pytest.mark.parametrize("handedness", [-1, 1])
@pytest.mark.parametrize("pitch", [10.0, 25.0])
def test_spiral_ridge_is_logarithmic(handedness, pitch):
    arms = arms_of(pitch=pitch, handedness=handedness)
    radius = np.array([18.0, 25.0, 35.0])
    azimuth = np.linspace(0, np.pi, 3601)
    grid = spiral_pattern(radius[:, None], azimuth[None, :], arms, 60.0)
    ridge = azimuth[np.argmax(grid, axis=1)]
    expected = np.deg2rad(40) + handedness * np.log(radius / 10) / np.tan(np.deg2rad(pitch))
    difference = (ridge - expected + np.pi / 2) % np.pi - np.pi / 2
    np.testing.assert_allclose(difference, 0, atol=2e-3)
    # Half the height over the share `width` of the azimuth.
    wide = np.mean(grid >= grid.max(axis=1, keepdims=True) / 2, axis=1)
    np.testing.assert_allclose(wide, 0.3, atol=0.01)


def test_arms_fade_as_they_wind():
    # A quarter of a turn of winding further out.
    radius = 20.0 * np.exp(np.array([0.0, np.pi / 2]) * np.tan(np.deg2rad(20.0)))
    azimuth = np.linspace(0, 2 * np.pi, 3601)[:, None]
    lasting = spiral_pattern(radius, azimuth, arms_of(), 200.0).max(axis=0)
    fading = spiral_pattern(radius, azimuth, arms_of(fade=90.0), 200.0).max(axis=0)
    share = fading / lasting
    assert share[1] / share[0] == pytest.approx(np.exp(-1), rel=1e-3)


def test_a_lopsided_galaxy_has_a_brighter_arm():
    azimuth = np.linspace(0, 2 * np.pi, 721)
    even = spiral_pattern(30.0, azimuth, arms_of(), 60.0)
    uneven = spiral_pattern(30.0, azimuth, arms_of(lopsidedness=0.5), 60.0)
    assert even[:360].max() == pytest.approx(even[360:].max(), rel=1e-3)
    assert max(uneven[:360].max(), uneven[360:].max()) > 1.2 * min(
        uneven[:360].max(), uneven[360:].max()
    )


def test_arms_leave_the_bar_alone():
    radius, azimuth = plane_coordinates(3.0, 0.0, 1.0, 0.0)
    assert spiral_pattern(radius, azimuth, arms_of(start=30.0), 60.0) < 0.01


def test_point_keeps_its_place_and_flux():
    light = np.zeros((3, 20, 30))
    add_point(light, 12.3, 8.7, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(light.sum(axis=(1, 2)), [1, 2, 3])
    y, x = np.indices((20, 30))
    assert (light[0] * x).sum() == pytest.approx(12.3)
    assert (light[0] * y).sum() == pytest.approx(8.7)


def test_field_has_the_density_of_the_sky(monkeypatch):
    """Draw what 200 square arcminutes hold on a small image, and count it."""
    stars, galaxies = [], []

    def count_star(light, x, y, fluxes):
        stars.append(22.5 - 2.5 * np.log10(fluxes[1]))
        add_point(light, x, y, fluxes)

    def count_galaxy(shape, name, *centre, **settings):
        galaxies.append(name)
        return stamp_profile(shape, name, *centre, **settings)

    monkeypatch.setattr(surroundings, "add_point", count_star)
    monkeypatch.setattr(surroundings, "stamp_profile", count_galaxy)
    light = np.zeros((3, 100, 100), np.float32)
    # 100 px of 0.6 arcsec are an arcminute.
    add_field(light, 0.6 * np.sqrt(200), np.random.default_rng(1))
    assert np.isfinite(light).all()
    assert light.min() >= 0
    # 2.2 and 3.2 per square arcminute, within four standard deviations of their number.
    assert len(stars) == pytest.approx(2.2 * 200, abs=4 * np.sqrt(2.2 * 200))
    assert galaxies.count("Exponential") == pytest.approx(3.2 * 200, abs=4 * np.sqrt(3.2 * 200))
    assert 14.5 <= min(stars) < max(stars) <= 21.8
    # The number grows with the magnitude as 10^(0.2 m): 38 % are in the last one.
    faint = np.mean(np.array(stars) > 20.8)
    assert faint == pytest.approx(0.38, abs=4 * np.sqrt(0.38 * 0.62 / len(stars)))


def test_bright_star_has_spikes():
    light = np.zeros((3, 101, 101), np.float32)
    add_bright_star(light, 50.0, 50.0, 12.0, 0.4)
    assert light[1, 50, 80] > 1.5 * light[1, 71, 71]
    assert light[1].sum() == pytest.approx(band_fluxes(12.0, (0.6, 0.25))[1], rel=0.1)
