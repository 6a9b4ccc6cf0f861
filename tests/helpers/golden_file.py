"""Stored results that every run of the tests compares with.

``GALBAR_WRITE_GOLDEN=1 .venv/bin/python -m pytest -n 0 tests/unit/test_golden_draws.py`` (or
another test that uses this) writes them anew instead of comparing; look at the difference. A
change of a stored number means that everyone's results change: it needs a reason, and a line
marked **changes results** in CHANGELOG.md.
"""

import hashlib
import json
import os

import numpy as np
import pytest

# Libraries of other CPUs round the last digits differently (float32: 6e-8); another draw
# differs in the first.
RELATIVE, ABSOLUTE = 1e-5, 1e-6


def compare(path, name, found, absolute=ABSOLUTE):
    """Compare a result with the stored one of this name, or store it.

    Parameters
    ----------
    path : Path
        JSON file of an object: name -> result.
    name : str
        Of the result.
    found
        Numbers, strings, None, arrays, and lists and dictionaries of them. Floating-point numbers
        may differ in the last digits, NaN is equal to NaN, all else must be equal.
    absolute : float
        Largest difference of floating-point numbers, beside a relative one of `RELATIVE`.
    """
    found = _plain(found)
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if os.environ.get("GALBAR_WRITE_GOLDEN") == "1":
        _write(path, stored | {name: found})
        pytest.skip(f"{name} is written anew, not compared: see git diff {path.name}")
    assert name in stored, f"{path.name} holds no {name}; see golden_file.py for how to store it"
    _assert_same(found, stored[name], name, absolute)


def digest(numbers):
    """Return 16 hexadecimal digits that stand for an array of integers and its shape."""
    numbers = np.asarray(numbers)
    assert np.issubdtype(numbers.dtype, np.integer), f"floats differ by CPU: {numbers.dtype}"
    content = str(numbers.shape).encode() + numbers.astype("<i8").tobytes()
    return hashlib.sha256(content).hexdigest()[:16]


def _plain(value):
    """Make lists and Python's own numbers; floats of 7 digits, NaN as the string JSON can hold."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.7g}") if np.isfinite(value) else str(value)
    return value


def _assert_same(found, stored, place, absolute):
    assert type(found) is type(stored), f"{place}: found {found!r}, stored is {stored!r}"
    if isinstance(found, dict):
        assert list(found) == list(stored), f"{place}: found {list(found)}"
        found, stored = list(found.items()), list(stored.items())
        for (key, value), (_, expected) in zip(found, stored, strict=True):
            _assert_same(value, expected, f"{place}, {key}", absolute)
    elif isinstance(found, list):
        assert len(found) == len(stored), f"{place}: found {found}, stored is {stored}"
        for number, (value, expected) in enumerate(zip(found, stored, strict=True)):
            _assert_same(value, expected, f"{place}[{number}]", absolute)
    elif isinstance(found, float):
        expected = pytest.approx(stored, rel=RELATIVE, abs=absolute)
        assert found == expected, f"{place}: found {found}, stored is {stored}"
    else:
        assert found == stored, f"{place}: found {found!r}, stored is {stored!r}"


def _write(path, results):
    """Write sorted names, lists in one line each: what changes is easy to find in a difference."""
    parts = [f"  {json.dumps(name)}: {_text_of(results[name])}" for name in sorted(results)]
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def _text_of(result):
    if not isinstance(result, dict):
        return json.dumps(result)
    parts = [f"    {json.dumps(name)}: {json.dumps(part)}" for name, part in result.items()]
    return "{\n" + ",\n".join(parts) + "\n  }"
