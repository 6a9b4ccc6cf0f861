"""Files are written atomically, and what prevents it is named."""

import errno
import os
import resource

import h5py
import numpy as np
import pytest

from galbar.io.atomic import atomic_write, explain_write_errors, write_json


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


CODES = [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("named", ["table.csv", ".table.host-1.csv", ".", None])
def test_causes_have_remedies(tmp_path, code, named):
    path = tmp_path / "table.csv"
    arguments = (code, os.strerror(code), named and str(tmp_path / named))
    with pytest.raises(OSError, match=r"table\.csv") as caught, atomic_write(path):
        raise OSError(*arguments)
    assert caught.value.errno == code
    remedies = ("move the results", "make room")
    assert any(remedy in str(caught.value) for remedy in remedies)


def test_a_full_disk_is_recognised_in_what_hdf5_says():
    text = "Can't write data (errno = 28, error message = 'No space left on device')"
    with pytest.raises(OSError, match="make room") as caught, explain_write_errors("maps.h5"):
        raise OSError(text)
    assert caught.value.errno == errno.ENOSPC


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EAGAIN, errno.EOPNOTSUPP, 524])
def test_a_file_system_without_locks_has_a_remedy(code):
    text = f"Unable to create file (unable to lock file, errno = {code}, error message = '...')"
    message = r"maps\.h5|HDF5_USE_FILE_LOCKING=FALSE"
    with pytest.raises(OSError, match=message), explain_write_errors("maps.h5"):
        raise OSError(code, text)


def test_a_file_larger_than_allowed(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        with (
            pytest.raises(OSError, match=r"ulimit -f.*maps\.h5"),
            atomic_write(tmp_path / "maps.h5") as temporary,
            h5py.File(temporary, "w") as store,
        ):
            store["maps"] = np.ones(1 << 16)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_other_errors_stay(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, atomic_write(tmp_path / "a.txt"):
        raise FileNotFoundError("no image")
    assert str(caught.value) == "no image"
    with pytest.raises(OSError, match=r"^x$"), explain_write_errors("a"):
        raise OSError("x")


@pytest.mark.parametrize("name", ["input/1.h5", "a.txt.d/b"])
def test_an_input_that_may_not_be_read_is_not_taken_for_the_output(tmp_path, name):
    path = str(tmp_path / name)
    for error in (
        PermissionError(errno.EACCES, "Permission denied", path),
        PermissionError(
            errno.EACCES, f"[Errno 13] unable to open file: name = '{path}', errno = 13"
        ),
    ):
        with pytest.raises(PermissionError) as caught, atomic_write(tmp_path / "a.txt"):
            raise error
        assert caught.value is error


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
