"""The log of a job: everything that the process prints, and progress of long loops."""

import logging
import os
import sys
import time
from pathlib import Path

from galbar.io.atomic import explain_write_errors

logger = logging.getLogger(__name__)

# Where the process printed before it had a log.
_outside = None


def start_log(path):
    """Send all that this process prints to ``path``, TensorFlow's C++ output included.

    The file is replaced, its folder created.
    """
    global _outside
    _outside = os.dup(sys.stderr.fileno())
    with explain_write_errors(path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # To append: of two copies of a job none writes over the lines of the other.
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    os.close(log)
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, force=True)
    logging.captureWarnings(True)


def announce(text):
    """Write a line to the job's log and outside of it, where a cluster keeps what jobs print.

    For the end of a job whose log another copy of it may have replaced.
    """
    logger.warning(text)
    print_outside(text)


def print_outside(text):
    """Print where the process printed before it had a log; nowhere if it has none."""
    if _outside is not None:
        os.write(_outside, f"{text}\n".encode())


def progress(items, total, unit, every=10.0, amount=None):
    """Yield ``items`` unchanged and log how many are done, the rate and the time left.

    Parameters
    ----------
    items : iterable
    total : int, number of items, or sum of their amounts
    unit : str, plural noun for the log, such as "galaxies"
    every : float, shortest time between two lines [s]
    amount : callable, optional, how many units an item is; None: each is one
    """
    begin = last = time.monotonic()
    done = 0
    for item in items:
        yield item
        done += 1 if amount is None else amount(item)
        now = time.monotonic()
        if now - last >= every and done < total:
            rate = done / (now - begin)
            left = (total - done) / rate
            logger.info("%d of %d %s, %.3g per second, %.0f s left", done, total, unit, rate, left)
            last = now
    seconds = time.monotonic() - begin
    logger.info("%d of %d %s done in %.1f s", done, total, unit, seconds)
