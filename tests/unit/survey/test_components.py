"""Light of the simulated galaxies: profiles, components, bars of the length they ownership."""

from dataclasses import replace

import numpy as np
import pytest

from galbar.survey import surroundings
from galbar.survey.components import band_fluxes, render_components, spiral_pattern
from galbar.survey.population import BAR_END, Bar, Bulge, Disc, Galaxy
from galbar.survey.profiles import add_profile, draw_profile
from galbar.survey.projection import plane_coordinates
from galbar.survey.surroundings import add_bright_star, add_field, add_point

SCALE = 0.8
SHAPE = (340, 340)


def galaxy_with_bar(shape="ferrers", angle=30.0, length=60.0, index=0.7):
    bar = Bar(
        length=length, angle=angle, axis_ratio=0.25, contrast=3.0, shape=shape, index=index,
        boxiness=0.3, reach=length / 2, azimuth=0.0, colour=(0.8, 0.4),
    )  # fmt: skip
    disc = Disc(0.9, 40.0, 10.0, 50.0, (0.5, 0.25))
    bulge = Bulge(0.1, 5.0, 1.5, 0.0, 0.0, (0.8, 0.4))
    return Galaxy(
        kind="disc", petror90=10.0, redshift=0.03, magnitude=15.0, axis_ratio=1.0, node=0.0,
        x=211.5, y=211.5, disc=disc, bulge=bulge, bar=bar,
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


def test_profile_outside_the_image_adds_nothing():
    image = np.zeros((30, 30))
    add_profile(image, "Exponential", 99, 99, extent=10, PA=0.0, ell=0.0, I_0=1.0, h=3.0)
    assert not image.any()


@pytest.mark.parametrize(("shape", "index"), [("ferrers", 0.5), ("ferrers", 1.0), ("flat", 0.7)])
@pytest.mark.parametrize("angle", [0.0, 37.0, 90.0])
def test_bar_ends_where_its_length_says(shape, index, angle):
    galaxy = galaxy_with_bar(shape, angle, 60.0, index)
    image = bar_alone(galaxy)
    along = np.arange(0, 45, 0.25)
    turn = np.deg2rad(angle)
    centre = 212 * SCALE - 0.5
    # Bilinear samples along the major axis.
    x, y = centre + along * SCALE * np.cos(turn), centre + along * SCALE * np.sin(turn)
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    u, v = x - i, y - j
    profile = (
        image[j, i] * (1 - u) * (1 - v) + image[j, i + 1] * u * (1 - v)
        + image[j + 1, i] * (1 - u) * v + image[j + 1, i + 1] * u * v
    )  # fmt: skip
    end = along[np.nonzero(profile >= BAR_END * profile[0])[0].max()]
    assert end == pytest.approx(30.0, abs=1.5)


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


@pytest.mark.parametrize("handedness", [-1, 1])
@pytest.mark.parametrize("pitch", [10.0, 25.0])
def test_spiral_ridge_is_logarithmic(handedness, pitch):
    settings = {
        "number": 2, "pitch": pitch, "phase": 40.0, "width": 0.3, "handedness": handedness,
        "start": 10.0, "end": 60.0,
    }  # fmt: skip
    radius = np.array([18.0, 25.0, 35.0])
    azimuth = np.linspace(0, np.pi, 3601)
    grid = spiral_pattern(radius[:, None], azimuth[None, :], **settings)
    ridge = azimuth[np.argmax(grid, axis=1)]
    expected = np.deg2rad(40) + handedness * np.log(radius / 10) / np.tan(np.deg2rad(pitch))
    difference = (ridge - expected + np.pi / 2) % np.pi - np.pi / 2
    np.testing.assert_allclose(difference, 0, atol=2e-3)
    # Half the height over the share `width` of the azimuth.
    wide = np.mean(grid >= grid.max(axis=1, keepdims=True) / 2, axis=1)
    np.testing.assert_allclose(wide, 0.3, atol=0.01)


def test_arms_leave_the_bar_alone():
    radius, azimuth = plane_coordinates(3.0, 0.0, 1.0, 0.0)
    pattern = spiral_pattern(
        radius, azimuth, number=2, pitch=20.0, phase=0.0, width=0.4, handedness=1, start=30.0,
        end=60.0,
    )  # fmt: skip
    assert pattern < 0.01


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

    def count_galaxy(image, name, *place, **settings):
        galaxies.append(name)
        add_profile(image, name, *place, **settings)

    monkeypatch.setattr(surroundings, "add_point", count_star)
    monkeypatch.setattr(surroundings, "add_profile", count_galaxy)
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
