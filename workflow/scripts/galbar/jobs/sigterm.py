"""Graceful shutdown on SIGTERM, which a cluster sends before a time limit or on scancel."""

import signal

from galbar.io.job_log import announce

_received = []


class Interrupted(SystemExit):
    """The process got SIGTERM and has stored what it had; ends it."""


def watch_for_interruption():
    """Record SIGTERM from now on instead of dying from it; see `check_interruption`."""
    _received.clear()
    signal.signal(signal.SIGTERM, lambda number, frame: _received.append(number))


def check_interruption(stored):
    """End the process where nothing is lost, if SIGTERM has come.

    Parameters
    ----------
    stored : str
        What has been stored, for the message.

    Raises
    ------
    Interrupted
        If SIGTERM has come since `watch_for_interruption`.
    """
    if _received:
        message = (
            f"stopped by SIGTERM (a time limit, scancel or a node going down): {stored}; "
            "the next attempt goes on from there"
        )
        announce(message)
        raise Interrupted(message)
