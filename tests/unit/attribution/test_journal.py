"""Heat maps of single galaxies survive whatever a kill leaves of the file."""

import numpy as np
import pytest

from galbar.attribution.journal import HeatmapJournal
from galbar.jobs.takeover import JobTakenOver, OutputOwnership

KINDS = ("absolute", "signed")
SHAPE = (3, 4)
DEFINITION = {
    "model_sha256": "abc",
    "seed": 1,
    "watched": '{"settings": [{}, {}]}',
    "versions": "{'tensorflow': '2.21'}",
}
FIRST = 587722981736120347


def maps_of(galaxy):
    rng = np.random.default_rng(galaxy)
    return {kind: rng.normal(size=SHAPE).astype(np.float32) for kind in KINDS}


def errors_of(galaxy):
    return [galaxy % 7 + 0.1, np.nan]


def put(store, galaxy, maps=None):
    store.write(galaxy, maps or maps_of(galaxy), errors_of(galaxy))


@pytest.fixture
def journal():
    """Open a journal on an output, as a job does when it begins."""
    opened = []

    def open_journal(output, definition=DEFINITION):
        opened.append(HeatmapJournal(OutputOwnership(output), definition, KINDS, SHAPE))
        return opened[-1]

    yield open_journal
    for store in opened:
        store.__exit__()


def check(store, galaxies):
    assert set(store.done) == set(galaxies)
    for galaxy in galaxies:
        (found, errors), expected = store.read(galaxy), maps_of(galaxy)
        np.testing.assert_array_equal(errors, errors_of(galaxy))
        assert list(found) == list(KINDS)
        for kind in KINDS:
            np.testing.assert_array_equal(found[kind], expected[kind])


@pytest.fixture
def output(tmp_path, journal):
    """Leave an output of which three galaxies are done."""
    store = journal(tmp_path / "noise0.1.h5")
    for galaxy in range(FIRST, FIRST + 3):
        put(store, galaxy)
    return tmp_path / "noise0.1.h5"


def only_file(output):
    (path,) = output.parent.glob(".*.unfinished/*.journal")
    return path


def test_what_is_done_is_taken_over(output, journal):
    store = journal(output)
    check(store, range(FIRST, FIRST + 3))
    put(store, 7)
    check(store, [7, *range(FIRST, FIRST + 3)])
    assert only_file(output) == store.path


@pytest.mark.parametrize("cut", [1, 5, 50])
def test_a_record_that_was_cut_off_is_left_out(output, cut, journal):
    path = only_file(output)
    path.write_bytes(path.read_bytes()[:-cut])
    check(journal(output), [FIRST, FIRST + 1])


def test_a_damaged_record_ends_what_is_used(output, caplog, journal):
    path = only_file(output)
    content = bytearray(path.read_bytes())
    content[-2 * 124 + 30] ^= 1  # the second of three records of 8 + 2 * 8 + 2 * 48 + 4 bytes
    path.write_bytes(content)
    check(journal(output), [FIRST])
    assert "damaged after 1 galaxies" in caplog.text


def test_a_file_without_content_is_no_obstacle(output, journal):
    only_file(output).write_bytes(b"")
    check(journal(output), [])


def test_maps_of_another_network_are_not_used(output, journal):
    check(journal(output, {**DEFINITION, "model_sha256": "def"}), [])


def test_another_environment_is_refused_with_the_remedy(output, journal):
    with pytest.raises(ValueError, match=r"begun with .*2\.21.*this node has .*2\.22.*delete"):
        journal(output, {**DEFINITION, "versions": "{'tensorflow': '2.22'}"})
    # Nothing was lost by it.
    check(journal(output), range(FIRST, FIRST + 3))


def test_an_older_copy_never_mixes_with_a_younger_one(tmp_path, monkeypatch, journal):
    monkeypatch.setattr("galbar.attribution.journal._SYNC_EVERY", 0)
    older = journal(tmp_path / "a.h5")
    put(older, 1)
    younger = journal(tmp_path / "a.h5")
    with pytest.raises(JobTakenOver):
        put(older, 2, maps_of(3))
    put(younger, 2)
    check(younger, [1, 2])


def test_a_full_disk_is_named(tmp_path, journal):
    store = journal(tmp_path / "a.h5")
    store.__exit__()
    store._file = open("/dev/full", "w+b", buffering=0)
    with pytest.raises(OSError, match="No space left on device: make room on this disk"):
        put(store, 1)


def test_maps_of_the_wrong_shape_are_refused(tmp_path, journal):
    store = journal(tmp_path / "a.h5")
    with pytest.raises(ValueError, match="galaxy 1: maps of shape"):
        put(store, 1, {kind: np.zeros((4, 3)) for kind in KINDS})
