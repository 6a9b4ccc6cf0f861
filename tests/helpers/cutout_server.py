"""A server of cutouts on this machine that can fail in every way, and counts what it is asked."""

import http.server
import os
import threading
import time
from collections import Counter
from contextlib import contextmanager
from unittest import mock

# A safety net for what a test waits for [s].
LIMIT = 60.0
# How long each request is kept at least [s]: for clients that ask too often to be caught.
HOLD = 0.02


class CutoutServer(http.server.ThreadingHTTPServer):
    """Answers each path by the functions that `answers` holds for it, the last one for ever.

    An answer takes the request's handler and writes what it wants. `requests` counts them by path,
    `agents` are the clients' names, `most_at_once` is how many were answered at a time.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers, self.default = {}, not_found
        self.requests, self.agents, self.most_at_once = Counter(), set(), 0
        self._under_way, self._changed = set(), threading.Condition()

    @property
    def url(self):
        """Address of the server."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, handler):
        """Answer one request."""
        with self._changed:
            self.requests[handler.path] += 1
            self.agents.add(handler.headers["User-Agent"])
            self._under_way.add(handler)
            self.most_at_once = max(self.most_at_once, len(self._under_way))
            listed = self.answers.get(handler.path, [])
            reply = listed.pop(0) if len(listed) > 1 else listed[0] if listed else self.default
            self._changed.notify_all()
        time.sleep(HOLD)
        try:
            reply(handler)
        finally:
            self.leave(handler)

    def leave(self, handler):
        """Count a request as answered.

        Before the last bytes go out: a client that has them may ask again before this thread ends.
        """
        with self._changed:
            self._under_way.discard(handler)
            self._changed.notify_all()

    def wait_for(self, condition):
        """Wait until a condition on the server holds; whether it came to hold."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), LIMIT)

    def handle_error(self, request, client_address):
        """Keep quiet: clients go away in these tests."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.answer(self)

    def log_message(self, *_):
        """Keep quiet."""


@contextmanager
def serve():
    """Run a server that is reached without a proxy, by processes that are started now, too."""
    with mock.patch.dict(os.environ, {"NO_PROXY": "127.0.0.1"}), CutoutServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def send(content, status=200, **headers):
    """Answer with a content, and headers whose underscores stand for hyphens."""

    def reply(handler):
        handler.send_response(status)
        for name, value in {"Content_Length": len(content), **headers}.items():
            handler.send_header(name.replace("_", "-"), str(value))
        handler.server.leave(handler)
        handler.end_headers()
        handler.wfile.write(content)

    return reply


def not_found(handler):
    """Answer that there is nothing."""
    send(b"nothing there", 404)(handler)


def truncated(content):
    """Break off after a third of a content."""

    def reply(handler):
        send(content[: len(content) // 3], Content_Length=len(content))(handler)
        handler.close_connection = True

    return reply


def stalled(content):
    """Stop in the middle, and keep the connection until the client goes away."""

    def reply(handler):
        send(content[: len(content) // 3], Content_Length=len(content))(handler)
        handler.connection.settimeout(LIMIT)
        handler.rfile.read(1)
        handler.close_connection = True

    return reply


def hang_up(handler):
    """Close the connection without a word."""
    handler.close_connection = True


def after_others(number, reply):
    """Answer as soon as so many requests are under way at once, or after a moment."""

    def wait_and_reply(handler):
        server = handler.server
        begin = time.monotonic()
        while server.most_at_once < number and time.monotonic() - begin < LIMIT:
            time.sleep(0.001)
        reply(handler)

    return wait_and_reply
