"""What unit tests share that takes long to make."""

import pytest


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """Give a results folder with everything that the figures read; not to be changed."""
    # Only here: it imports most of the library.
    from tests.helpers.figure_inputs import build_results, select_everything

    results = build_results(tmp_path_factory.mktemp("figures"), galaxies=90)
    select_everything(results)
    return results
