"""The list: order, filters, search, and only what is in view in the document."""

import io
import re

import numpy as np
import pytest
from PIL import Image


def names(page):
    """Ids of the cards, in the order of the document."""
    return page.locator("#grid .card .name").all_inner_texts()


def status(page):
    return page.inner_text("#status")


def settle(page):
    """Wait for the next two frames: filters are applied in one."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def move(page, label, step):
    slider = page.get_by_label(label)
    slider.evaluate(
        "(input, step) => { input.value = step; input.dispatchEvent(new Event('input')); }", step
    )
    settle(page)


@pytest.mark.parametrize("column", ["length_arcsec", "redshift", "p_bar"])
@pytest.mark.parametrize("descending", [False, True])
def test_galaxies_are_sorted(page, table, column, descending):
    page.select_option("#sort", column)
    if descending:
        page.click("#direction")
    expected = table.sort_values(column, ascending=not descending)["id"].tolist()
    shown = names(page)
    assert len(shown) >= 10
    assert shown == expected[: len(shown)]
    # At the other end, too.
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function(
        "name => [...document.querySelectorAll('.name')].pop().innerText == name", arg=expected[-1]
    )
    last = names(page)
    assert last == expected[-len(last) :]


def test_unknown_values_come_last_in_both_directions(page):
    page.evaluate("Gallery.columns.redshift[5] = NaN")
    for _ in range(2):
        page.select_option("#sort", "redshift")
        assert page.evaluate("Gallery.shown.at(-1)") == 5
        page.click("#direction")


def test_sliders_keep_what_is_between_them(page, table):
    low, high = table["redshift"].min(), table["redshift"].max()
    move(page, "smallest redshift", 100)
    move(page, "largest redshift", 200)
    between = table["redshift"].between(low + (high - low) / 3, low + (high - low) * 2 / 3)
    shown = page.evaluate("Gallery.shown")
    assert 20 < len(shown) < 200
    # The page's numbers are rounded.
    assert abs(len(shown) - between.sum()) <= 1
    assert status(page) == f"{len(shown)} of 230 galaxies"
    assert page.get_by_label("largest redshift").get_attribute("aria-valuetext")
    # What is not known passes no filter.
    page.evaluate("Gallery.columns.redshift[Gallery.shown[0]] = NaN")
    move(page, "largest redshift", 300)
    assert shown[0] not in page.evaluate("Gallery.shown")
    page.click("#reset")
    settle(page)
    assert status(page) == "230 galaxies"


def test_sliders_do_not_pass_each_other(page):
    move(page, "largest redshift", 100)
    move(page, "smallest redshift", 250)
    assert page.get_by_label("smallest redshift").input_value() == "100"


def test_histograms_count_what_passes(page):
    before = page.locator(".slider .passing").first.get_attribute("d")
    assert before == page.locator(".slider .all").first.get_attribute("d")
    move(page, "smallest redshift", 150)
    assert page.locator(".slider .passing").first.get_attribute("d") != before


def test_boxes_hide_what_is_not_ticked(page, table):
    facet = page.get_by_role("group", name="bar", exact=True)
    facet.get_by_label(re.compile("^no")).uncheck()
    settle(page)
    expected = (table["bar"] != "no").sum()
    assert status(page) == f"{expected} of 230 galaxies"
    facet = page.get_by_role("group", name="flag", exact=True)
    facet.get_by_label(re.compile("^ok")).uncheck()
    settle(page)
    expected = ((table["bar"] != "no") & (table["flag"] != "ok")).sum()
    assert status(page) == f"{expected} of 230 galaxies"


def test_search_looks_at_ids(page):
    page.keyboard.press("/")
    page.keyboard.type("Galaxy 12")
    settle(page)
    expected = ["galaxy 12", *(f"galaxy 12{digit}" for digit in range(10))]
    assert names(page) == expected
    page.fill("#search", "nothing of the kind")
    settle(page)
    assert page.is_visible("#empty")
    assert names(page) == []


def test_only_cards_in_view_are_in_the_document(page):
    assert page.locator("#grid .card").count() < 60
    top = page.evaluate("document.body.scrollHeight")
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    page.wait_for_function("Number(document.querySelector('.card').dataset.position) > 50")
    assert page.locator("#grid .card").count() < 60
    assert page.evaluate("document.body.scrollHeight") == top


def test_a_list_higher_than_browsers_draw_is_scrolled_to_its_end(page):
    page.evaluate("Grid.HIGHEST = 4000; Grid.renew()")
    assert page.evaluate("document.getElementById('grid').offsetHeight") == 4000
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function("!!document.querySelector('.card[data-position=\"229\"]')")
    box = page.locator('.card[data-position="229"]').bounding_box()
    assert 0 < box["y"] + box["height"] <= page.viewport_size["height"]


def test_pictures_are_cut_out_of_their_sheets(page):
    """The middle of each is bright, its corners are sky: no neighbour shows."""
    page.wait_for_load_state("networkidle")
    page.keyboard.press("o")
    shot = page.locator(".card .picture").nth(7).screenshot()
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("L"), dtype=float)
    side = len(pixels)
    middle = pixels[side // 2 - 5 : side // 2 + 5, side // 2 - 5 : side // 2 + 5]
    corner = pixels[5:15, 5:15]
    assert middle.mean() > 150
    assert corner.mean() < 60
