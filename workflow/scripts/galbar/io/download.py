"""Files that are fetched from an address: at once, or in parts that later transfers add to."""

import http.client
import json
import logging
import re
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from galbar import __version__
from galbar.io.atomic import explain_write_errors, write_json
from galbar.io.job_log import progress

logger = logging.getLogger(__name__)

#: Answers of a server that may be better another time.
RETRIED = (408, 425, 429, 500, 502, 503, 504)

_BLOCK = 1 << 20


class TransferError(ConnectionError):
    """A transfer that did not come to its end.

    Attributes
    ----------
    is_final : bool, whether another try would give the same
    retry_after : str or None, the server's header of that name
    """

    def __init__(self, text, *, is_final=False, retry_after=None):
        super().__init__(text)
        self.is_final, self.retry_after = is_final, retry_after


def download(url, path, *, timeout, remedy):
    """Download a file once; a transfer that ends early is an error.

    Parameters
    ----------
    url : str
    path : str or Path, file to write
    timeout : float, longest silence of the server [s]
    remedy : str, a sentence for the messages: what to do instead of fetching

    Raises
    ------
    ConnectionError, naming the address, what happened and the remedy
    """
    try:
        with _open(url, {}, timeout) as answer, open(path, "wb") as file:
            size = _stated_length(answer)
            for block in _read(answer):
                file.write(block)
            _check_end(file.tell(), size)
    except TransferError as error:
        raise ConnectionError(f"{url}: {error}. {remedy}") from error


def transfer(url, path, *, timeout, check_size):
    """Fetch a file to its end, beginning with what an earlier transfer has left of it.

    The server is asked for the rest (Range) only if it has named the version of the file the first
    time (ETag, Last-Modified), and only as long as it is that version (If-Range). One that has no
    ranges, names no version or has another one sends the file from its begin. What was received is
    kept in ``path``, and where it is from in ``{path}.json``.

    What a server sends from its begin, although there is a part that it was asked to go on with,
    may be no file at all (a page of a proxy, with status 200). It takes the place of that part once
    it is longer, or is going to be by what the server states; else it lies beside it.

    Parameters
    ----------
    url : str
    path : str or Path, the part of the file that is there, to be completed
    timeout : float, longest silence of the server [s]
    check_size : callable
        Of the whole size that the server states [bytes], or None, and of what is there already;
        raises if that is not to be fetched.

    Returns
    -------
    Path
        The whole file: ``path``, or ``{path}.anew`` where ``path`` is a part that is not shorter,
        to be kept unless the whole file is accepted.

    Raises
    ------
    TransferError : if it did not come to its end
    OSError : if the disk does not take it
    """
    path = Path(path)
    begin, headers = _resume(url, path)
    try:
        with _open(url, headers, timeout) as answer:
            received, (begin, size) = begin, _begin_and_size(answer, begin)
            check_size(size, begin)
            with explain_write_errors(path):
                if begin < received and (size is None or size <= received):
                    return _write_beside(answer, url, path, received, size)
                _append(answer, url, path, begin, size)
    except _WholeError:
        check_size(begin, begin)
    except _UnsuitableError as error:
        # What is there is no begin of what the server has.
        forget_part(path)
        raise TransferError(str(error)) from error
    return path


def forget_part(path):
    """Delete the part of a file that `transfer` has left, if there is one."""
    Path(path).unlink(missing_ok=True)
    _record_of(path).unlink(missing_ok=True)


def _write_beside(answer, url, path, received, size):
    """Write an answer beside a part of ``received`` bytes, until it is longer; return the longer.

    It is deleted if it does not come to its end.
    """
    beside = Path(f"{path}.anew")
    try:
        _append(answer, url, beside, 0, size)
    except BaseException:
        if not _take_longer(beside, path, received):
            forget_part(beside)
        raise
    return path if _take_longer(beside, path, received) else beside


def _take_longer(beside, path, received):
    """Put a file into the place of a part if it is longer; return whether it is."""
    if not beside.is_file() or beside.stat().st_size <= received:
        return False
    # Without a record a part is not gone on with: whatever happens in between.
    _record_of(path).unlink(missing_ok=True)
    beside.replace(path)
    _record_of(beside).replace(_record_of(path))
    return True


class _UnsuitableError(Exception):
    """The server does not go on with a part of a file."""


class _WholeError(Exception):
    """There is nothing to go on with: all of the file is there."""


def _record_of(path):
    return Path(f"{path}.json")


def _resume(url, path):
    """Return how many bytes of a file are there [bytes], and the headers that ask for the rest."""
    try:
        record = json.loads(_record_of(path).read_text(encoding="utf-8"))
        size = path.stat().st_size
        version = record["version"] if record["url"] == url else None
    except (OSError, ValueError, KeyError, TypeError):
        return 0, {}
    if not (size and version):
        return 0, {}
    return size, {"Range": f"bytes={size}-", "If-Range": version}


@contextmanager
def _open(url, headers, timeout):
    """Ask for a file, and yield the answer, of status 200 or 206."""
    agent = {"User-Agent": f"galbar/{__version__}"}
    request = urllib.request.Request(url, headers=agent | headers)
    try:
        answer = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and headers:
                stated = error.headers.get("Content-Range", "")
                if headers["Range"] == f"bytes={stated.removeprefix('bytes */')}-":
                    raise _WholeError from error
                raise _UnsuitableError(
                    f"asked for {headers['Range']}, it has {stated!r}"
                ) from error
            raise TransferError(
                f"the server answered {error.code} {error.reason}",
                is_final=error.code not in RETRIED,
                retry_after=error.headers.get("Retry-After"),
            ) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise TransferError(f"not fetched: {reason}") from error
    with answer:
        yield answer


def _begin_and_size(answer, begin):
    """Return where an answer begins in the file, and the size of the whole, None if not stated."""
    if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0, _stated_length(answer)
    stated = answer.headers.get("Content-Range", "")
    of_range = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", stated)
    if not of_range or int(of_range[1]) != begin:
        raise _UnsuitableError(f"asked for bytes from {begin} on, the server sent {stated!r}")
    return begin, None if of_range[2] == "*" else int(of_range[2])


def _stated_length(answer):
    length = answer.headers.get("Content-Length")
    return None if length is None else int(length)


def _append(answer, url, path, begin, size):
    """Write an answer behind the first bytes of a file, and log how far it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab" if begin else "wb") as file:
        if begin:
            message = "%s: going on after %d of %s bytes"
            logger.info(message, url, begin, "unknown" if size is None else size)
        else:
            write_json({"url": url, "version": _version_of(answer)}, _record_of(path))
        blocks = _read(answer)
        if size is not None:
            blocks = progress(blocks, size - begin, "bytes", amount=len)
        for block in blocks:
            file.write(block)
        _check_end(file.tell(), size)


def _version_of(answer):
    """Return what names the version of a file, for If-Range; None if nothing does reliably."""
    tag = answer.headers.get("ETag")
    if tag and not tag.startswith("W/"):
        return tag
    return answer.headers.get("Last-Modified")


def _read(answer):
    """Yield the blocks of an answer until it ends, early or not."""
    while True:
        try:
            block = answer.read1(_BLOCK)
        except http.client.IncompleteRead as error:
            yield error.partial
            if answer.chunked:
                # No size was stated: nothing else tells that this is not the end.
                raise TransferError("the transfer was interrupted within its chunks") from error
            return
        except (OSError, http.client.HTTPException) as error:
            raise TransferError(f"not fetched: {error or type(error).__name__}") from error
        if not block:
            return
        yield block


def _check_end(received, size):
    """Raise TransferError if the connection ended before the file did."""
    if size is not None and received != size:
        raise TransferError(
            f"the transfer was interrupted: found {received} bytes, expected {size}"
        )
