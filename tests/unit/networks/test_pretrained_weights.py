import hashlib
import http.server
import re
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from galbar.networks.backbones.registry import BACKBONES
from galbar.networks.pretrained_weights import fetch_weights, find_weights

CONTENT = bytes(range(256)) * 2000


@pytest.fixture(autouse=True)
def known_file(monkeypatch, tmp_path):
    """Let a small file stand for the weights of VGG16."""
    digest = hashlib.md5(CONTENT).hexdigest()
    small = replace(BACKBONES["vgg16"], weights_file="vgg16/small.h5", weights_md5=digest)
    monkeypatch.setitem(BACKBONES, "vgg16", small)
    monkeypatch.setattr("galbar.jobs.environment._keras_home", tmp_path / "keras")


class Server(http.server.ThreadingHTTPServer):
    """Loopback server: serves ``content``, promises ``promised`` bytes, counts the requests."""

    content, promised, status = CONTENT, len(CONTENT), 200
    broken, requests = 0, 0


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.requests += 1
        server.path = self.path
        if server.status != 200:
            self.send_error(server.status)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(server.promised))
        self.end_headers()
        content = server.content
        if server.requests <= server.broken:
            content = content[: len(content) // 3]
        self.wfile.write(content)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights" / "vgg16.weights.h5"


def fetch(server, path):
    origin = f"http://127.0.0.1:{server.server_address[1]}/models/"
    fetch_weights("vgg16", origin, path, timeout=100)


def left_over(path):
    return list(path.parent.iterdir()) if path.parent.is_dir() else []


def test_file_is_fetched_once(server, path):
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.path == "/models/vgg16/small.h5"
    fetch(server, path)
    assert server.requests == 1
    path.write_bytes(b"spoilt")
    fetch(server, path)
    assert server.requests == 2
    assert path.read_bytes() == CONTENT


def test_keras_cache_is_used(server, path, tmp_path):
    cache = tmp_path / "keras" / "models"
    cache.mkdir(parents=True)
    (cache / "small.h5").write_bytes(CONTENT)
    fetch(server, path)
    assert server.requests == 0
    assert path.read_bytes() == CONTENT


def test_wrong_checksum(server, path):
    server.content = CONTENT[:-1] + b"?"
    found = hashlib.md5(server.content).hexdigest()
    expected = hashlib.md5(CONTENT).hexdigest()
    message = f"small.h5: wrong checksum, found MD5 {found} in 512000 bytes, expected {expected}.*"
    with pytest.raises(ValueError, match=message + r"as vgg16.weights.h5 .* key weights"):
        fetch(server, path)
    assert server.requests == 1
    assert left_over(path) == []


def test_interrupted_transfer(server, path):
    server.broken = 1
    message = r"small.h5: the transfer was interrupted: found 170666 bytes, expected 512000.*key we"
    with pytest.raises(ConnectionError, match=message):
        fetch(server, path)
    assert left_over(path) == []
    # Snakemake tries again.
    fetch(server, path)
    assert server.requests == 2
    assert path.read_bytes() == CONTENT


def test_no_network(server, path):
    server.shutdown()
    server.server_close()
    message = r"127.0.0.1.*small.h5: not fetched: .*refused.*key weights"
    with pytest.raises(ConnectionError, match=message):
        fetch(server, path)
    assert left_over(path) == []


def test_missing_at_the_origin(server, path):
    server.status = 404
    with pytest.raises(ConnectionError, match=r"small.h5: the server answered 404 Not Found"):
        fetch(server, path)
    assert server.requests == 1


def test_unknown_architecture(path):
    with pytest.raises(ValueError, match="'vgg19', only for vgg16, resnet50v2, xception"):
        fetch_weights("vgg19", "http://127.0.0.1", path)


def test_weights_are_found_in_a_directory(tmp_path):
    (tmp_path / "small.h5").write_bytes(b"")
    assert find_weights(tmp_path, "vgg16") == tmp_path / "small.h5"
    (tmp_path / "vgg16.weights.h5").write_bytes(b"")
    assert find_weights(tmp_path, "vgg16") == tmp_path / "vgg16.weights.h5"
    assert find_weights(tmp_path / "small.h5", "xception") == tmp_path / "small.h5"
    with pytest.raises(FileNotFoundError, match=r"neither xception.weights.h5 nor xception_weig"):
        find_weights(tmp_path, "xception")
    with pytest.raises(FileNotFoundError, match="none is no directory"):
        find_weights(tmp_path / "none", "xception")


def test_table_is_the_one_of_the_installed_keras():
    """Names and checksums, as the source of keras.applications has them."""
    folder = Path(find_spec("keras").origin).parent / "src" / "applications"
    # VGG16's entry is replaced by the fixture; the two others are the published ones.
    for architecture, module in (("resnet50v2", "resnet"), ("xception", "xception")):
        # A name may be broken into two strings.
        source = re.sub(r'"\s*f?"', "", (folder / f"{module}.py").read_text())
        backbone = BACKBONES[architecture]
        path, digest = backbone.weights_file, backbone.weights_md5
        assert digest in source
        assert f"storage.googleapis.com/tensorflow/keras-applications/{module}/" in source
        assert path.removeprefix(f"{module}/").replace("resnet50v2", "{weights_name}") in source
