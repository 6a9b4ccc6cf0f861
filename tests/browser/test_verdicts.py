"""Verdicts: kept in the browser, downloaded, read back into the table of lengths."""

import csv

import numpy as np
import pandas as pd
import pytest

from galbar.lengths.verdicts import add_verdicts
from tests.helpers.galleries import make_gallery, make_table

NOTE = '=cmd|"/c calc"!A1, "quoted"; é \u2028 end'


def judge(page, position, key, note=None):
    page.locator(f'.card[data-position="{position}"] button').click()
    page.keyboard.press(key)
    if note is not None:
        page.keyboard.press("e")
        page.keyboard.type(note)
    page.keyboard.press("Escape")
    # Out of the note, then out of the large view.
    if page.is_visible("#large"):
        page.keyboard.press("Escape")


def test_they_come_back_with_the_page(page, address):
    judge(page, 0, "g")
    judge(page, 1, "b", "arm")
    judge(page, 4, "n")
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    assert page.inner_text('.card[data-position="0"] .verdict') == "good"
    assert page.inner_text('.card[data-position="1"] .verdict') == "bad"
    assert page.inner_text('.card[data-position="4"] .verdict') == "no bar"
    assert "arm" in page.inner_text('.card[data-position="1"] .remarks')


def test_the_same_key_takes_a_verdict_back(page):
    page.locator(".card button").first.focus()
    page.keyboard.press("g")
    assert page.inner_text('.card[data-position="0"] .verdict') == "good"
    page.keyboard.press("g")
    assert page.inner_text('.card[data-position="0"] .verdict') == ""


def test_a_note_is_no_key(page):
    judge(page, 0, "g", "big bone map ? o")
    assert page.evaluate("Verdicts.of(0)") == {"verdict": "good", "note": "big bone map ? o"}
    assert page.get_attribute("#overlay", "aria-pressed") == "true"


def test_the_download_is_read_back(tab, page, table, tmp_path):
    judge(page, 0, "g")
    judge(page, 3, "n", NOTE)
    path = tab.download("#download", tmp_path / "verdicts.csv")
    read = add_verdicts(table, [path])
    assert read["verdict"].tolist()[:4] == ["good", "", "", "no bar"]
    assert set(read["verdict"][4:]) == {""}
    assert read["note"][3] == NOTE
    assert read.drop(columns=["verdict", "note"]).equals(table)


def test_no_text_of_the_download_is_a_formula(tab, page, tmp_path):
    for position, start in enumerate("=+-@"):
        judge(page, position, "g", f"{start}1+1")
    path = tab.download("#download", tmp_path / "verdicts.csv")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["note"][:2] for row in rows[:4]] == ["'=", "'+", "'-", "'@"]
    assert rows[0]["galaxy_id"] == "587722981736120347"


def test_notes_with_apostrophes_come_back(tab, page, table, tmp_path):
    notes = ["'=1", "''=1", "'-", "'+x", "'@", "'tis", "'", "''", "=1", "a'=1"]
    for position, note in enumerate(notes):
        judge(page, position, "g", note)
    path = tab.download("#download", tmp_path / "verdicts.csv")
    assert add_verdicts(table, [path])["note"].tolist()[: len(notes)] == notes


def test_galaxies_of_a_different_project_get_nothing(tab, page, table, tmp_path):
    """All pages from disk share what a browser keeps: by the galaxy, not by its number alone."""
    judge(page, 0, "g")
    judge(page, 3, "b", "arm")
    elsewhere = table.head(20).assign(ra=1.0)
    shared = tab.open(make_gallery(tmp_path / "elsewhere", elsewhere))
    assert shared.evaluate("Gallery.columns.id[3]") == "galaxy 3"
    assert shared.evaluate("Verdicts.kept")
    assert shared.evaluate("[0, 3].map((row) => Verdicts.of(row).verdict)") == ["", ""]
    judge(shared, 1, "n")
    # The same galaxies in a table that has grown, its first id a text: all numbers are others.
    grown = pd.concat([table.tail(1).assign(id="NGC 1"), table.head(20)], ignore_index=True)
    grown["galaxy_id"] = grown["galaxy_id"] // 3 + np.arange(21)
    more = tab.open(make_gallery(tmp_path / "grown", grown))
    verdicts = more.evaluate("[0, 1, 2, 3, 4].map((row) => Verdicts.of(row).verdict)")
    assert verdicts == ["", "good", "", "", "bad"]
    assert more.evaluate("Verdicts.of(4).note") == "arm"


def test_pages_that_are_open_together_keep_what_both_say(tab, page, address):
    second = page.context.new_page()
    second.goto(address)
    second.wait_for_selector("html[data-ready]")
    judge(page, 0, "g")
    judge(second, 1, "b")
    second.reload()
    second.wait_for_selector("html[data-ready]")
    verdicts = second.evaluate("[0, 1].map((row) => Verdicts.of(row).verdict)")
    assert verdicts == ["good", "bad"]


def test_the_download_holds_the_rows_that_pass(tab, page, table, tmp_path):
    page.fill("#search", "galaxy 22")
    page.wait_for_function("Gallery.shown.length == 11")
    page.select_option("#sort", "redshift")
    path = tab.download("#download", tmp_path / "verdicts.csv")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    passing = table[table["id"].str.contains("galaxy 22")].sort_values("redshift")
    assert [row["id"] for row in rows] == passing["id"].tolist()
    numbers = [float(row["length_px"]) for row in rows]
    assert numbers == pytest.approx(passing["length_px"].tolist(), rel=1e-4)


def test_verdicts_of_the_table_are_shown_and_filtered(tab, tmp_path):
    table = make_table(12)
    table.insert(10, "verdict", ["good", "bad", "no bar", *[""] * 9])
    table.insert(11, "note", ["", "two bars", *[""] * 10])
    page = tab.open(make_gallery(tmp_path, table))
    assert "two bars" in page.inner_text('.card[data-position="1"]')
    facet = page.get_by_role("group", name="verdict", exact=True)
    for name in ("none", "good"):
        facet.locator("label", has_text=name).locator("input").uncheck()
    page.wait_for_function("Gallery.shown.length == 2")
    # The browser's own verdict comes first.
    judge(page, 0, "g")
    assert page.evaluate("Verdicts.of(1)") == {"verdict": "good", "note": "two bars"}


def test_where_nothing_can_be_kept_the_page_says_so(tab, address):
    tab.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})"
    )
    page = tab.open(address)
    judge(page, 0, "g")
    assert page.inner_text('.card[data-position="0"] .verdict') == "good"
    page.keyboard.press("?")
    assert "may keep nothing" in page.inner_text("#about-page")
