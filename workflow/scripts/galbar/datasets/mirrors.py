"""Fetching from several addresses in turn, each patiently."""

import logging
import time

from urllib3.exceptions import InvalidHeader, MaxRetryError
from urllib3.util import Retry

from galbar.datasets.dataset import CorruptedError
from galbar.io.download import TransferError, forget_part, transfer

logger = logging.getLogger(__name__)

# Longest wait that a server may ask for [s].
_LONGEST_WAIT = 3600


def fetch_from_mirrors(parts, download, *, check_size, accept, sleep=time.sleep):
    """Fetch a file from the first address that has it as it should be.

    Parameters
    ----------
    parts : dict, address -> Path, in the order in which they are asked
        Where what is received from each is kept until all of it is there. What one has sent need
        not be a begin of what another has.
    download : galbar.datasets.dataset.Download
    check_size : callable, see `galbar.io.download.transfer`
    accept : callable
        Of the address and the Path of the whole file, to be moved to its place; `CorruptedError` if
        it is another one. It is then deleted, and fetched once more.
    sleep : callable, ``time.sleep`` or another in tests

    Raises
    ------
    ConnectionError : says of each address what happened
    OSError : if the disk does not take it
    """
    answers = []
    for url, part in parts.items():
        try:
            _fetch_patiently(url, part, download, check_size, accept, sleep)
            return
        except (TransferError, CorruptedError) as error:
            logger.warning("%s: %s", url, error)
            answers.append(f"  {url}: {error}")
    raise ConnectionError("\n".join(["no address has given it:", *answers]))


def _fetch_patiently(url, part, download, check_size, accept, sleep):
    """Fetch from one address; tries count from the last progress on."""
    begin = policy = Retry(download.retries, backoff_factor=1)
    most, is_repeated = 0, False
    while True:
        try:
            whole = transfer(url, part, timeout=download.timeout, check_size=check_size)
            accept(url, whole)
            return
        except CorruptedError as error:
            # A part of it may be of another day, or the connection has changed it.
            forget_part(whole)
            if is_repeated:
                raise
            is_repeated = True
            logger.warning("%s: %s; deleted, to be fetched once more", url, error)
            continue
        except TransferError as error:
            received = part.stat().st_size if part.is_file() else 0
            if received > most:
                most, policy = received, begin
            policy, wait = _next_try(url, policy, error)
        sleep(wait)


def _next_try(url, policy, error):
    """Return the policy of the next try, and how long to wait for it [s]; or raise the error."""
    if error.is_final:
        raise error
    try:
        policy = policy.increment("GET", url, error=error)
    except MaxRetryError:
        tries = len(policy.history) + 1
        text = f"{error} ({tries} {'try' if tries == 1 else 'tries'} without progress)"
        raise TransferError(text) from error
    asked = _asked_wait(policy, error)
    if asked > _LONGEST_WAIT:
        text = f"{error}, and it asks to be left alone for more than {_LONGEST_WAIT} s"
        raise TransferError(text) from error
    wait = max(policy.get_backoff_time(), asked)
    logger.info("%s: %s; next try in %.0f s", url, error, wait)
    return policy, wait


def _asked_wait(policy, error):
    """Return how long the server asks to wait [s], 0 if it does not."""
    try:
        return policy.parse_retry_after(error.retry_after) if error.retry_after else 0
    except InvalidHeader:
        return 0
