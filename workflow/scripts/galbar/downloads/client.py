"""A polite HTTP client: few requests at a time, pauses, retries that back off, and an end to them.

Which answers are worth another try, how long to wait for it and what Retry-After says is
urllib3's; requests reads from the network, through a proxy where the environment names one.
"""

import logging
import random
import threading
import time
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import InvalidHeader, MaxRetryError
from urllib3.util import Retry

from galbar import __version__
from galbar.downloads.answers import FailedError, RefusedError, ServiceDownError
from galbar.io.download import RETRIED

logger = logging.getLogger(__name__)

# After so many downloads in a row that the service failed to answer, by all tries, it is down.
_DOWN_AFTER = 20

# Longest wait that a service may ask for [s], and largest file [bytes].
_LONGEST_WAIT = 3600
_LARGEST = 1 << 28
_BLOCK = 1 << 16

_NOT_THERE = (404, 410)
_BUSY = (429, 503)


class _TooLargeError(Exception):
    """An answer that is no cutout."""


# Another try would give the same.
_FINAL = (
    _TooLargeError,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.TooManyRedirects,
)


class Pace:
    """Keeps the starts of requests apart, over all threads.

    Parameters
    ----------
    delay : float, shortest time between two of them [s]
    clock, sleep : callable, those of the module ``time``, or others in tests
    """

    def __init__(self, delay, clock=time.monotonic, sleep=time.sleep):
        self._delay, self._clock, self.sleep = delay, clock, sleep
        self._lock, self._free = threading.Lock(), 0.0

    def wait(self):
        """Wait until the next request may start."""
        with self._lock:
            now = self._clock()
            begin = max(now, self._free)
            self._free = begin + self._delay
        if begin > now:
            self.sleep(begin - now)

    def hold(self, seconds):
        """Let no request start for some time."""
        with self._lock:
            self._free = max(self._free, self._clock() + seconds)


class _StatusError(Exception):
    """An answer that is no image; ``after``: seconds that it asks to wait, or None."""

    def __init__(self, response, after):
        super().__init__(f"the server answered {response.status_code} {response.reason}".strip())
        self.status, self.after = response.status_code, after


class Client:
    """Fetches from one service; its methods are safe from threads.

    Parameters
    ----------
    connections : int, most at a time
    retries : int, further tries of a request
    timeout : float, longest silence of the server [s]
    pace : Pace
    """

    def __init__(self, *, connections, retries, timeout, pace):
        self.connections = connections
        self._timeout, self._pace = timeout, pace
        self._policy = Retry(retries, status_forcelist=RETRIED, backoff_factor=1)
        self._session = requests.Session()
        self._session.headers["User-Agent"] = (
            f"galbar/{__version__} requests/{requests.__version__}"
        )
        self._session.max_redirects = 5
        adapter = requests.adapters.HTTPAdapter(
            pool_connections=4, pool_maxsize=connections, pool_block=True, max_retries=0
        )
        # There is none for other schemes: a redirection to a local file is refused.
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)
        self._lock, self._failures, self._down = threading.Lock(), 0, ""

    def end_row(self):
        """Begin the row of failures anew: there is an answer, of now or of an earlier run."""
        with self._lock:
            self._failures = 0

    def fetch(self, url, accept):
        """Fetch an address, and try again what may be better another time.

        Parameters
        ----------
        url : str
        accept : callable
            Of the content, bytes; ValueError if it is not what was asked for, which is tried again,
            `RefusedError` if there is nothing to be had.

        Returns
        -------
        what ``accept`` returns

        Raises
        ------
        RefusedError : if there is no such file, or ``accept`` says so
        FailedError : if no good answer came
        ServiceDownError
            If it failed to answer many requests in a row (connections, time-outs, errors of the
            server; a refusal of a request is an answer), or asks for a long wait.
        """
        policy = self._policy
        while True:
            if self._down:
                raise ServiceDownError(self._down)
            self._pace.wait()
            try:
                result = accept(self._read(url))
            except RefusedError:
                self.end_row()
                raise
            except (*_FINAL, requests.RequestException, ValueError, _StatusError) as error:
                policy = self._before_next_try(url, policy, error)
                continue
            self.end_row()
            return result

    def _read(self, url):
        """Return the content of a good answer."""
        with self._session.get(url, timeout=self._timeout, stream=True) as response:
            if response.status_code in _NOT_THERE:
                status = f"{response.status_code} {response.reason}".strip()
                raise RefusedError(f"the service has no image there (it answered {status})")
            if response.status_code != requests.codes.ok:
                raise _StatusError(response, self._wait_of(response))
            content = bytearray()
            for block in response.iter_content(_BLOCK):
                content += block
                if len(content) > _LARGEST:
                    raise _TooLargeError(f"found more than {_LARGEST >> 20} MB, expected a cutout")
            return bytes(content)

    def _wait_of(self, response):
        """Return what an answer's Retry-After says [s], None where it says nothing."""
        try:
            return self._policy.get_retry_after(response.raw)
        except InvalidHeader:
            return None

    def _before_next_try(self, url, policy, error):
        """Wait as the policy says, and return the policy of the next try; or give up."""
        status, after = getattr(error, "status", None), getattr(error, "after", None)
        tries = len(policy.history) + 1
        if after is not None and after > _LONGEST_WAIT:
            self._stop(url, f"it asks to be left alone for {after:.0f} s")
        if isinstance(error, _FINAL) or (status and not policy.is_retry("GET", status)):
            raise self._failed(url, error, tries) from error
        try:
            policy = policy.increment("GET", url, error=error)
        except MaxRetryError:
            raise self._failed(url, error, tries) from error
        wait = policy.get_backoff_time()
        # Spread, and yet the same each time: it follows from the request.
        wait *= 0.5 + 0.5 * random.Random(f"{url} {tries}").random()
        logger.info("%s: try %d failed, %s", url, tries, _describe(error))
        if status in _BUSY:
            self._pace.hold(max(wait, after or 0))
        elif wait:
            self._pace.sleep(wait)
        return policy

    def _failed(self, url, error, tries):
        """Count a failure that is the service's; return the error of its galaxy."""
        text = f"{_describe(error)} ({tries} {'try' if tries == 1 else 'tries'})"
        with self._lock:
            self._failures += _is_of_service(error)
            failures = self._failures
        if failures >= _DOWN_AFTER:
            self._stop(url, f"{failures} downloads in a row failed, the last: {text}")
        return FailedError(f"not fetched: {text}")

    def _stop(self, url, reason):
        """Stop all threads with one message."""
        self._down = (
            f"{urlsplit(url).netloc} is not to be used now: {reason}. What was fetched is kept: "
            "run again later, and it goes on from there"
        )
        raise ServiceDownError(self._down)


def _is_of_service(error):
    """Return whether a failure says something of the service, and not of the request alone."""
    if isinstance(error, _StatusError):
        return error.status >= requests.codes.server_error or error.status in RETRIED
    return isinstance(error, requests.RequestException) and not isinstance(error, _FINAL)


def _describe(error):
    """Say in a line why a request has failed."""
    if isinstance(error, requests.RequestException):
        # What is at the root says more than what wraps it.
        while error.__context__ is not None:
            error = error.__context__
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) < 300 else f"{text[:300]}..."
