"""A wish to stop, as a cluster utters it: SIGTERM before the time limit, or from scancel."""

import signal

from galbar.io.job_log import announce

__all__ = ["Interrupted", "check_interruption", "watch_for_interruption"]

_received = []


class Interrupted(SystemExit):
    """The process was asked to stop and has stored what it had; ends it."""


def watch_for_interruption():
    """From now on SIGTERM does not kill: `check_interruption` tells of it."""
    _received.clear()
    signal.signal(signal.SIGTERM, lambda number, frame: _received.append(number))


def check_interruption(stored):
    """Stop where nothing is lost, if the process was asked to.

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
