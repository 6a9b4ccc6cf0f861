import hashlib
import http.server
import threading
from functools import partial

import pytest

from galbar.bundle.source import local_bundle
from galbar.config.check import check_config
from tests.helpers import bundles


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.server.requests += 1
        super().do_GET()

    def copyfile(self, source, outputfile):
        outputfile.write(source.read()[: self.server.cut])

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "some.zip").write_bytes(bytes(range(256)) * 100)
    handler = partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.requests, server.cut = 0, None
        server.url = f"http://127.0.0.1:{server.server_address[1]}/some.zip"
        server.digest = hashlib.sha256((folder / "some.zip").read_bytes()).hexdigest()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_where_it_is():
    assert local_bundle("some/where.zip") == "some/where.zip"


def test_an_address_is_fetched_once(server, folder):
    address = {"url": server.url, "sha256": server.digest.upper()}
    path = local_bundle(address)
    assert path == f"results/bundles/{server.digest}.zip"
    assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == server.digest
    assert local_bundle(address) == path
    assert server.requests == 1


def test_a_wrong_checksum_leaves_nothing(server, folder):
    message = rf"some.zip: wrong checksum, found SHA-256 {server.digest} in 25600 bytes, expected 0"
    with pytest.raises(ValueError, match=message):
        local_bundle({"url": server.url, "sha256": "0" * 64})
    assert files_below(folder) == []


def test_an_interrupted_transfer_leaves_nothing(server, folder):
    server.cut = 1000
    address = {"url": server.url, "sha256": server.digest}
    with pytest.raises(ConnectionError, match=r"found 1000 bytes, expected 25600.*the key bun"):
        local_bundle(address)
    assert files_below(folder) == []
    server.cut = None
    assert local_bundle(address)


def test_the_configuration_takes_a_fetched_bundle(server, folder, root):
    served = folder.parent / "served/some.zip"
    bundles.write_small_bundle(served, bundles.configuration_of(root))
    digest = hashlib.sha256(served.read_bytes()).hexdigest()
    own = {"catalogues": [{"name": "mine", "table": "mine.csv"}]}
    config = check_config({"bundle": {"url": server.url, "sha256": digest}, **own})
    assert [model["name"] for model in config["models"]] == ["vgg16_tiny", "xception_tiny"]
    assert (folder / f"results/bundles/{digest}.zip").is_file()
    with pytest.raises(ValueError, match=r"cannot be used:\n.*wrong checksum"):
        check_config({"bundle": {"url": server.url, "sha256": server.digest}, **own})


def test_a_missing_file_is_said(server):
    with pytest.raises(ConnectionError, match=r"none.zip: the server answered 404"):
        local_bundle({"url": server.url.replace("some", "none"), "sha256": server.digest})
