"""Requests of a server that fails: what is tried again, after which waits, and when it ends."""

import pytest

from galbar import __version__
from galbar.downloads.answers import FailedError, RefusedError, ServiceDownError
from galbar.downloads.client import Client, Pace
from tests.helpers.cutout_server import (
    after_others,
    hang_up,
    send,
    serve,
    stalled,
    truncated,
)

CONTENT = bytes(range(256)) * 400
GOOD = send(CONTENT)


class Waits(list):
    """A clock that stands still, and what was waited for [s]."""

    def pace(self, delay=0.0):
        return Pace(delay, clock=lambda: 0.0, sleep=self.append)


@pytest.fixture
def waits():
    return Waits()


@pytest.fixture
def server():
    with serve() as server:
        server.default = GOOD
        yield server


@pytest.fixture
def client(waits):
    def make(retries=3, timeout=60, connections=2, delay=0.0):
        return Client(
            connections=connections, retries=retries, timeout=timeout, pace=waits.pace(delay)
        )

    return make


def whole(content):
    """Accept the content only."""
    if content != CONTENT:
        raise ValueError("found something else, expected the content")
    return content


def test_a_good_answer_is_returned_and_the_client_says_who_it_is(server, client, waits):
    assert client().fetch(f"{server.url}/a", whole) == CONTENT
    (agent,) = server.agents
    assert agent.startswith(f"galbar/{__version__} ")
    assert waits == []


def test_errors_of_the_server_are_tried_again_after_longer_and_longer_waits(server, client, waits):
    server.answers["/a"] = [send(b"", 500)] * 4 + [GOOD]
    assert client(retries=4).fetch(f"{server.url}/a", whole) == CONTENT
    assert server.requests["/a"] == 5
    # The first at once; then 2, 4 and 8 s, each shortened by up to a half.
    assert [2 / 2 <= wait <= 2 for wait in waits[:1]] == [True]
    assert all(full / 2 <= wait <= full for wait, full in zip(waits, (2, 4, 8), strict=True))
    again = list(waits)
    waits.clear()
    server.answers["/a"] = [send(b"", 500)] * 4 + [GOOD]
    client(retries=4).fetch(f"{server.url}/a", whole)
    assert waits == again


def test_retry_after_is_waited_for_by_all_requests(server, client, waits):
    server.answers["/a"] = [send(b"", 429, Retry_After=17), GOOD]
    both = client()
    assert both.fetch(f"{server.url}/a", whole) == CONTENT
    assert waits == [17]
    both.fetch(f"{server.url}/b", whole)
    # The clock stands still: others are kept waiting, too.
    assert waits == [17, 17]


def test_a_service_that_asks_for_hours_is_left_alone(server, client, waits):
    server.answers["/a"] = [send(b"", 503, Retry_After=7200)]
    asked = client()
    with pytest.raises(ServiceDownError, match=r"127.0.0.1:\d+ is not to be used now: .*7200 s"):
        asked.fetch(f"{server.url}/a", whole)
    with pytest.raises(ServiceDownError, match="What was fetched is kept: run again later"):
        asked.fetch(f"{server.url}/b", whole)
    assert server.requests == {"/a": 1}
    assert waits == []


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (truncated(CONTENT), "IncompleteRead"),
        (hang_up, "Remote end closed connection"),
        (send(b"<html>busy</html>"), "found something else, expected the content"),
        (send(b"", 502), "the server answered 502 Bad Gateway"),
    ],
)
def test_what_may_be_better_next_time(server, client, broken, reason):
    server.answers["/a"] = [broken, GOOD]
    assert client().fetch(f"{server.url}/a", whole) == CONTENT
    assert server.requests["/a"] == 2
    server.answers["/b"] = [broken]
    with pytest.raises(FailedError, match=rf"^not fetched: .*{reason}.*\(4 tries\)$"):
        client().fetch(f"{server.url}/b", whole)
    assert server.requests["/b"] == 4


def test_a_stalled_connection_is_given_up(server, client):
    server.answers["/a"] = [stalled(CONTENT), GOOD]
    assert client(timeout=0.2).fetch(f"{server.url}/a", whole) == CONTENT
    server.answers["/b"] = [stalled(CONTENT)]
    with pytest.raises(FailedError, match="timed out"):
        client(timeout=0.2, retries=0).fetch(f"{server.url}/b", whole)


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_asked_for_once(server, client, status):
    server.answers["/a"] = [send(b"", status)]
    with pytest.raises(RefusedError, match=f"no image there .it answered {status}"):
        client().fetch(f"{server.url}/a", whole)
    assert server.requests["/a"] == 1


def test_other_refusals_are_not_tried_again(server, client):
    server.answers["/a"] = [send(b"", 403)]
    with pytest.raises(FailedError, match=r"answered 403 Forbidden \(1 try\)"):
        client().fetch(f"{server.url}/a", whole)
    assert server.requests["/a"] == 1


def test_redirections_are_followed_to_other_addresses_only(server, client, tmp_path):
    server.answers["/a"] = [send(b"", 302, Location=f"{server.url}/b")]
    assert client().fetch(f"{server.url}/a", whole) == CONTENT
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    for target in (secret.as_uri(), "ftp://127.0.0.1/a"):
        server.answers["/c"] = [send(b"", 302, Location=target)]
        with pytest.raises(FailedError, match="No connection adapters"):
            client().fetch(f"{server.url}/c", whole)
    server.answers["/d"] = [send(b"", 302, Location=f"{server.url}/d")]
    with pytest.raises(FailedError, match="Exceeded 5 redirects"):
        client().fetch(f"{server.url}/d", whole)


def test_a_file_that_is_no_cutout_is_not_read_to_its_end(server, client, monkeypatch):
    monkeypatch.setattr("galbar.downloads.client._LARGEST", 1000)
    with pytest.raises(FailedError, match=r"more than 0 MB, expected a cutout \(1 try\)"):
        client().fetch(f"{server.url}/a", whole)


def test_requests_start_apart(server, client, waits):
    apart = client(delay=0.25)
    for name in "abc":
        apart.fetch(f"{server.url}/{name}", whole)
    assert waits == [0.25, 0.5]


def test_many_failures_in_a_row_end_it_and_a_good_answer_begins_the_row_anew(server, client):
    for number in range(19):
        server.answers[f"/{number}"] = [send(b"", 500)]
    tried = client(retries=0)
    for round_ in range(2):
        for number in range(19):
            with pytest.raises(FailedError, match="500"):
                tried.fetch(f"{server.url}/{number}", whole)
        if round_ == 0:
            tried.fetch(f"{server.url}/good", whole)
    server.answers["/last"] = [send(b"", 500)]
    with pytest.raises(ServiceDownError, match="20 downloads in a row failed, the last: the serv"):
        tried.fetch(f"{server.url}/last", whole)


@pytest.mark.parametrize("reply", [send(b"", 400), send(b"", 403), send(b"<html>none</html>")])
def test_what_a_service_answers_does_not_make_it_down(server, client, reply):
    tried = client(retries=0)
    server.default = reply
    for number in range(25):
        with pytest.raises(FailedError):
            tried.fetch(f"{server.url}/{number}", whole)


@pytest.mark.parametrize("reply", [send(b"", 501), send(b"", 429), hang_up, truncated(CONTENT)])
def test_what_says_something_of_the_service_is_counted(server, client, reply):
    tried = client(retries=0)
    server.default = reply
    for number in range(19):
        with pytest.raises(FailedError):
            tried.fetch(f"{server.url}/{number}", whole)
    # A refusal neither counts nor begins the row anew.
    server.answers["/no"] = [send(b"", 400)]
    with pytest.raises(FailedError):
        tried.fetch(f"{server.url}/no", whole)
    with pytest.raises(ServiceDownError, match="20 downloads in a row failed"):
        tried.fetch(f"{server.url}/last", whole)


def test_nothing_listens(client):
    with serve() as server:
        url = server.url
    with pytest.raises(FailedError, match=r"Connection refused \(4 tries\)"):
        client().fetch(f"{url}/a", whole)


def test_the_helper_waits_for_company(server, client):
    """Or the test of the number of connections would see one at a time."""
    server.answers["/a"] = [after_others(1, GOOD)]
    client().fetch(f"{server.url}/a", whole)
    assert server.most_at_once == 1
