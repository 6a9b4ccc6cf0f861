import json
from itertools import groupby

import numpy as np
import pytest

from galbar.attribution.heatmap_files import KINDS
from galbar.lengths.measure import (
    Flag,
    find_mask,
    list_settings,
    measure_map,
    measure_stack,
    setting_keys,
)
from tests.helpers import plain_loops
from tests.helpers.drawn_maps import drawn_map

CORRELATIONS = [0.7, 0.75, 0.8, 0.85, 0.9]
COUNTS = [10, 20, 30, 40, 50]
SCALE = 424 / 224
SHARED = ("criterion", "kind", "xinput", "smoothing")


def grid(**changes):
    """List the published grid and settings of the two other criteria, with some values changed."""
    return list_settings(
        **{
            "criteria": ["pearson", "elongation", "level"],
            "kinds": ["absolute"],
            "xinput": [False],
            "smoothing": [0],
            "corr_threshold": CORRELATIONS,
            "len_threshold": COUNTS,
            "elongation_threshold": [0.6, 0.8],
            "level_fraction": [0.2, 0.5, 0.9, 1.0],
            **changes,
        }
    )


def compare(heatmaps, settings, grey=None):
    """Check lengths and flags against the plain loops; equal to the last bit."""
    lengths, flags, angles, _ = measure_map(heatmaps, settings, SCALE, grey)
    groups = groupby(range(len(settings)), key=lambda i: [settings[i][name] for name in SHARED])
    for rows in (list(rows) for _, rows in groups):
        alike = [settings[i] for i in rows]
        expected = plain_loops.measure(heatmaps[alike[0]["kind"]], alike, SCALE, grey)
        for i, (length, text) in zip(rows, expected, strict=True):
            assert (Flag(flags[i]).text, settings[i]) == (text, settings[i])
            assert np.array_equal(lengths[i], length, equal_nan=True), settings[i]
    assert (np.isnan(angles) | ((angles >= 0) & (angles < 180))).all()
    return flags


def ring(side):
    y, x = np.indices((side, side)) - (side - 1) / 2
    return np.exp(-((np.hypot(x, y) - 0.3 * side) ** 2) / 8)


@pytest.mark.parametrize("seed", range(4))
def test_random_maps_equal_the_plain_loops(seed):
    compare({"absolute": np.random.default_rng([1, seed]).random((24, 31), np.float32)}, grid())


@pytest.mark.parametrize("angle", [0, 27, 45, 90, 160])
def test_simulated_bars_equal_the_plain_loops(angle):
    compare({"absolute": drawn_map(64, 28, angle, noise=0.1, seed=angle, width=6)}, grid())


def test_the_published_grid_equals_the_plain_loops_at_full_size():
    compare({"absolute": drawn_map(224, 60, 35, noise=0.15)}, grid(criteria=["pearson"]))


def test_rings_and_tied_values_equal_the_plain_loops():
    compare({"absolute": ring(40).astype(np.float32)}, grid())
    tied = np.round(drawn_map(48, 20, 60, noise=0.1) * 9) / 9
    compare({"absolute": tied}, grid())
    # Values on the thresholds themselves.
    places = np.random.default_rng([2]).integers(0, 5000, size=(20, 20))
    steps = np.arange(0.5, 1.0, 0.0001)[places]
    steps[0, 0], steps[9, 9] = 0, 1
    compare({"absolute": steps}, grid())


def one_pixel(count):
    heatmap = np.zeros((12, 12), dtype=np.float32)
    for i in range(count):
        heatmap[5, 4 + 3 * i] = 1
    return heatmap


@pytest.mark.parametrize(
    ("heatmap", "flags"),
    [
        (np.zeros((9, 9), np.float32), {Flag.FLAT_MAP}),
        (np.full((9, 9), 2.5, np.float32), {Flag.FLAT_MAP}),
        (np.full((9, 9), np.nan, np.float32), {Flag.NON_FINITE_MAP}),
        (np.where(np.eye(9) > 0, np.inf, 1).astype(np.float32), {Flag.NON_FINITE_MAP}),
        (one_pixel(1), {Flag.SINGLE_PIXEL}),
        (one_pixel(2), {Flag.OK, Flag.SINGLE_PIXEL}),
        (np.eye(30, dtype=np.float32), {Flag.OK}),
        (np.eye(1, 40, 20, dtype=np.float32), {Flag.SINGLE_PIXEL}),
        (np.ones((1, 40), np.float32) * (np.arange(40) > 9), {Flag.OK, Flag.NO_STOP}),
    ],
    ids="zero flat nan inf one two diagonal point row".split(),
)
def test_degenerate_maps_equal_the_plain_loops(heatmap, flags):
    assert set(compare({"absolute": heatmap}, grid())) == flags


def test_length_thresholds_that_never_stop_equal_the_plain_loops():
    for heatmap in (one_pixel(1), one_pixel(2), ring(20)):
        compare({"absolute": heatmap}, grid(len_threshold=[0, 1, 2, 3]))


@pytest.mark.parametrize("kind", ["absolute", "signed", "gradient_input"])
def test_kinds_and_images_equal_the_plain_loops(kind):
    rng = np.random.default_rng([3])
    heatmap = drawn_map(40, 18, 20, noise=0.2) - (0.2 if kind != "absolute" else 0)
    grey = rng.random((40, 40)).astype(np.float32)
    settings = grid(kinds=[kind], xinput=[True, False])
    compare({kind: heatmap.astype(np.float32)}, settings, grey)


@pytest.mark.parametrize("kind", ["absolute", "signed"])
def test_smoothed_maps_equal_the_plain_loops(kind):
    heatmap = drawn_map(40, 18, 70, noise=0.3) - (0.2 if kind == "signed" else 0)
    grey = np.random.default_rng([4]).random((40, 40)).astype(np.float32)
    settings = grid(kinds=[kind], xinput=[True, False], smoothing=[1.5, 4.5])
    compare({kind: heatmap.astype(np.float32)}, settings, grey)


def test_a_dark_image_leaves_an_empty_mask_in_the_published_order_only():
    heatmap, grey = drawn_map(40, 18, 20), np.full((40, 40), 0.4, np.float32)
    flags = compare({"absolute": heatmap}, grid(xinput=[True]), grey)
    assert set(flags[:25]) == {Flag.EMPTY_MASK}
    assert Flag.EMPTY_MASK not in flags[25:]
    black = np.zeros_like(grey)
    flags = compare({"absolute": heatmap}, grid(xinput=[True]), black)
    assert set(flags[25:]) == {Flag.FLAT_MAP}


def test_negative_maps_are_flat_where_only_their_positive_part_counts():
    assert set(compare({"signed": -ring(16)}, grid(kinds=["signed"]))) == {Flag.FLAT_MAP}


def test_an_image_with_nan_is_flagged():
    grey = np.full((16, 16), np.nan)
    settings = grid(xinput=[True, False])
    _, flags, _, _ = measure_map({"absolute": ring(16)}, settings, 1, grey)
    with_image = np.array([setting["xinput"] for setting in settings])
    assert (flags[with_image] == Flag.NON_FINITE_MAP).all()
    assert (flags[~with_image] < Flag.NON_FINITE_MAP).any()


@pytest.mark.parametrize("length", [30, 60])
def test_turning_a_bar_changes_the_elongation_length_by_less_than_2_px(length):
    settings = grid(
        criteria=["elongation"], elongation_threshold=[0.6, 0.7, 0.8, 0.9], len_threshold=[20, 40]
    )
    lengths = []
    for angle in (0, 7, 15, 30, 45, 58, 75, 90, 101, 120, 135, 150, 172):
        heatmap = drawn_map(224, length, angle, noise=0.08, seed=2, width=8, blobs=150)
        found, flag, axis, _ = measure_map({"absolute": heatmap}, settings, 1)
        lengths.append(found)
        assert (flag == Flag.OK).all()
        assert (np.abs((axis - angle + 90) % 180 - 90) < 3).all()
    assert (np.ptp(lengths, axis=0) < 2).all(), lengths


def test_the_published_length_depends_on_the_angle():
    # Along the axes |r| stays small, and the mask shrinks until too few pixels are left.
    (setting,) = grid(criteria=["pearson"], corr_threshold=[0.85], len_threshold=[40])
    maps = [{"absolute": drawn_map(224, 60, angle)} for angle in (0, 45)]
    flat, diagonal = (measure_map(one, [setting], 1)[0][0] for one in maps)
    assert flat < diagonal - 10


@pytest.mark.parametrize("angle", [0, 20, 45, 90, 140])
@pytest.mark.parametrize("length", [30, 60])
def test_known_lengths_are_recovered(length, angle):
    settings = grid(
        criteria=["elongation", "level"],
        elongation_threshold=[0.6],
        len_threshold=[20],
        level_fraction=[0.5],
    )
    heatmap = drawn_map(224, length, angle, noise=0.03, seed=4, width=8)
    found, *_ = measure_map({"absolute": heatmap}, settings, 1)
    assert found == pytest.approx(length, abs=3.5)
    scaled, *_ = measure_map({"absolute": heatmap}, settings, SCALE)
    assert np.array_equal(scaled, found * SCALE)


def test_settings_of_each_method_hold_only_what_it_uses():
    settings = grid(xinput=[True, False], smoothing=[0, 2])
    assert len(settings) == 4 * (25 + 10 + 4)
    assert all(tuple(setting) == setting_keys() for setting in settings)
    unused = {
        "pearson": ("elongation_threshold", "level_fraction"),
        "elongation": ("corr_threshold", "level_fraction"),
        "level": ("corr_threshold", "len_threshold", "elongation_threshold"),
    }
    for setting in settings:
        none = tuple(key for key in setting_keys() if setting[key] is None)
        assert none == unused[setting["criterion"]]
    assert json.loads(json.dumps(settings)) == settings
    assert len({json.dumps(setting) for setting in settings}) == len(settings)


def test_only_the_lists_that_a_method_needs_may_not_be_empty():
    assert len(grid(criteria=["level"], corr_threshold=[], len_threshold=[])) == 4
    with pytest.raises(ValueError, match="len_threshold is empty, but the criterion elongation"):
        grid(criteria=["elongation"], len_threshold=[])
    with pytest.raises(
        ValueError, match="found 'person', expected one of pearson, elongation, level"
    ):
        grid(criteria=["person"])
    with pytest.raises(ValueError, match="kinds holds 'sign', expected some of absolute"):
        grid(kinds=["sign"])


def test_missing_kind_or_image_is_refused():
    with pytest.raises(ValueError, match="kind 'signed', found absolute"):
        measure_map({"absolute": ring(9)}, grid(kinds=["signed"]), 1)
    with pytest.raises(ValueError, match="kind 'signed', found absolute"):
        find_mask({"absolute": ring(9)}, grid(kinds=["signed"])[0])
    with pytest.raises(ValueError, match="xinput needs the image"):
        measure_map({"absolute": ring(9)}, grid(xinput=[True]), 1)


def test_the_order_of_the_settings_does_not_matter():
    rng = np.random.default_rng([8])
    heatmaps = {kind: drawn_map(40, 18, 20, noise=0.2, seed=i) for i, kind in enumerate(KINDS)}
    grey = rng.random((40, 40)).astype(np.float32)
    settings = grid(kinds=list(KINDS), xinput=[True, False], smoothing=[0, 1.5])
    expected = measure_map(heatmaps, settings, SCALE, grey)
    order = rng.permutation(len(settings))
    found = measure_map(heatmaps, [settings[i] for i in order], SCALE, grey)
    for here, there in zip(found, expected, strict=True):
        assert np.array_equal(here, there[order], equal_nan=True)
    # A setting that comes twice is measured twice.
    twice = measure_map(heatmaps, [settings[3]] * 2, SCALE, grey)[0]
    assert twice.tolist() == [expected[0][3]] * 2


def test_a_stack_is_measured_galaxy_by_galaxy():
    maps = [{"absolute": drawn_map(32, 14, angle)} for angle in (10, 80, 150)]
    greys = [np.random.default_rng([6, i]).random((32, 32)) for i in range(3)]
    settings = grid(xinput=[True, False])
    read = []

    def reading():
        for i, grey in enumerate(greys):
            read.append(i)
            yield grey

    for i, found in enumerate(measure_stack(maps, settings, SCALE, reading())):
        assert read == list(range(i + 1))
        expected = measure_map(maps[i], settings, SCALE, greys[i])
        assert all(map(np.array_equal, found, expected, [True] * 4))
    with pytest.raises(ValueError, match="shorter"):
        list(measure_stack(maps, settings, SCALE, greys[:2]))


@pytest.mark.parametrize("setting", grid()[::9], ids=lambda setting: setting["criterion"])
def test_the_mask_of_a_setting_has_its_length(setting):
    heatmaps = {"absolute": drawn_map(64, 28, 33, noise=0.1)}
    y, x = np.nonzero(find_mask(heatmaps, setting)[1])
    length = measure_map(heatmaps, [setting], 2)[0][0]
    assert 2 * plain_loops.length_of(y, x) == length


def test_there_is_no_mask_on_a_flat_map():
    values, mask = find_mask({"absolute": np.zeros((4, 6))}, grid()[0])
    assert np.isnan(values).all()
    assert values.shape == (4, 6)
    assert mask.shape == (4, 6)
    assert not mask.any()


def test_flags_have_their_own_words():
    assert len({flag.text for flag in Flag}) == len(Flag)
    assert [int(flag) for flag in Flag] == list(range(len(Flag)))
