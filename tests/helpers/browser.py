"""Debian's Chromium, driven by playwright, with what a page says and asks for."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

#: Browsers that are looked for, in this order; another may be named by GALBAR_CHROMIUM.
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium():
    """Return the path of the browser, None if there is none."""
    named = os.environ.get("GALBAR_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_chromium():
    """Start the browser; yield it, and end it."""
    # A home of its own: nothing of a user's comes in, nothing stays.
    with tempfile.TemporaryDirectory(prefix="galbar-browser-") as home, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=find_chromium(),
            # Root, as in CI, has no sandbox; /dev/shm is small in containers.
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            env={**os.environ, "HOME": home},
        )
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """A page, with its complaints and all that it asked for.

    Attributes
    ----------
    page : playwright.sync_api.Page
    complaints : list of str, messages of the console and errors
    requests : list of str, addresses
    """

    def __init__(self, browser, **options):
        self._context = browser.new_context(**options)
        self.page = self._context.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, address):
        """Open a gallery and wait until sorting and filters are there; return the page."""
        self.page.goto(address)
        self.page.wait_for_selector("html[data-ready]")
        return self.page

    def download(self, button, path):
        """Press a button and store what it downloads."""
        with self.page.expect_download() as waiting:
            self.page.click(button)
        waiting.value.save_as(path)
        return Path(path)

    def close(self):
        """Close the page and forget what it stored."""
        self._context.close()
