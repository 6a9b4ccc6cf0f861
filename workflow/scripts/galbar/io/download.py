"""Files that are fetched from an address."""

import http.client
import shutil
import urllib.error
import urllib.request
from pathlib import Path

_BLOCK = 1 << 20


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
        with urllib.request.urlopen(url, timeout=timeout) as answer, open(path, "wb") as file:
            shutil.copyfileobj(answer, file, _BLOCK)
            expected = answer.headers.get("Content-Length")
    except urllib.error.HTTPError as error:
        reason = f"the server answered {error.code} {error.reason}"
        raise ConnectionError(f"{url}: {reason}. {remedy}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise ConnectionError(f"{url}: not fetched: {reason}. {remedy}") from error
    size_bytes = Path(path).stat().st_size
    if expected is not None and size_bytes != int(expected):
        raise ConnectionError(
            f"{url}: the transfer was interrupted: found {size_bytes} bytes, expected {expected}. "
            f"{remedy}"
        )
