"""The large view: pictures, numbers, keys, links, verdicts."""

import math
import re

import pytest


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def large_name(page):
    return page.inner_text("#large-name")


@pytest.fixture
def large(page):
    page.locator(".card button").nth(2).click()
    return page


def test_it_shows_the_galaxy_with_its_numbers(large, table):
    row = table.iloc[2]
    assert large_name(large) == row["id"]
    numbers = large.inner_text("#numbers")
    assert f"{row['length_px']:.3g} px" in numbers
    assert str(row["galaxy_id"]) in numbers
    assert re.search(rf"redshift\s+{row['redshift']:.4g}", numbers)


def test_whole_numbers_are_in_full(large, table):
    assert (table["flag_bits"] < 10_000).all()
    large.evaluate("Gallery.columns.flag_bits[3] = 16385")
    press(large, "ArrowRight")
    row = large.locator("#numbers tr", has=large.locator("th[title=flag_bits]"))
    assert row.locator("td").inner_text() == "16385"


def test_what_is_all_empty_has_no_row_and_no_slider(large, table):
    assert table["expected_bias"].isna().all()
    shown = large.evaluate("[...document.querySelectorAll('#numbers th')].map((n) => n.title)")
    assert {"length_kpc", "mask_axis_ratio", "flag_bits", "recommended"} <= set(shown)
    assert "expected_bias" not in shown
    sliders = large.evaluate("Filters.sliders.map((slider) => slider.name)")
    assert {"length_kpc", "length_deprojected_kpc"} <= set(sliders)
    assert "expected_bias" not in sliders


def test_deprojected_lengths_have_their_intervals(large, table):
    row = large.locator("#numbers tr", has=large.locator("th[title=length_deprojected_kpc]"))
    for number in table.index[table["length_deprojected_kpc"].notna()][:3]:
        large.evaluate("(number) => Large.show(number)", int(number))
        expected = (
            table.loc[number, "length_deprojected_kpc"],
            *(table.loc[number, f"length_deprojected_kpc_{end}"] for end in ("low68", "high68")),
        )
        numbers = re.findall(r"[0-9.]+", row.locator("td").inner_text())
        assert [float(text) for text in numbers] == pytest.approx(expected, rel=6e-3)


def test_the_bar_is_as_long_and_turned_as_the_table_says(large, table):
    """From tip to tip in pixels of the 424 px image, and its position angle on the screen."""
    row = table.iloc[2]
    ends = large.evaluate("""() => {
        const svg = document.querySelector("#large-picture svg");
        const line = svg.querySelector(".bar .line"), matrix = line.getScreenCTM();
        const length = line.getTotalLength();
        const at = (s) => line.getPointAtLength(s).matrixTransform(matrix);
        const box = svg.getBoundingClientRect();
        const place = (p) => [(p.x - box.left) / box.width, (p.y - box.top) / box.height];
        return [at(0), at(length)].map(place);
    }""")
    # What is shown is 48 px of a canvas of 159 px, which is 424 px wide.
    shown = 48 * 424 / 159
    (x1, y1), (x2, y2) = ends
    dx, dy = (x2 - x1) * shown, (y2 - y1) * shown
    assert (dx**2 + dy**2) ** 0.5 == pytest.approx(row["length_px"], rel=1e-3)
    # North is up and east to the left: from north through east.
    assert math.degrees(math.atan2(-dx, -dy)) % 180 == pytest.approx(row["pa_sky"], abs=0.1)
    # About the middle of the 424 px image: half a pixel of the map beside that of the crop.
    assert (x1 + x2) / 2 * 48 == pytest.approx(24.5, abs=0.02)
    assert (y1 + y2) / 2 * 48 == pytest.approx(24.5, abs=0.02)


def test_the_scale_bar_is_a_round_number_of_arcsec(large, table):
    text = large.locator("#large-picture svg text").first.text_content()
    arcsec = float(text.removesuffix("\u2033"))
    px = large.evaluate("Gallery.value(2, '_scale')")
    assert px * 0.02 * table.loc[2, "petror90_r"] == pytest.approx(arcsec, rel=1e-4)


def test_keys_go_through_the_list_and_close(large, table):
    press(large, "ArrowRight", "ArrowRight", "ArrowLeft")
    assert large_name(large) == table["id"][3]
    press(large, "Escape")
    assert not large.is_visible("#large")
    # The card of the galaxy has the focus.
    focused = large.evaluate("document.activeElement.closest('.card').dataset.position")
    assert focused == "3"


def test_keys_move_along_the_list_and_open(page, table):
    page.locator(".card button").first.focus()
    across = page.evaluate("Grid.across")
    press(page, "ArrowDown", "ArrowRight", "Enter")
    assert large_name(page) == table["id"][across + 1]
    press(page, "Escape", *["ArrowDown"] * 30)
    focused = int(page.evaluate("document.activeElement.closest('.card').dataset.position"))
    assert focused > 30 * across - 230
    box = page.evaluate(
        "(() => { const b = document.activeElement.getBoundingClientRect();"
        " return [b.top, b.bottom, innerHeight]; })()"
    )
    assert box[0] >= 0
    assert box[1] <= box[2]


def test_the_map_takes_the_place_of_the_image(large):
    hidden = "getComputedStyle(document.querySelector('#large-picture .map')).visibility"
    assert large.evaluate(hidden) == "hidden"
    press(large, "m")
    assert large.evaluate(hidden) == "visible"
    press(large, "m")
    assert large.evaluate(hidden) == "hidden"


def test_blinking_changes_between_both(large):
    large.evaluate("Large.BLINK_MS = 20")
    press(large, " ")
    visibility = "getComputedStyle(document.querySelector('#large-picture .map')).visibility"
    for state in ("visible", "hidden", "visible"):
        large.wait_for_function(f"{visibility} == '{state}'")
    assert large.get_attribute("#blink", "aria-pressed") == "true"
    press(large, " ")
    assert large.evaluate("Large.timer") == 0


def test_space_presses_the_button_that_has_the_focus(large):
    large.locator("#large-overlay").focus()
    press(large, " ")
    assert large.evaluate("Large.timer") == 0
    assert large.get_attribute("#large-overlay", "aria-pressed") == "false"


def test_outlines_come_with_their_sheet(large):
    large.wait_for_function("!!document.querySelector('#large-picture .outline').getAttribute('d')")
    press(large, "o")
    assert large.locator("#large-picture .outline").count() == 0


def test_links_lead_to_the_position(large, table):
    addresses = [link.get_attribute("href") for link in large.locator("#links a").all()]
    assert len(addresses) == 2
    row = table.iloc[2]
    for address in addresses:
        assert address.startswith("https://")
        assert f"{row['ra']:.4f}"[:-1] in address
        assert f"{abs(row['dec']):.4f}"[:-1] in address
    assert {link.get_attribute("rel") for link in large.locator("#links a").all()} == {
        "noopener noreferrer"
    }
    # A galaxy without a position has none.
    large.evaluate("Gallery.columns.ra[3] = NaN")
    press(large, "ArrowRight")
    assert large.locator("#links a").count() == 0


def test_help_names_the_keys(page):
    press(page, "?")
    assert page.is_visible("#keys")
    assert "blink" in page.inner_text("#keys")
    press(page, "Escape")
    assert not page.is_visible("#keys")
