import errno
import gzip
import hashlib
import io
import json
import logging
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from galbar.datasets.dataset import Dataset, Download
from galbar.datasets.fetch import fetch_datasets
from tests.helpers.cutout_server import not_found, send, serve, stalled, truncated
from tests.helpers.file_server import ranged

CONTENT = np.random.default_rng(1).bytes(300_000)
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.fixture
def server():
    with serve() as server:
        server.begins = []
        yield server


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """Record how long would have been waited between tries [s]."""
    waits = []
    fetch = sys.modules["galbar.datasets.mirrors"].fetch_from_mirrors
    monkeypatch.setitem(fetch.__kwdefaults__, "sleep", waits.append)
    return waits


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def dataset(server, *paths, name="images.bin", **changes):
    fields = {"version": "1", "description": "images", "citation": "X 2020", "licence": None}
    fields |= {"kaggle": None, "packed": None, "size": None, "checksum": None, "disk_mb": 1}
    mirrors = [server.url + path for path in paths]
    return Dataset(**{"name": name, "mirrors": mirrors, **fields, **changes})


def fetch(data, *datasets, mirror=None, retries=3, timeout=60):
    fetch_datasets(datasets, data, Download(mirror=mirror, retries=retries, timeout=timeout))


def record_of(data, name="images.bin"):
    return json.loads((data / "datasets.lock.json").read_text())[name]


def left_over(data):
    """List what is in the folder beside files, their record and the lock."""
    kept = {"datasets.lock.json", ".fetch_data.lock"}
    return sorted(path.name for path in data.iterdir() if path.name not in kept)


def part_of(server, path, name="images.bin"):
    """Return the file that holds what was received from an address."""
    return f".{name}.part-{hashlib.sha256((server.url + path).encode()).hexdigest()[:8]}"


def chunked(content, size, *, end=True):
    """Answer with chunks in place of a stated length; without ``end`` the last one is missing."""

    def reply(handler):
        handler.server.begins.append(0)
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("ETag", '"first"')
        handler.end_headers()
        for begin in range(0, len(content), size):
            block = content[begin : begin + size]
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))
        if end:
            handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = True

    return reply


class TestOneAddress:
    def test_a_file_is_fetched_once_and_recorded(self, server, data):
        server.answers["/a"] = [ranged(CONTENT)]
        fetch(data, dataset(server, "/a"))
        assert (data / "images.bin").read_bytes() == CONTENT
        record = record_of(data)
        assert (record["file"], record["download"]) == (SHA256, SHA256)
        assert (record["version"], record["source"]) == ("1", f"{server.url}/a")
        fetch(data, dataset(server, "/a"))
        assert server.requests["/a"] == 1
        assert left_over(data) == ["images.bin"]

    def test_a_cut_connection_goes_on_where_it_was(self, server, data, waits):
        cuts = [ranged(CONTENT, end=end) for end in (100_000, 250_000)]
        server.answers["/a"] = [*cuts, ranged(CONTENT)]
        fetch(data, dataset(server, "/a", checksum=SHA256), retries=1)
        assert (data / "images.bin").read_bytes() == CONTENT
        # Each got further: tries count from there, and the first is made at once.
        assert server.begins == [0, 100_000, 250_000]
        assert waits == [0, 0]

    def test_a_later_run_goes_on_where_a_killed_one_was(self, server, data):
        server.answers["/a"] = [ranged(CONTENT, end=100_000), not_found]
        with pytest.raises(ValueError, match="404 Not Found"):
            fetch(data, dataset(server, "/a"))
        part = part_of(server, "/a")
        assert left_over(data) == [part, f"{part}.json"]
        server.answers["/a"] = [ranged(CONTENT)]
        fetch(data, dataset(server, "/a"))
        assert server.begins == [0, 100_000]
        assert (data / "images.bin").read_bytes() == CONTENT
        assert left_over(data) == ["images.bin"]

    def test_another_version_on_the_server_begins_anew(self, server, data):
        changed = CONTENT[::-1]
        server.answers["/a"] = [ranged(CONTENT, end=100_000), ranged(changed, tag='"second"')]
        fetch(data, dataset(server, "/a"))
        assert server.begins == [0, 0]
        assert (data / "images.bin").read_bytes() == changed

    def test_a_server_without_ranges_begins_anew(self, server, data):
        short = send(CONTENT[:9000], Content_Length=len(CONTENT), Connection="close")
        server.answers["/a"] = [short, send(CONTENT)]
        fetch(data, dataset(server, "/a"))
        assert (data / "images.bin").read_bytes() == CONTENT
        assert server.requests["/a"] == 2

    def test_a_version_that_promises_no_equal_bytes_is_not_relied_on(self, server, data):
        weak = 'W/"first"'
        server.answers["/a"] = [ranged(CONTENT, tag=weak, end=100_000), ranged(CONTENT, tag=weak)]
        fetch(data, dataset(server, "/a"))
        assert server.begins == [0, 0]
        assert (data / "images.bin").read_bytes() == CONTENT

    def test_a_server_that_sends_another_part_is_not_believed(self, server, data):
        def wrong(handler):
            # As long as the part that is missing.
            send(CONTENT[5:200_005], 206, Content_Range="bytes 5-200004/300000")(handler)

        server.answers["/a"] = [ranged(CONTENT, end=100_000), wrong, ranged(CONTENT)]
        fetch(data, dataset(server, "/a"))
        assert (data / "images.bin").read_bytes() == CONTENT

    def test_chunks_that_do_not_come_to_their_end_are_gone_on_with(self, server, data):
        broken = chunked(CONTENT[:90_000], 40_000, end=False)
        server.answers["/a"] = [broken, ranged(CONTENT)]
        fetch(data, dataset(server, "/a"))
        assert server.begins == [0, 90_000]
        assert (data / "images.bin").read_bytes() == CONTENT
        server.answers["/b"] = [broken]
        with pytest.raises(ValueError, match="the transfer was interrupted within its chunks"):
            fetch(data, dataset(server, "/b", name="second"), retries=0)
        server.answers["/c"] = [chunked(CONTENT, 40_000)]
        fetch(data, dataset(server, "/c", name="third"))
        assert (data / "third").read_bytes() == CONTENT

    @pytest.mark.parametrize("with_length", [True, False])
    def test_a_page_in_place_of_the_rest_takes_nothing_away(self, server, data, with_length):
        """As a proxy sends it that wants a password: with status 200."""
        page = b"<!DOCTYPE html><p>Log in"
        answer = send(page) if with_length else chunked(page, 10)
        server.answers["/a"] = [ranged(CONTENT, end=100_000), answer]
        with pytest.raises(ValueError, match="found a web page, expected images"):
            fetch(data, dataset(server, "/a"))
        part = part_of(server, "/a")
        assert left_over(data) == [part, f"{part}.json"]
        assert (data / part).read_bytes() == CONTENT[:100_000]
        server.begins.clear()
        server.answers["/a"] = [ranged(CONTENT)]
        fetch(data, dataset(server, "/a"))
        assert server.begins == [100_000]
        assert (data / "images.bin").read_bytes() == CONTENT
        assert left_over(data) == ["images.bin"]

    def test_another_version_that_is_shorter_is_taken_if_it_is_accepted(self, server, data):
        server.answers["/a"] = [
            ranged(CONTENT, end=100_000),
            ranged(CONTENT[:50_000], tag='"second"'),
        ]
        fetch(data, dataset(server, "/a"))
        assert (data / "images.bin").read_bytes() == CONTENT[:50_000]
        assert left_over(data) == ["images.bin"]

    @pytest.mark.parametrize(("received", "begins"), [(20_000, 100_000), (200_000, 200_000)])
    def test_of_two_parts_the_longer_one_is_kept(self, server, data, received, begins):
        """The second has no stated length, and does not come to its end."""
        again = chunked(CONTENT[:received], 50_000, end=False)
        server.answers["/a"] = [ranged(CONTENT, end=100_000), again, ranged(CONTENT)]
        fetch(data, dataset(server, "/a"))
        assert server.begins == [0, 0, begins]
        assert (data / "images.bin").read_bytes() == CONTENT

    def test_a_part_that_is_whole_is_taken(self, server, data):
        """As after a process that was killed while it checked the file."""
        server.answers["/a"] = [ranged(CONTENT)]
        data.mkdir()
        (data / part_of(server, "/a")).write_bytes(CONTENT)
        record = {"url": f"{server.url}/a", "version": '"first"'}
        (data / f"{part_of(server, '/a')}.json").write_text(json.dumps(record))
        fetch(data, dataset(server, "/a"))
        assert server.begins == [300_000]
        assert (data / "images.bin").read_bytes() == CONTENT

    def test_a_stalled_transfer_times_out_and_goes_on(self, server, data):
        def first_third(handler):
            handler.server.begins.append(0)
            stalled(CONTENT)(handler)

        server.answers["/a"] = [first_third, ranged(CONTENT)]
        fetch(data, dataset(server, "/a"), timeout=0.3)
        assert (data / "images.bin").read_bytes() == CONTENT

    def test_errors_of_the_server_are_tried_again(self, server, data, waits):
        busy = send(b"", 429, Retry_After=7)
        server.answers["/a"] = [send(b"", 500), busy, send(b"", 503), ranged(CONTENT)]
        fetch(data, dataset(server, "/a"), retries=3)
        assert waits == [0, 7, 4]

    def test_tries_end(self, server, data, waits):
        server.answers["/a"] = [send(b"", 500)]
        with pytest.raises(ValueError, match=r"/a: the server answered 500.*\(3 tries without pro"):
            fetch(data, dataset(server, "/a"), retries=2)
        assert server.requests["/a"] == 3
        assert waits == [0, 2]

    def test_a_server_that_wants_to_be_left_alone_is(self, server, data, waits):
        server.answers["/a"] = [send(b"", 503, Retry_After=86400)]
        with pytest.raises(ValueError, match="left alone for more than 3600 s"):
            fetch(data, dataset(server, "/a"))
        assert waits == []

    def test_what_is_not_there_is_not_asked_for_again(self, server, data):
        with pytest.raises(ValueError, match=r"images.bin: no address.*\n +http.*/a: .*404"):
            fetch(data, dataset(server, "/a"))
        assert server.requests["/a"] == 1


class TestMirrors:
    def test_the_next_one_is_asked_where_one_fails(self, server, data):
        server.answers["/b"] = [truncated(CONTENT)]
        server.answers["/c"] = [ranged(CONTENT)]
        fetch(data, dataset(server, "/a", "/b", "/c"), retries=0)
        assert (data / "images.bin").read_bytes() == CONTENT
        # What the second sent is no begin of what the third has.
        assert server.begins == [0]
        assert record_of(data)["source"].endswith("/c")

    def test_each_goes_on_with_its_own_part(self, server, data):
        """What the first has sent is still there when the second has failed, too."""
        another = CONTENT[::-1]
        server.answers["/a"] = [ranged(CONTENT, end=200_000), not_found]
        server.answers["/b"] = [ranged(another, tag='"b"', end=100_000), not_found]
        entry = dataset(server, "/a", "/b")
        with pytest.raises(ValueError, match="404"):
            fetch(data, entry)
        assert (data / part_of(server, "/a")).read_bytes() == CONTENT[:200_000]
        assert (data / part_of(server, "/b")).read_bytes() == another[:100_000]
        server.answers["/b"] = [ranged(another, tag='"b"')]
        fetch(data, entry)
        assert server.begins == [0, 0, 100_000]
        assert (data / "images.bin").read_bytes() == another
        assert left_over(data) == ["images.bin"]

    def test_what_each_said_is_in_the_error(self, server, data):
        server.answers["/b"] = [truncated(CONTENT)]
        with pytest.raises(ValueError, match="no address has given it") as caught:
            fetch(data, dataset(server, "/a", "/b"), retries=0)
        text = str(caught.value)
        assert re.search(r"/a: the server answered 404 Not Found\n", text)
        assert re.search(r"/b: .*interrupted: found 100000 bytes, expected 300000 \(1 try", text)

    def test_a_users_own_is_asked_first(self, server, data):
        packed = gzip.compress(CONTENT)
        server.answers["/own/table.csv.gz"] = [ranged(packed)]
        entry = dataset(server, "/a", name="table.csv", packed="gzip")
        fetch(data, entry, mirror=f"{server.url}/own/")
        assert server.requests == {"/own/table.csv.gz": 1}
        assert (data / "table.csv").read_bytes() == CONTENT

    def test_other_files_are_fetched_although_one_fails(self, server, data):
        server.answers["/b"] = [ranged(CONTENT)]
        with pytest.raises(ValueError, match=r"data/first: no address"):
            fetch(data, dataset(server, "/a", name="first"), dataset(server, "/b", name="second"))
        assert (data / "second").read_bytes() == CONTENT


class TestCorruption:
    def test_a_corrupted_file_is_fetched_once_more(self, server, data, caplog):
        corrupted = CONTENT[:5] + b"?" + CONTENT[6:]
        server.answers["/a"] = [ranged(corrupted), ranged(CONTENT)]
        fetch(data, dataset(server, "/a", checksum=SHA256))
        assert (data / "images.bin").read_bytes() == CONTENT
        assert "wrong checksum, found sha256:" in caplog.text
        assert "deleted, to be fetched once more" in caplog.text

    def test_one_that_stays_corrupted_is_refused_and_deleted(self, server, data):
        corrupted = CONTENT[:-1]
        server.answers["/a"] = [ranged(corrupted)]
        md5 = f"md5:{hashlib.md5(CONTENT).hexdigest()}"
        message = rf"found md5:\w+ in 299999 bytes, expected {md5} \(the list of data sets"
        with pytest.raises(ValueError, match=message):
            fetch(data, dataset(server, "/a", checksum=md5))
        assert server.requests["/a"] == 2
        assert left_over(data) == []

    def test_another_size_than_known_is_not_fetched(self, server, data):
        server.answers["/a"] = [ranged(CONTENT)]
        with pytest.raises(ValueError, match="states 300000 bytes, expected 300001"):
            fetch(data, dataset(server, "/a", size=300_001))
        assert left_over(data) == []

    def test_a_wrong_length_is_seen_where_the_size_is_known(self, server, data):
        server.answers["/a"] = [send(CONTENT, Content_Length=200_000, Connection="close")]
        with pytest.raises(ValueError, match="states 200000 bytes, expected 300000"):
            fetch(data, dataset(server, "/a", size=300_000))

    def test_a_server_that_states_no_size_is_not_believed_either(self, server, data):
        def unstated(handler):
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(CONTENT[:-7])
            handler.close_connection = True

        server.answers["/a"] = [unstated]
        with pytest.raises(ValueError, match="/a: found 299993 bytes, expected 300000"):
            fetch(data, dataset(server, "/a", size=300_000))
        assert left_over(data) == []

    def test_a_web_page_in_place_of_a_file(self, server, data):
        server.answers["/a"] = [send(b"\n<!DOCTYPE html><p>Log in")]
        with pytest.raises(ValueError, match="found a web page, expected images"):
            fetch(data, dataset(server, "/a"))

    def test_an_archive_is_whole_where_no_checksum_says_so(self, server, data):
        whole = archive_of({"1.jpg": CONTENT})
        for broken, reason in (
            (whole[:-30], "no whole ZIP archive"),
            (whole[:999] + b"????" + whole[1003:], "a broken member 1.jpg"),
        ):
            server.answers["/a"] = [ranged(broken)]
            with pytest.raises(ValueError, match=reason):
                fetch(data, dataset(server, "/a", name="images.zip"))
        server.answers["/a"] = [ranged(whole)]
        fetch(data, dataset(server, "/a", name="images.zip"))
        assert (data / "images.zip").read_bytes() == whole

    @pytest.mark.parametrize("packed", ["gzip", "zip"])
    def test_what_cannot_be_unpacked_is_refused(self, server, data, packed):
        server.answers["/a"] = [ranged(gzip.compress(CONTENT)[:-20])]
        with pytest.raises(ValueError, match=r"unpacked as gzip|no whole ZIP"):
            fetch(data, dataset(server, "/a", packed=packed))
        assert left_over(data) == []

    def test_what_was_fetched_first_is_expected_from_then_on(self, server, data):
        server.answers["/a"] = [ranged(CONTENT)]
        fetch(data, dataset(server, "/a"))
        (data / "images.bin").unlink()
        server.answers["/a"] = [ranged(CONTENT[::-1])]
        with pytest.raises(ValueError, match=rf"expected {SHA256} \(datasets.lock.json, .*/a; if"):
            fetch(data, dataset(server, "/a"))
        assert left_over(data) == []
        # Another version is another file.
        fetch(data, dataset(server, "/a", version="2"))
        assert (data / "images.bin").read_bytes() == CONTENT[::-1]
        assert record_of(data)["version"] == "2"


def archive_of(contents):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class TestPresentFiles:
    def test_a_changed_file_is_not_overwritten(self, server, data):
        server.answers["/a"] = [ranged(CONTENT)]
        fetch(data, dataset(server, "/a"))
        (data / "images.bin").write_bytes(b"mine")
        with pytest.raises(ValueError, match=r"in 4 bytes, expected .*not overwritten: move it"):
            fetch(data, dataset(server, "/a"))
        assert (data / "images.bin").read_bytes() == b"mine"

    def test_one_of_another_version_is_not_overwritten(self, server, data):
        server.answers["/a"] = [ranged(CONTENT)]
        fetch(data, dataset(server, "/a"))
        with pytest.raises(ValueError, match=r"found version 1 \(.*, expected 2\. It was not"):
            fetch(data, dataset(server, "/a", version="2"))
        assert server.requests["/a"] == 1

    def test_what_a_user_has_put_there_is_compared_and_recorded(self, server, data):
        data.mkdir()
        (data / "images.bin").write_bytes(CONTENT)
        with pytest.raises(ValueError, match="expected sha256:0000"):
            fetch(data, dataset(server, checksum=f"sha256:{'0' * 64}"))
        fetch(data, dataset(server, checksum=SHA256))
        assert (record_of(data)["source"], record_of(data)["download"]) == ("was there", None)
        (data / "images.bin").write_bytes(CONTENT[1:])
        with pytest.raises(ValueError, match="was not overwritten"):
            fetch(data, dataset(server))

    @pytest.mark.parametrize("packed", ["gzip", None])
    def test_a_later_download_is_compared_with_what_was_there(self, server, data, packed):
        data.mkdir()
        path = data / "images.bin"
        path.write_bytes(CONTENT)
        fetch(data, dataset(server, packed=packed))
        path.unlink()
        pack = gzip.compress if packed else bytes
        server.answers["/a"] = [ranged(pack(CONTENT[::-1]))]
        entry = dataset(server, "/a", packed=packed)
        with pytest.raises(ValueError, match=rf"expected {SHA256} \(datasets.lock.json.*was there"):
            fetch(data, entry)
        assert left_over(data) == []
        server.answers["/a"] = [ranged(pack(CONTENT))]
        fetch(data, entry)
        assert path.read_bytes() == CONTENT
        assert record_of(data)["source"] == f"{server.url}/a"

    def test_an_unpacked_folder_stands_for_its_archive(self, server, data):
        (data / "images").mkdir(parents=True)
        entry = dataset(server, "/a", name="images.zip")
        with pytest.raises(ValueError, match="404"):
            fetch(data, entry)
        (data / "images/1.jpg").touch()
        fetch(data, entry)
        assert server.requests["/a"] == 1

    def test_a_broken_lock_file_is_named(self, server, data):
        data.mkdir()
        for text in ("{", '{"a": {}}', '{"a": {"version": 1, "source": 1, "day": 1, "file": 1}}'):
            (data / "datasets.lock.json").write_text(text)
            with pytest.raises(ValueError, match=r"datasets.lock.json: found no lock file of data"):
                fetch(data, dataset(server, "/a"))


class TestDisk:
    def usage(self, monkeypatch, free):
        real = shutil.disk_usage
        monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=free))

    def test_all_missing_files_have_room_before_the_first(self, server, data, monkeypatch):
        self.usage(monkeypatch, 6_500_000)
        server.answers["/a"] = [ranged(CONTENT)]
        entries = [dataset(server, "/a", name=name, disk_mb=3) for name in ("first", "second")]
        fetch(data, entries[0])
        fetch(data, *entries)
        entries += [dataset(server, "/a", name=name, disk_mb=4) for name in ("third", "fourth")]
        message = r"found 6 MB free, expected 8 MB .*\(third 4, fourth 4\): make room"
        with pytest.raises(OSError, match=message) as caught:
            fetch(data, *entries)
        assert caught.value.errno == errno.ENOSPC
        assert server.requests["/a"] == 2

    def test_what_the_server_states_is_looked_at(self, server, data, monkeypatch):
        self.usage(monkeypatch, 1_200_000)
        server.answers["/a"] = [send(b"", Content_Length=2_000_000, Connection="close")]
        with pytest.raises(OSError, match=r"found 1 MB free, expected 2 MB .*images.bin 2"):
            fetch(data, dataset(server, "/a"))

    def test_a_full_disk_ends_it_at_once(self, server, data, monkeypatch):
        def full(*arguments, **options):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        server.answers["/a"] = [ranged(CONTENT)]
        monkeypatch.setattr(sys.modules["galbar.io.download"], "progress", full)
        with pytest.raises(OSError, match="make room on this disk"):
            fetch(data, dataset(server, "/a", "/b"))
        assert server.requests == {"/a": 1}


FETCH = """
import sys
from galbar.datasets.dataset import Dataset, Download
from galbar.datasets.fetch import fetch_datasets

fetch_datasets([Dataset(*{fields!r})], {data!r}, Download(None, 3, 60))
"""


def test_a_second_process_waits_for_the_first(server, data, root):
    """And then finds the file: it was fetched once."""
    entry = dataset(server, "/a")
    code = FETCH.format(fields=tuple(entry), data=str(data))
    environment = {**os.environ, "PYTHONPATH": str(root / "workflow/scripts")}
    begun = []

    def reply(handler):
        # The first holds the lock by now; the second is started, and has time to ask.
        process = subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, text=True
        )
        begun.append(process)
        assert "another process fetches data" in process.stderr.readline()
        ranged(CONTENT)(handler)

    server.answers["/a"] = [reply, not_found]
    fetch(data, entry)
    (process,) = begun
    errors = process.communicate()[1]
    assert process.returncode == 0, errors
    assert server.requests["/a"] == 1


CLIENT = """#!{python}
import pathlib, shutil, sys

folder = pathlib.Path(sys.argv[sys.argv.index("-p") + 1])
print(*sys.argv[1:])
shutil.copy({source!r}, folder / {written!r})
sys.exit({status})
"""


class TestKaggle:
    @pytest.fixture(autouse=True)
    def home(self, tmp_path, monkeypatch):
        for name in list(os.environ):
            if name.startswith("KAGGLE"):
                monkeypatch.delenv(name)
        (tmp_path / "bin").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setenv("HOME", str(tmp_path))

    @pytest.fixture
    def client(self, tmp_path):
        def write(content, written="votes.zip", status=0):
            (tmp_path / "published").write_bytes(content)
            code = {"source": str(tmp_path / "published"), "written": written, "status": status}
            program = tmp_path / "bin/kaggle"
            program.write_text(CLIENT.format(python=sys.executable, **code))
            program.chmod(program.stat().st_mode | stat.S_IEXEC)

        return write

    def entry(self, server, *paths, **changes):
        kaggle = {"competition": "galaxies", "file": "votes.zip"}
        changes = {"name": "votes.csv", "kaggle": kaggle, "packed": "zip", **changes}
        return dataset(server, *paths, **changes)

    def test_the_client_fetches_and_the_table_is_unpacked(
        self, server, data, client, monkeypatch, capfd
    ):
        client(archive_of({"votes.csv": b"GalaxyID\n1\n", "__MACOSX/._votes.csv": b"x"}))
        monkeypatch.setenv("KAGGLE_USERNAME", "me")
        monkeypatch.setenv("KAGGLE_KEY", "secret")
        fetch(data, self.entry(server))
        assert (data / "votes.csv").read_text() == "GalaxyID\n1\n"
        assert left_over(data) == ["votes.csv"]
        record = record_of(data, "votes.csv")
        assert record["source"] == "kaggle competitions download -c galaxies"
        assert record["download"] != record["file"]
        asked = "competitions download -c galaxies -f votes.zip -p"
        assert capfd.readouterr().out.startswith(asked)
        assert "secret" not in (data / "datasets.lock.json").read_text()

    @pytest.mark.parametrize("token", [".kaggle/kaggle.json", ".kaggle/access_token"])
    def test_an_archive_of_images_stays_packed(self, server, data, client, tmp_path, token):
        (tmp_path / token).parent.mkdir()
        (tmp_path / token).touch()
        content = archive_of({"images/1.jpg": CONTENT})
        client(content)
        fetch(data, self.entry(server, name="images.zip", packed=None))
        assert (data / "images.zip").read_bytes() == content

    def test_without_client_or_token_the_steps_are_said(self, server, data, client):
        steps = r"\(1\) an account .*/c/galaxies/rules; \(2\) a token.*\(3\) `pip install kaggle`"
        with pytest.raises(ValueError, match=rf"found no program kaggle\. Three steps: {steps}"):
            fetch(data, self.entry(server))
        client(b"")
        with pytest.raises(ValueError, match=rf"found no token of Kaggle\. Three steps: {steps}"):
            fetch(data, self.entry(server))

    def test_what_a_failing_client_says_is_passed_on(self, server, data, client, monkeypatch):
        monkeypatch.setenv("KAGGLE_API_TOKEN", "secret")
        client(b"", status=1)
        with pytest.raises(ValueError, match="kaggle ended with 1 and said 'competitions download"):
            fetch(data, self.entry(server))
        shutil.rmtree(data)
        client(b"", written="else.zip")
        with pytest.raises(ValueError, match=r"kaggle has written else.zip, expected votes.zip"):
            fetch(data, self.entry(server))

    def test_a_client_that_does_nothing_is_stopped(
        self, server, data, tmp_path, client, monkeypatch
    ):
        """With what it has started; one that says something or writes now and then is not."""
        monkeypatch.setenv("KAGGLE_API_TOKEN", "secret")
        monkeypatch.setattr(sys.modules["galbar.datasets.kaggle"], "_LONGEST_SILENCE", 1.0)
        client(archive_of({"votes.csv": b"1"}))
        program = tmp_path / "bin/kaggle"
        whole = program.read_text()
        shell = (
            "import subprocess; subprocess.run(['{python}', '-c', 'import time; time.sleep(600)'])"
        )
        program.write_text(f"#!{sys.executable}\n{shell.format(python=sys.executable)}\n")
        with pytest.raises(ValueError, match=r"kaggle was stopped: .* nothing for 1 s\. What it"):
            fetch(data, self.entry(server))
        slow = """
import time
for step in range(6):
    time.sleep(0.4)
    if step % 2:
        print(step, flush=True)
    else:
        (folder / "votes.zip").write_bytes(bytes(step + 1))
"""
        program.write_text(whole.replace("print(*sys.argv[1:])", slow))
        fetch(data, self.entry(server))
        assert (data / "votes.csv").read_bytes() == b"1"

    def test_a_broken_download_is_refused(self, server, data, client, monkeypatch):
        monkeypatch.setenv("KAGGLE_API_TOKEN", "secret")
        client(archive_of({"votes.csv": b"1"})[:-9])
        with pytest.raises(ValueError, match=r"found no whole ZIP archive.*; deleted"):
            fetch(data, self.entry(server))
        assert left_over(data) == []
        client(archive_of({"other.csv": b"1"}))
        with pytest.raises(ValueError, match=r"found other.csv in the archive, expected one votes"):
            fetch(data, self.entry(server))

    def test_a_mirror_takes_its_place(self, server, data):
        server.answers["/own/votes.zip"] = [ranged(archive_of({"votes.csv": b"1"}))]
        fetch(data, self.entry(server), mirror=f"{server.url}/own")
        assert (data / "votes.csv").read_bytes() == b"1"
        (data / "votes.csv").unlink()
        del server.answers["/own/votes.zip"]
        with pytest.raises(ValueError, match=r"/own/votes.zip: .*404.*\n.*Three steps"):
            fetch(data, self.entry(server), mirror=f"{server.url}/own")


def test_the_log_says_how_far_it_is(server, data, caplog):
    caplog.set_level(logging.INFO)
    server.answers["/a"] = [ranged(CONTENT, end=100_000), ranged(CONTENT)]
    fetch(data, dataset(server, "/a", licence="CC-BY"))
    assert "images.bin: fetching images, version 1. Cite X 2020; licence: CC-BY" in caplog.text
    assert "going on after 100000 of 300000 bytes" in caplog.text
    assert "200000 of 200000 bytes done in" in caplog.text
    assert f"1 of them fetched now; checksums: {Path(data)}/datasets.lock.json" in caplog.text
