"""A real browser, and tabs whose complaints and requests are looked at."""

import pytest

from tests.helpers.browser import Tab, find_chromium, open_chromium
from tests.helpers.galleries import make_gallery, make_table


@pytest.fixture(scope="session")
def browser():
    if find_chromium() is None:
        pytest.fail("found no Chromium (see tests/browser/packages), expected it for test-browser")
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def new_tab(browser):
    """Give a function that opens a tab; at the end none may have complained or left the disk."""
    tabs = []

    def new(**options):
        tabs.append(Tab(browser, **options))
        return tabs[-1]

    yield new
    for tab in tabs:
        tab.close()
    assert [text for tab in tabs for text in tab.complaints] == []
    asked = [address for tab in tabs for address in tab.requests]
    assert [
        address for address in asked if not address.startswith(("file:", "data:", "blob:"))
    ] == []


@pytest.fixture
def tab(new_tab):
    return new_tab()


@pytest.fixture(scope="session")
def table():
    return make_table(230)


@pytest.fixture(scope="session")
def address(table, tmp_path_factory):
    """Return the address of a gallery of three sheets."""
    return make_gallery(tmp_path_factory.mktemp("gallery"), table)


@pytest.fixture
def page(tab, address):
    return tab.open(address)
