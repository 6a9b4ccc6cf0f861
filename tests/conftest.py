"""What all tests share: where the real data are, and the root of the repository."""

import os
from pathlib import Path

import pytest

from galbar.jobs import start  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root():
    """Root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def real_data():
    """Folder with hoyle/ and kaggle_sample/, from the variable GALBAR_REAL_DATA."""
    folder = os.environ.get("GALBAR_REAL_DATA")
    if not folder:
        if os.environ.get("CI") and os.environ.get("WITHOUT_REAL_DATA") != "yes":
            pytest.fail("GALBAR_REAL_DATA is not set: CI never skips the tests on real data")
        pytest.skip("GALBAR_REAL_DATA is not set (folder with hoyle/ and kaggle_sample/)")
    for needed in ("hoyle/hoyle_barlengths.csv", "kaggle_sample/training_solutions_rev1.csv"):
        if not (Path(folder) / needed).is_file():
            pytest.fail(f"GALBAR_REAL_DATA={folder}: {needed} is missing")
    return Path(folder)
