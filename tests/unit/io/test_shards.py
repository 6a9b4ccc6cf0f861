import errno
import os
import re

import h5py
import numpy as np
import pytest

from galbar.io.joined_hdf5 import check_sources, join_files, open_dataset
from galbar.io.shards import (
    PATH_END,
    SHARD,
    count_rows,
    list_path_ends,
    list_shards,
    rows_of_shard,
    shard_of_path_end,
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [("", 0), ("a,b\n", 0), ("a,b", 0), ("a,b\n1,2\n", 1), ("a,b\n1,2\n3,4", 2), ("a\r\n1\r\n", 1)],
)
def test_rows_are_lines_below_the_header(tmp_path, text, rows):
    (tmp_path / "table.csv").write_bytes(text.encode())
    assert count_rows(tmp_path / "table.csv") == rows


def test_rows_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("galbar.io.shards._BLOCK", 7)
    (tmp_path / "table.csv").write_text("id\n" + "".join(f"{i}\n" for i in range(100)))
    assert count_rows(tmp_path / "table.csv") == 100
    assert count_rows(tmp_path / "missing.csv") == 0


@pytest.mark.parametrize(("galaxies", "per_job", "shards"), [(0, 5, 1), (5, 5, 1), (6, 5, 2)])
def test_no_shard_has_too_many_galaxies(galaxies, per_job, shards):
    names = list_shards(galaxies, per_job)
    assert names == [f"{number}-of-{shards}" for number in range(1, shards + 1)]
    sizes = [len(range(galaxies)[rows_of_shard(name, galaxies)]) for name in names]
    assert max(sizes) <= per_job
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("galaxies", [0, 1, 7, 100])
@pytest.mark.parametrize("shards", [1, 3, 8])
def test_shards_hold_each_row_once_in_order(galaxies, shards):
    rows = []
    for number in range(1, shards + 1):
        rows += range(galaxies)[rows_of_shard(f"{number}-of-{shards}", galaxies)]
    assert rows == list(range(galaxies))


@pytest.mark.parametrize("name", ["0-of-3", "4-of-3", "3", "1-of-3.h5", ""])
def test_names_that_are_none_are_refused(name):
    with pytest.raises(ValueError, match="expected a name like 1-of-3"):
        rows_of_shard(name, 10)


def test_the_wildcard_fits_the_names():

    assert all(re.fullmatch(SHARD, name) for name in list_shards(100, 7))


@pytest.mark.parametrize(
    ("shards", "expected"), [(1, [""]), (2, ["/1-of-2", "/2-of-2"]), (11, None)]
)
def test_paths_of_shards_end_in_their_names_unless_one_is_all(shards, expected):
    names = list_shards(shards, 1)
    ends = list_path_ends(names)
    assert expected in (None, ends)
    assert all(re.fullmatch(PATH_END, end) for end in ends)
    assert [shard_of_path_end(end) for end in ends] == names
    assert not re.fullmatch(PATH_END, "1-of-3")


def write_shard(path, ids, value=0.0, **attributes):
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as store:
        store["galaxy_id"] = np.array(ids, dtype=np.int64)
        maps = np.full((len(ids), 2, 3), value, dtype=np.float32) + np.arange(6).reshape(2, 3)
        store.create_dataset("absolute", data=maps, fillvalue=np.nan)
        store["absolute"].attrs["unit"] = "1"
        store.attrs.update({"seed": 1, "complete": True, **attributes})
    return path


def test_joined_file_shows_all_shards_wherever_it_is_read(tmp_path, monkeypatch):
    paths = [
        write_shard(tmp_path / "noise0.1" / f"{number}-of-3.h5", ids, number)
        for number, ids in ((1, [5, 6]), (2, []), (3, [7]))
    ]
    monkeypatch.chdir(tmp_path)
    relative = [path.relative_to(tmp_path) for path in paths]
    join_files(relative, "noise0.1.h5")
    moved = tmp_path / "moved"
    moved.mkdir()
    (tmp_path / "noise0.1.h5").rename(moved / "noise0.1.h5")
    (tmp_path / "noise0.1").rename(moved / "noise0.1")
    monkeypatch.chdir("/")
    with h5py.File(moved / "noise0.1.h5") as store:
        check_sources(store, moved / "noise0.1.h5")
        assert store["galaxy_id"][()].tolist() == [5, 6, 7]
        assert store["absolute"].attrs["unit"] == "1"
        assert dict(store.attrs) == {"seed": 1, "complete": True}
        found = store["absolute"][()]
    expected = np.arange(6).reshape(2, 3) + np.array([1, 1, 3])[:, np.newaxis, np.newaxis]
    np.testing.assert_array_equal(found, expected)


def test_missing_shard_is_named_and_not_read_as_fill_values(tmp_path):
    paths = [write_shard(tmp_path / "n" / f"{k}-of-2.h5", [k]) for k in (1, 2)]
    join_files(paths, tmp_path / "n.h5")
    paths[1].unlink()
    with h5py.File(tmp_path / "n.h5") as store:
        assert np.isnan(store["absolute"][1]).all()
        with pytest.raises(FileNotFoundError, match=r"n\.h5: shows the galaxies of n/2-of-2\.h5"):
            check_sources(store, tmp_path / "n.h5")
        with pytest.raises(FileNotFoundError, match=r"n/2-of-2\.h5, found no such file"):
            open_dataset(store, "absolute")[1]


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ESTALE, errno.EMFILE])
def test_a_shard_that_cannot_be_opened_is_named(tmp_path, code, monkeypatch):
    paths = [write_shard(tmp_path / "n" / f"{k}-of-2.h5", [k]) for k in (1, 2)]
    join_files(paths, tmp_path / "n.h5")
    opened = h5py.File

    def open_file(path, *arguments):
        if str(path).endswith("2-of-2.h5"):
            raise OSError(code, "Unable to synchronously open file")
        return opened(path, *arguments)

    with h5py.File(tmp_path / "n.h5") as store:
        monkeypatch.setattr("galbar.io.joined_hdf5.h5py.File", open_file)
        message = rf"n\.h5: shows the galaxies of n/2-of-2\.h5, .* opened: {os.strerror(code)}"
        with pytest.raises(OSError, match=message):
            check_sources(store, tmp_path / "n.h5")
        maps = open_dataset(store, "absolute")
        assert maps[0, 1, 2] == 5
        with pytest.raises(OSError, match=message):
            maps[:2]


def change(path, name):
    """Leave a shard where it is, but not as it was joined."""
    if name == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif name == "other galaxies":
        path.unlink()
        write_shard(path, [9])
    else:
        with h5py.File(path, "r+") as store:
            del store["absolute"]


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("truncated", OSError, r"n/2-of-2\.h5, which cannot be opened: .*truncated"),
        ("other galaxies", ValueError, r"1 galaxies of n/2-of-2\.h5, which holds other ones"),
        ("no maps", ValueError, r"absolute of n/2-of-2\.h5, shape \(1, 2, 3\), found none"),
    ],
)
def test_a_shard_that_has_changed_is_named(tmp_path, name, error, message):
    paths = [write_shard(tmp_path / "n" / f"{k}-of-2.h5", [k]) for k in (1, 2)]
    join_files(paths, tmp_path / "n.h5")
    change(paths[1], name)
    with h5py.File(tmp_path / "n.h5") as store, pytest.raises(error, match=message):
        check_sources(store, tmp_path / "n.h5")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 2}, r"2-of-2\.h5: seed is .*2.*, but .*1.* in .*1-of-2\.h5"),
        ({"more": 1}, "more is .*1.*, but None"),
        ({"ids": [1]}, r"galaxy 1 comes more than once, in .*1-of-2\.h5, .*2-of-2\.h5"),
    ],
)
def test_shards_that_do_not_belong_together_are_refused(tmp_path, change, message):
    first = write_shard(tmp_path / "1-of-2.h5", [1])
    second = write_shard(tmp_path / "2-of-2.h5", change.pop("ids", [2]), **change)
    with pytest.raises(ValueError, match=message):
        join_files([first, second], tmp_path / "joined.h5")
    assert not (tmp_path / "joined.h5").exists()


def test_shards_of_other_shapes_are_refused(tmp_path):
    first, second = (write_shard(tmp_path / f"{k}-of-2.h5", [k]) for k in (1, 2))
    with h5py.File(second, "r+") as store:
        del store["absolute"]
        store["absolute"] = np.zeros((1, 3, 3), dtype=np.float32)
    with pytest.raises(ValueError, match=r"absolute is of shape \(n, \*\(3, 3\)\)"):
        join_files([first, second], tmp_path / "joined.h5")
    with pytest.raises(ValueError, match="no shards to join"):
        join_files([], tmp_path / "joined.h5")
