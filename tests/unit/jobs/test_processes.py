"""Work shared among processes: the same results, wherever the workflow was loaded from."""

import math
import sys

import pytest

from galbar.jobs.processes import map_in_processes

ADDRESS = "https://example.org/galbar/workflow/scripts/measure_ellipses.py"


def test_a_script_from_the_web_has_workers(monkeypatch):
    """Its file is an address there, which workers would try to run."""
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__file__", ADDRESS, raising=False)
    monkeypatch.setattr(main, "__spec__", None)
    numbers = [4.0, 9.0, 16.0]
    assert map_in_processes(math.sqrt, numbers, 2, "numbers") == [2.0, 3.0, 4.0]
    assert main.__file__ == ADDRESS
    # After a failure, too.
    with pytest.raises(ValueError, match="math domain error"):
        map_in_processes(math.sqrt, [-1.0], 2, "numbers")
    assert main.__file__ == ADDRESS


def test_one_process_gives_the_same_in_the_same_order():
    assert map_in_processes(math.sqrt, [16.0, 4.0], 1, "numbers") == [4.0, 2.0]
