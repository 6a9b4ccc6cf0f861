"""Files are written atomically, and what prevents it is named."""

import errno
import os

import h5py
import numpy as np
import pytest

from galbar.io.atomic import atomic_write, explain_write_error, write_json


def test_a_file_appears_at_the_end_only(tmp_path):
    path = tmp_path / "new/table.csv"
    with atomic_write(path) as temporary:
        temporary.write_text("a")
        assert not path.exists()
    assert [child.name for child in path.parent.iterdir()] == ["table.csv"]


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "table.json"
    write_json({"a": 1}, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="JSON"):
        write_json({"a": float("nan")}, path)
    assert path.read_bytes() == before
    assert [child.name for child in tmp_path.iterdir()] == ["table.json"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_causes_have_remedies(tmp_path, code):
    path = tmp_path / "table.csv"
    with pytest.raises(OSError, match=r"table\.csv") as caught, atomic_write(path):
        raise OSError(code, os.strerror(code), "elsewhere")
    assert caught.value.errno == code
    assert "move the results" in str(caught.value) or "make room" in str(caught.value)


def test_a_full_disk_is_recognised_in_what_hdf5_says():
    error = OSError("Can't write data (errno = 28, error message = 'No space left on device')")
    assert explain_write_error(error, "maps.h5").errno == errno.ENOSPC


def test_other_errors_stay(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, atomic_write(tmp_path / "a.txt"):
        raise FileNotFoundError("no image")
    assert str(caught.value) == "no image"
    assert explain_write_error(OSError(errno.EIO, "x"), "a") is None


def test_a_full_file_system_under_hdf5(tmp_path):
    """A real one, where a small tmpfs can be mounted (root)."""
    if os.geteuid() or os.system(f"mount -t tmpfs -o size=64k none {tmp_path} 2> /dev/null"):
        pytest.skip("needs the right to mount a file system")
    try:
        with (
            pytest.raises(OSError, match="make room on this disk"),
            atomic_write(tmp_path / "maps.h5") as temporary,
            h5py.File(temporary, "w") as store,
        ):
            store["maps"] = np.ones(1 << 20)
        assert not (tmp_path / "maps.h5").exists()
    finally:
        os.system(f"umount {tmp_path}")
