"""What is drawn: lengths like the catalogue's, angles without preference, votes that follow."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from galbar.catalogues.decision_tree import QUESTIONS, VOTE_COLUMNS
from galbar.survey import tables
from galbar.survey.draw import draw_galaxy
from galbar.survey.population import BAR_FAMILIES, KINDS, Population
from galbar.survey.scales import PIXELS_PER_LENGTH_SCALED, physical_size, pixels_to_kpc
from galbar.survey.volunteers import answer_probabilities, bar_probability
from galbar.survey.vote_simulation import simulate_votes


def draw_many(role, number, population=None):
    population = population or Population()
    return [draw_galaxy(np.random.default_rng([7, k]), role, population) for k in range(number)]


@pytest.fixture(scope="module")
def catalogue():
    return draw_many("catalogue", 2000)


@pytest.fixture(scope="module")
def training():
    return draw_many("training", 2000)


def test_scales():
    # DATA: L["] = L[px] x 0.02 x petroR90, and L[px] is about 126 x length_scaled.
    assert PIXELS_PER_LENGTH_SCALED == pytest.approx(126.26, abs=0.01)
    # Comoving distance by the trapezoidal rule, c = 299792.458 km/s, H0 = 100 km/s/Mpc.
    z = np.linspace(0, 0.03, 10001)
    comoving = np.trapezoid(2997.92458 / np.sqrt(0.3 * (1 + z) ** 3 + 0.7), z)
    kpc_per_arcsec = 1000 * comoving / 1.03 / 206264.806
    assert pixels_to_kpc(50.0, 10.0, 0.03) == pytest.approx(10 * kpc_per_arcsec, rel=1e-5)
    assert physical_size(10.0, 0.03) == pytest.approx(25.252525 * kpc_per_arcsec, rel=1e-5)


def test_catalogue_lengths_follow_the_published_ones(catalogue):
    scaled = np.array([galaxy.length_scaled for galaxy in catalogue])
    pixels = np.percentile(scaled * PIXELS_PER_LENGTH_SCALED, [5, 50, 95])
    np.testing.assert_allclose(pixels, [34, 57, 92], rtol=0.07)
    rng = np.random.default_rng(0)
    ids, sky = np.arange(len(catalogue)), np.zeros(len(catalogue))
    table = tables.hoyle_table(ids, sky, sky, catalogue, 0.17, rng)
    lengths = np.percentile(table["length_avg"], [5, 50, 95])
    np.testing.assert_allclose(lengths, [3.7, 8.4, 15.7], rtol=0.12)
    size = table["length_avg"] / table["length_scaled"]
    assert np.corrcoef(size, table["length_avg"])[0, 1] == pytest.approx(0.69, abs=0.04)
    assert table["bar_meas"].between(3, 11).all()
    # Standard deviations of few measurements are below the true one on average.
    spread = (table["length_stdev"] / table["length_avg"])[table["bar_meas"] >= 5]
    assert spread.mean() == pytest.approx(0.16, abs=0.015)


def test_catalogue_quantiles_equal_the_real_ones(catalogue, real_data):
    real = pd.read_csv(real_data / "hoyle" / "hoyle_barlengths.csv")
    ids, sky = np.arange(len(catalogue)), np.zeros(len(catalogue))
    table = tables.hoyle_table(ids, sky, sky, catalogue, 0.17, np.random.default_rng(0))
    for column, tolerance in (("length_avg", 0.12), ("length_scaled", 0.08), ("width_avg", 0.2)):
        np.testing.assert_allclose(
            table[column].quantile([0.05, 0.25, 0.5, 0.75, 0.95]),
            real[column].quantile([0.05, 0.25, 0.5, 0.75, 0.95]),
            rtol=tolerance,
            err_msg=column,
        )


def test_catalogue_is_barred_and_moderately_face_on(catalogue):
    assert all(galaxy.bar and galaxy.kind == "disc" for galaxy in catalogue)
    assert min(galaxy.axis_ratio for galaxy in catalogue) > 0.5


def test_reach_in_the_plane_projects_to_the_length(catalogue):
    for galaxy in catalogue[:200]:
        bar, turn = galaxy.bar, np.deg2rad(galaxy.bar.azimuth)
        tip = bar.reach * np.hypot(np.cos(turn), galaxy.axis_ratio * np.sin(turn))
        # The projected ellipse is a little longer than the image of its tip, never shorter.
        assert 0.85 * bar.length / 2 < tip < (1 + 1e-9) * bar.length / 2


def test_families_of_bars_follow_the_type(catalogue):
    families = np.array([galaxy.bar.family for galaxy in catalogue])
    for family in BAR_FAMILIES:
        assert 0.15 < np.mean(families == family) < 0.6
    quantities = {
        "length": [galaxy.bar.length for galaxy in catalogue],
        "contrast": [galaxy.bar.contrast for galaxy in catalogue],
        "bulge": [galaxy.bulge.fraction for galaxy in catalogue],
        "colour of the disc": [galaxy.disc.colour[0] for galaxy in catalogue],
    }
    for name, values in quantities.items():
        values = np.log(values)
        flat, exponential = values[families == "flat"], values[families == "exponential"]
        error = np.hypot(flat.std() / len(flat) ** 0.5, exponential.std() / len(exponential) ** 0.5)
        assert flat.mean() - exponential.mean() > 3 * error, name


def test_bars_are_slender_and_fat(catalogue):
    # Seen nearly face-on, so that the axis ratio is the one in the plane.
    ratios = [galaxy.bar.axis_ratio for galaxy in catalogue if galaxy.axis_ratio > 0.9]
    low, middle, high = np.percentile(ratios, [2, 50, 98])
    assert 0.13 < low < 0.18
    assert middle == pytest.approx(0.245, abs=0.02)
    assert 0.35 < high < 0.55


def test_rings_and_lenses_lie_at_the_end_of_the_bar(catalogue):
    inner, outer = [], []
    for galaxy in catalogue:
        for ring in galaxy.rings:
            (inner if ring.radius < 1.5 * galaxy.bar.reach else outer).append((galaxy.bar, ring))
        if galaxy.lens:
            assert 0.9 < galaxy.lens.radius / galaxy.bar.reach < 1.25
            assert galaxy.lens.azimuth == galaxy.bar.azimuth
    assert 0.2 < len(inner) / len(catalogue) < 0.35
    assert 0.04 < len(outer) / len(catalogue) < 0.16
    for bar, ring in inner:
        assert 1 <= ring.radius / bar.reach <= 1.15
        assert ring.azimuth == bar.azimuth
    across = [abs(ring.azimuth - bar.azimuth) == 90 for bar, ring in outer]
    assert 0.3 < np.mean(across) < 0.7


def test_parts_of_bars_are_neither_rare_nor_common(catalogue):
    bars = [galaxy.bar for galaxy in catalogue]
    assert 0.25 < np.mean([bar.barlens is not None for bar in bars]) < 0.5
    assert 0.05 < np.mean([bar.ansae > 0 for bar in bars]) < 0.25
    assert {bar.family for bar in bars if bar.ansae} == {"flat"}
    assert 0.1 < np.mean([bar.dust > 0 for bar in bars]) < 0.3
    # Arms trail: dust lies where the disc's rotation sweeps it to.
    dusty = [galaxy for galaxy in catalogue if galaxy.bar.dust and galaxy.arms]
    assert all(galaxy.bar.dust_side == -galaxy.arms.handedness for galaxy in dusty)


def test_arms_begin_at_the_ends_of_the_bar(catalogue):
    offsets = []
    for galaxy in catalogue:
        if galaxy.arms:
            assert 0.85 < galaxy.arms.start / galaxy.bar.reach < 1.1
            offsets.append((galaxy.arms.phase - galaxy.bar.azimuth + 90) % 180 - 90)
    assert len(offsets) > 0.5 * len(catalogue)
    # Most of them; in some the arms begin beside the bar.
    assert 0.65 < np.mean(np.abs(offsets) < 10) < 0.9


def test_bars_point_everywhere(catalogue):
    angles = np.array([galaxy.bar.angle for galaxy in catalogue])
    assert angles.min() >= 0
    assert angles.max() < 180
    counts = np.histogram(angles, bins=6, range=(0, 180))[0]
    assert np.abs(counts - counts.mean()).max() < 4 * np.sqrt(counts.mean())


def test_kinds_and_bars_have_their_shares(training):
    kinds = pd.Series([galaxy.kind for galaxy in training]).value_counts(normalize=True)
    expected = dict(zip(KINDS, Population().kind_shares, strict=True))
    for kind, share in expected.items():
        assert kinds[kind] == pytest.approx(share, abs=0.035)
    discs = [galaxy for galaxy in training if galaxy.kind == "disc"]
    barred = np.mean([galaxy.bar is not None for galaxy in discs])
    assert barred == pytest.approx(Population().barred_share, abs=0.06)
    assert not any(galaxy.bar for galaxy in training if galaxy.kind != "disc")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_barred_share_is_obeyed(share):
    galaxies = draw_many("training", 100, replace(Population(), barred_share=share))
    assert {galaxy.bar is not None for galaxy in galaxies if galaxy.kind == "disc"} == {share == 1}


def test_unknown_role_is_refused():
    with pytest.raises(ValueError, match="role is 'galaxy'"):
        draw_galaxy(np.random.default_rng(0), "galaxy", Population())


def test_chances_are_complete(training):
    for galaxy in training[:300]:
        probabilities = answer_probabilities(galaxy, 1.3)
        assert set(probabilities) == set(QUESTIONS)
        for question, names in QUESTIONS.items():
            assert len(probabilities[question]) == len(names)
            assert probabilities[question].sum() == pytest.approx(1, abs=1e-9)
            assert probabilities[question].min() > 0


def test_bar_chance_follows_what_can_be_seen(catalogue):
    galaxy = catalogue[0]
    probabilities = {
        "as it is": bar_probability(galaxy, 1.3),
        "weaker": bar_probability(replace(galaxy, bar=replace(galaxy.bar, contrast=0.3)), 1.3),
        "shorter": bar_probability(replace(galaxy, bar=replace(galaxy.bar, length=15.0)), 1.3),
        "inclined": bar_probability(replace(galaxy, axis_ratio=0.2), 1.3),
        "blurred": bar_probability(galaxy, 4.0),
        "none": bar_probability(replace(galaxy, bar=None), 1.3),
    }
    best = probabilities.pop("as it is")
    assert all(chance < best for chance in probabilities.values())
    assert 0 < probabilities["none"] < 0.2
    assert best < 1


def bar_shares(votes):
    """Share of "bar" among the volunteers who were asked for it, where at least 30 % were."""
    asked = votes["Class3.1"] + votes["Class3.2"]
    return (votes["Class3.1"] / asked)[asked > 0.3]


def test_shares_of_bar_votes_are_spread_as_real_ones(training, real_data):
    real = bar_shares(pd.read_csv(real_data / "kaggle_sample" / "training_solutions_rev1.csv"))
    rng = np.random.default_rng(5)
    walked = [simulate_votes(answer_probabilities(galaxy, 1.3), 40, rng) for galaxy in training]
    simulated = bar_shares(pd.DataFrame(walked, columns=list(VOTE_COLUMNS)))
    levels = [0.25, 0.5, 0.75, 0.9, 0.95]
    # The standard error of the 130 real ones is 0.02 to 0.06 at these levels.
    np.testing.assert_allclose(simulated.quantile(levels), real.quantile(levels), atol=0.1)


def test_object_identifiers_are_those_of_sdss():
    ids = tables.object_ids(500, np.random.default_rng(3))
    assert ids.dtype == np.int64
    assert len(set(ids.tolist())) == 500
    assert all(len(str(value)) == 18 for value in ids.tolist())
    # A published one: run 752, rerun 40, camcol 1, field 183, object 27; bit 28 says "first field".
    parts = tables.identifier_parts([587722981736120347])
    assert [int(values[0]) for values in parts.values()] == [752, 40, 1, 183, 27]
    rerun = tables.identifier_parts(ids)["RERUN"]
    assert set(rerun.tolist()) == {40}


def test_no_bar_of_the_catalogue_is_weaker_than_volunteers_see(catalogue):
    contrasts = np.array([galaxy.bar.contrast for galaxy in catalogue])
    assert contrasts.min() >= Population().catalogue_contrast_least
    # Not cut off by hand: few lie just at the limit.
    assert (contrasts < 1.02 * Population().catalogue_contrast_least).mean() < 0.05
    seen = np.array([bar_probability(galaxy, 1.3) > 0.5 for galaxy in catalogue])
    assert 0.7 < seen.mean() < 0.95
