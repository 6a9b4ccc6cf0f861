"""The page itself: from disk, without JavaScript, on a phone, with texts that look like markup."""

import base64

import pytest

from tests.helpers.browser import Tab
from tests.helpers.galleries import make_gallery, make_table

HOSTILE = [
    '<img src=x onerror="window.hurt = 1">',
    "</script><script>window.hurt = 1</script>",
    '" onmouseover="window.hurt = 1',
    "'; window.hurt = 1; //",
    "line\u2028break\u2029s",
    "../../../etc/passwd",
    "$title ${count}",
    "\N{GREEK SMALL LETTER ALPHA} & <b>bold</b>",
]


@pytest.mark.parametrize("single", [False, True], ids=["folder", "single file"])
def test_ids_are_texts(tab, tmp_path, single):
    table = make_table(len(HOSTILE))
    table["id"] = table["flag"] = HOSTILE
    table["note"] = HOSTILE
    address = make_gallery(tmp_path, table)
    page = tab.open((tmp_path / "made_up.html").as_uri() if single else address)
    shown = page.evaluate("[...document.querySelectorAll('.name')].map((n) => n.textContent)")
    assert shown == HOSTILE
    for _ in HOSTILE:
        page.locator(".card button").first.focus()
    page.keyboard.press("Enter")
    for _ in HOSTILE:
        page.keyboard.press("ArrowRight")
    assert page.evaluate("window.hurt") is None
    assert page.evaluate("document.querySelectorAll('#grid img, #grid b, #large b').length") == 0


def test_ids_are_texts_without_javascript(new_tab, tmp_path):
    table = make_table(len(HOSTILE))
    table["id"] = HOSTILE
    page = new_tab(java_script_enabled=False).page
    page.goto(make_gallery(tmp_path, table))
    assert page.locator(".name").all_text_contents() == HOSTILE
    assert page.locator("#grid img").count() == 0


def test_the_first_hundred_are_there_without_javascript(new_tab, address, table):
    page = new_tab(java_script_enabled=False).page
    page.goto(address)
    assert page.locator(".card .name").all_inner_texts() == table["id"][:100].tolist()
    assert page.is_visible(".card >> nth=0")
    assert "px" not in page.inner_text(".card >> nth=0")
    assert not page.is_visible("#tools")
    assert page.inner_text("#status") == "230 galaxies"


def test_static_and_drawn_pictures_agree(new_tab, address):
    """Python and JavaScript draw the same bar, scale and compass."""
    static = new_tab(java_script_enabled=False).page
    static.goto(address)
    drawn = new_tab().open(address)
    numbers = """(svg) => [...svg.querySelectorAll("image, .bar, .bar path, .scale, text")]
        .flatMap((n) => ["x", "y", "width", "d", "transform"].map((k) => n.getAttribute(k) || ""))
        .join(" ").match(/-?[0-9.]+/g).map(Number)"""
    texts = "(svg) => [...svg.querySelectorAll('text')].map((n) => n.textContent)"
    for number in (0, 5, 12):
        locate = [page.locator(".card svg").nth(number) for page in (static, drawn)]
        # Evaluating needs no script of the page.
        first, second = (svg.evaluate(texts) for svg in locate)
        assert first == second
        labels = {svg.get_attribute("aria-label") for svg in locate}
        assert len(labels) == 1
        first, second = (sorted(svg.evaluate(numbers)) for svg in locate)
        assert first == pytest.approx(second, rel=2e-3, abs=0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_is_wide_enough(new_tab, address, scheme):
    page = new_tab(viewport={"width": 390, "height": 844}, color_scheme=scheme).open(address)
    width = "[document.documentElement.scrollWidth, innerWidth]"
    assert page.evaluate(width) == [390, 390]
    page.click("#filters summary")
    page.locator(".card button").first.click()
    assert page.evaluate(width) == [390, 390]
    box = page.locator("#large").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    inner = page.evaluate("[large.scrollWidth, large.clientWidth]")
    assert inner[0] == inner[1]


def test_colours_follow_the_system(new_tab, address):
    colour = "getComputedStyle(document.body).backgroundColor"
    light, dark = (
        new_tab(color_scheme=scheme).open(address).evaluate(colour) for scheme in ("light", "dark")
    )
    assert light != dark


def test_everything_that_can_be_pressed_has_a_name(page):
    """As a screen reader would say it."""
    page.locator(".card button").first.click()
    nameless = page.evaluate("""() => [...document.querySelectorAll("button, input, select, a")]
        .filter((node) => !(node.getAttribute("aria-label") || node.textContent.trim()
            || node.labels && [...node.labels].some((label) => label.textContent.trim())))
        .map((node) => node.outerHTML)""")
    assert nameless == []
    card = page.locator(".card").nth(3)
    assert card.get_attribute("aria-posinset") == "4"
    assert card.get_attribute("aria-setsize") == "230"


def test_without_heat_maps_nothing_speaks_of_them(tab, tmp_path):
    page = tab.open(make_gallery(tmp_path, make_table(5), maps=False))
    assert not page.is_visible("#map")
    assert not page.is_visible("#mask-legend")
    page.locator(".card button").first.click()
    assert not page.is_visible("#blink")
    page.keyboard.press(" ")
    page.keyboard.press("m")
    files = {address.rpartition("/")[2] for address in tab.requests}
    assert "0.jpg" in files
    assert "0_map.jpg" not in files


def test_a_galaxy_that_cannot_be_measured_has_no_bar(tab, tmp_path):
    table = make_table(3)
    lengths = [name for name in table if name.startswith("length_")]
    table.loc[1, [*lengths, "angle", "pa_sky", "petror90_r", "ra"]] = float("nan")
    page = tab.open(make_gallery(tmp_path, table))
    card = page.locator(".card").nth(1)
    assert "not measurable" in card.inner_text()
    assert card.locator(".bar").count() == 0
    # The scale is in units of petroR90, to which the image was scaled.
    assert card.locator("text").first.text_content() == "0.5 R90"


@pytest.mark.parametrize(("number", "said"), [(1, "1 galaxy"), (0, "0 galaxies")])
def test_small_catalogues(tab, tmp_path, number, said):
    page = tab.open(make_gallery(tmp_path, make_table(number)))
    assert page.inner_text("#status") == said
    assert page.locator(".card").count() == number


def test_a_missing_part_is_said(browser, tmp_path, table):
    address = make_gallery(tmp_path, table)
    (tmp_path / "made_up/data/0.js").unlink()
    # Not `new_tab`: the browser complains, as it should.
    tab = Tab(browser)
    tab.page.goto(address)
    tab.page.wait_for_function("document.getElementById('status').innerText.includes('is missing')")
    # What was there without JavaScript stays.
    assert tab.page.locator(".card").count() == 100
    tab.close()


def test_the_page_of_one_file_holds_its_first_galaxies(tab, tmp_path):
    """As many as fit into the address that a report makes of it."""
    make_gallery(tmp_path, make_table(1100))
    alone = tmp_path / "elsewhere.html"
    (tmp_path / "made_up.html").rename(alone)
    assert alone.stat().st_size * 4 / 3 < 2 * 1024**2
    page = tab.open(alone.as_uri())
    rows = page.evaluate("Gallery.rows")
    assert rows in range(200, 1100, 100)
    assert page.inner_text("#status") == f"{rows} galaxies (the first of 1,100)"
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_selector(f'.card[data-position="{rows - 1}"]')
    assert {address.split(":")[0] for address in tab.requests} <= {"file", "data"}
    assert [address for address in tab.requests if address.startswith("file")] == [alone.as_uri()]


def test_the_page_of_one_file_opens_within_a_report(new_tab, tmp_path):
    """Snakemake shows it as an address of its own in a frame, which may keep nothing."""
    make_gallery(tmp_path, make_table(1100))
    page = (tmp_path / "made_up.html").read_bytes()
    address = f"data:text/html;base64,{base64.b64encode(page).decode()}"
    tab = new_tab()
    tab.page.goto("about:blank")
    tab.page.evaluate(
        "(address) => document.body.append(Object.assign(document.createElement('iframe'),"
        " { src: address, width: 1000, height: 700 }))",
        address,
    )
    frame = tab.page.frame_locator("iframe")
    frame.locator(".card").first.wait_for()
    frame.locator(".card button").first.click()
    frame.get_by_role("button", name="good").click()
    assert frame.locator("#verdicts button[aria-pressed=true]").inner_text() == "good"
    assert len(tab.page.frames) == 2
    assert tab.page.frames[1].evaluate("Verdicts.kept") is False
