"""Work on many items in several processes, with the same results as in one."""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from galbar.io.job_log import progress

_ITEMS_AT_A_TIME = 16


def map_in_processes(function, items, processes, unit):
    """Apply a function to all items; return the results in their order.

    Parameters
    ----------
    function : callable, of a module: processes import it
    items : sequence, each independent of the others
    processes : int, at least 1
    unit : str, what the items are, for the log

    Returns
    -------
    list
    """
    if processes == 1:
        return list(progress(map(function, items), len(items), unit))
    # A fresh interpreter per worker: forking beside other threads' libraries can deadlock.
    context = multiprocessing.get_context("spawn")
    # Unlike multiprocessing.Pool it stops where workers cannot start.
    with _without_main_file(), ProcessPoolExecutor(processes, mp_context=context) as pool:
        results = pool.map(function, items, chunksize=_ITEMS_AT_A_TIME)
        return list(progress(results, len(items), unit))


@contextmanager
def _without_main_file():
    """Hide the script's file: workers would run it, and one from the web has only an address."""
    main = sys.modules["__main__"]
    path = getattr(main, "__file__", None)
    main.__file__ = None
    try:
        yield
    finally:
        main.__file__ = path
