"""Galleries of 100, 10,000 and 100,000 made-up galaxies: how long writing and opening takes.

Usage, from the root of the repository, with Chromium (tests/browser/packages)::

    .venv/bin/python benchmarks/gallery.py [--galaxies 100 10000 100000] [--out build/gallery]

Galaxies are noise around a bright middle, with 22 columns, as of a network's input of 48 px. Opened
from disk, three times each, the medians: until the first galaxies are drawn and their pictures
decoded ("first view"; those of the static page), until the list answers ("list"), and until all
numbers are there, so that sorting and filters answer ("complete"); then the time from a choice to
the new list on the screen of sorting by a number, of moving a slider, and of a search; and the
longest frame while the list is scrolled from its beginning to its end, sorted. Writes numbers.json.
"""

import argparse
import json
import shutil
import statistics
import sys
import time
from pathlib import Path

from machine import describe_machine

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT)]

from tests.helpers.browser import Tab, open_chromium  # noqa: E402
from tests.helpers.galleries import make_gallery, make_table  # noqa: E402

REPEATS = 3

# Noted by the page itself, from the start of its loading on [ms].
NOTE_TIMES = """
window.times = {};
addEventListener("DOMContentLoaded", () => {
  const pictures = [...new Set([...document.querySelectorAll("image")].map((n) => n.href.baseVal))];
  Promise.all(pictures.map((address) => Object.assign(new Image(), { src: address }).decode()))
    .then(() => requestAnimationFrame(() => { times.first_view = performance.now(); }));
});
const look = () => {
  if (!times.list && document.querySelector(".virtual .card")) times.list = performance.now();
  if (document.documentElement.dataset.ready) times.complete = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
# Until the frame after the next: what was chosen is on the screen then.
TAKE_TIME = """(act) => new Promise((done) => {
  const start = performance.now();
  new Function(act)();
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
})"""
ACTIONS = {
    "sort": "const s = document.getElementById('sort'); s.value = 'redshift';"
    " s.dispatchEvent(new Event('change'));",
    "slider": "const i = document.querySelector('.tracks input'); i.value = 60;"
    " i.dispatchEvent(new Event('input'));",
    "search": "const s = document.getElementById('search'); s.value = '7';"
    " s.dispatchEvent(new Event('input'));",
}
SCROLL = """() => new Promise((done) => {
  const frames = 120, height = document.body.scrollHeight;
  let frame = 0, before = performance.now(), longest = 0;
  const step = () => {
    const now = performance.now();
    longest = Math.max(longest, now - before);
    before = now;
    if (frame++ === frames) return done(longest);
    scrollTo(0, height * frame / frames);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""


def open_once(browser, address):
    """Open a gallery as for the first time; return times [ms]."""
    tab = Tab(browser)
    tab.page.add_init_script(NOTE_TIMES)
    page = tab.open(address)
    page.wait_for_function("times.first_view && times.complete")
    times = page.evaluate("times")
    for name, act in ACTIONS.items():
        times[name] = page.evaluate(TAKE_TIME, act)
        page.click("#reset")
        page.wait_for_function("Gallery.shown.length === Gallery.rows")
    times["longest_frame"] = page.evaluate(SCROLL)
    tab.close()
    return times


def measure(browser, galaxies, folder):
    """Write and open the gallery of a number of galaxies; return a row of numbers."""
    table = make_table(galaxies)
    start = time.perf_counter()
    address = make_gallery(folder, table, name=f"galaxies{galaxies}")
    row = {"galaxies": galaxies, "written_s": time.perf_counter() - start}
    files = [path for path in (folder / f"galaxies{galaxies}").rglob("*") if path.is_file()]
    row |= {"files": len(files), "mb": sum(path.stat().st_size for path in files) / 1e6}
    runs = [open_once(browser, address) for _ in range(REPEATS)]
    return row | {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def main():
    """Print a line per number of galaxies, and write all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--galaxies", type=int, nargs="+", default=[100, 10_000, 100_000])
    parser.add_argument("--out", type=Path, default=ROOT / "build/gallery")
    options = parser.parse_args()
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    print(describe_machine())
    rows = []
    with open_chromium() as browser:
        print(f"Chromium {browser.version}")
        for galaxies in options.galaxies:
            rows.append(measure(browser, galaxies, options.out))
            print("  ".join(f"{name} {value:.3g}" for name, value in rows[-1].items()), flush=True)
    text = json.dumps({"machine": describe_machine(), "rows": rows}, indent=2)
    (options.out / "numbers.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
