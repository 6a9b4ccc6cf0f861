import numpy as np
import pandas as pd
import pytest

from galbar.catalogues.splits import (
    catalogue_splits,
    is_calibrating,
    share_count,
    shuffle_rank,
    training_split,
    will_calibrate,
)

IDS = 587722981736120347 + 3 * np.arange(3150, dtype=np.int64)


@pytest.mark.parametrize(
    ("n", "share", "count"),
    [
        (3150, 0.3333333333, 1050),
        (3150, 1 / 3, 1050),
        (3150, 0.2, 630),
        (61578, 0.2, 12315),
        (100, 0.29, 29),
        (10, 0.0, 0),
        (10, 1.0, 10),
        (3, 0.66, 1),
    ],
)
def test_share_count(n, share, count):
    assert share_count(n, share) == count


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match=str(share)):
        share_count(10, share)


def test_shuffle_rank_is_a_permutation_that_depends_on_seed_and_key():
    rank = shuffle_rank(IDS, 42)
    assert rank.dtype == np.int64
    np.testing.assert_array_equal(np.sort(rank), np.arange(3150))
    np.testing.assert_array_equal(rank, shuffle_rank(IDS, 42))
    for other in (shuffle_rank(IDS, 43), shuffle_rank(IDS, 42, key=9)):
        # Independent permutations share about one place.
        assert (rank == other).sum() < 10
    assert abs(np.corrcoef(rank, np.arange(3150))[0, 1]) < 0.06


def test_shuffle_rank_does_not_depend_on_the_order_of_the_rows():
    order = np.random.default_rng([3, 1]).permutation(3150)
    np.testing.assert_array_equal(shuffle_rank(IDS[order], 42), shuffle_rank(IDS, 42)[order])


def test_shuffle_rank_tells_ids_apart_that_are_one_float():
    close = np.array([587722981736120347, 587722981736120346], dtype=np.int64)
    assert float(close[0]) == float(close[1])
    assert sorted(shuffle_rank(close, 1)) == [0, 1]
    with pytest.raises(ValueError, match="id 587722981736120347 occurs more than once"):
        shuffle_rank(np.repeat(close[:1], 2), 1)


def test_published_split_of_the_catalogue():
    rank = shuffle_rank(IDS, 42)
    split, control = catalogue_splits(rank, 0.3333333333, 0.2)
    assert (split == "validation").sum() == 1050
    assert (split == "test").sum() == 2100
    assert (control == "test").sum() == 630
    np.testing.assert_array_equal(np.sort(rank[split == "validation"]), np.arange(1050))
    np.testing.assert_array_equal(np.sort(rank[control == "test"]), np.arange(2520, 3150))


def test_controls_test_galaxies_are_test_galaxies_of_the_heat_maps():
    """For any sizes and shares that are accepted at all."""
    rng = np.random.default_rng([7, 7])
    accepted = 0
    for _ in range(500):
        n = int(rng.integers(2, 400))
        validation, test = rng.uniform(0, 0.9, 2)
        rank = rng.permutation(n)
        try:
            split, control = catalogue_splits(rank, validation, test)
        except ValueError:
            continue
        accepted += 1
        assert (split[control == "test"] == "test").all()
        assert (split == "validation").sum() == share_count(n, validation)
        assert (control == "test").sum() == share_count(n, test)
        assert set(split) == {"validation", "test"}
        assert set(control) == {"train", "test"}
    assert accepted > 100


@pytest.mark.parametrize(
    ("validation", "test", "match"),
    [
        (0.7, 0.4, "share galaxies"),
        (0.0, 0.2, "at least 1"),
        (0.3, 0.01, "at least 1"),
        (1.0, 0.2, "fewer than all"),
    ],
)
def test_splits_that_cannot_be_scored_are_refused(validation, test, match):
    with pytest.raises(ValueError, match=match) as error:
        catalogue_splits(np.arange(20), validation, test)
    assert f"catalogue.validation_split = {validation}" in str(error.value)
    assert f"control.test_split = {test}" in str(error.value)


def test_training_split():
    split = training_split(IDS, 0.2, 42)
    assert (split == "validation").sum() == 630
    assert (split == "train").sum() == 2520
    order = np.random.default_rng([3, 2]).permutation(3150)
    np.testing.assert_array_equal(training_split(IDS[order], 0.2, 42), split[order])
    assert (training_split(IDS, 0.2, 43) != split).any()


@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_a_training_split_without_one_of_the_sets_is_refused(share):
    with pytest.raises(ValueError, match=r"augmentation\.validation_split"):
        training_split([1, 2, 3, 4, 5], share, 42)


@pytest.mark.parametrize("validation", [0.3333333333, 0.5, 0.21])
def test_who_will_calibrate_is_known_before_the_splits_are(validation):
    """Or looks would be drawn of other galaxies than lengths are calibrated on."""
    n = 60
    galaxies = pd.DataFrame({"shuffle_rank": shuffle_rank(np.arange(n), seed=4)})
    galaxies["length_scaled"] = np.where(np.arange(n) % 7, 0.4, np.nan)
    split, _ = catalogue_splits(galaxies["shuffle_rank"].to_numpy(), validation, 0.2)
    will = will_calibrate(galaxies, validation)
    np.testing.assert_array_equal(will, is_calibrating(galaxies.assign(split=split)))
    assert 0 < will.sum() < share_count(n, validation)
