import base64
import html
import re
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml
from docutils.core import publish_parts, publish_string
from jinja2 import Environment, StrictUndefined

import write_front_page
from galbar import __version__
from galbar.config.check import check_config
from galbar.scores.headline import headline_table

# Params that rules have in common (scores.smk).
SHARED = {"**BOOTSTRAP": ("bootstrap_samples", "interval", "seed")}
# What the captions may take from the rules; the test below compares with the rules.
PARAMS = {
    "bins": 6,
    "bootstrap_samples": 2000,
    "check": "random_weights",
    "column": "Class3.1",
    "criteria": {"pearson": "as published", "level": "a share of the maximum"},
    "crop": 0.3019,
    "interval": 0.95,
    "margin": 0.2,
    "min_measured_share": 0.8,
    "number": 1,
    "cosmology": {"omega_m": 0.3, "hubble_constant": 70},
    "own": False,
    "sample": "common",
    "split": "validation",
}
# As long as a real one: docutils limits the length of a line.
PICTURE = bytes(range(256)) * 400
CHOICES = [{}, {"number": 5, "own": True, "sample": "test", "check": "localisation"}]
CHOICES += [{"check": "faithfulness"}, {"check": "other_answer"}]


def rules_with_captions(root):
    """Return the text of every rule with a caption, by the caption's name."""
    rules = {}
    for path in (root / "workflow" / "rules").glob("*.smk"):
        for rule in re.split(r"\n(?= *rule )", path.read_text()):
            for caption in re.findall(r'caption="\.\./report/([\w.]+)"', rule):
                rules.setdefault(caption, []).append(rule)
    return rules


def captions(root):
    return {path.name: path.read_text() for path in (root / "workflow" / "report").glob("*.rst")}


def render(text, config, simulate, files=(), **changes):
    """Render a caption as Snakemake does; what is undefined is an error here."""
    snakemake = SimpleNamespace(
        params=SimpleNamespace(**{**PARAMS, **changes}),
        wildcards=SimpleNamespace(catalogue="hoyle"),
        input=SimpleNamespace(
            scores="results/scores.csv", truth=["results/scores_truth.csv"] if simulate else []
        ),
        config=config | {"survey": config["survey"] | {"simulate": simulate}},
    )
    # Blocks are trimmed as in snakemake.report.
    environment = Environment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text).render(snakemake=snakemake, files=files)


@pytest.fixture(scope="module", params=["config.yaml", "demo.yaml"])
def config(root, request):
    """Complete the published configuration, and the demo's."""
    return check_config(yaml.safe_load((root / "config" / request.param).read_text()))


def test_every_caption_is_valid_and_complete(root, config):
    for name, text in captions(root).items():
        for simulate in (True, False):
            for choice in CHOICES:
                words = render(text, config, simulate, **choice)
                # Level 2 (warnings) and above stop the conversion.
                html = publish_string(
                    words, writer="html5", settings_overrides={"halt_level": 2}
                ).decode()
                assert 'class="system-message"' not in html, name
                assert "None" not in words, name
                # A trimmed block takes its line's end with it: sentences must not stick together.
                assert not re.search(r"[a-z)][.:;][A-Z*`]", words), name
                assert len(words.split()) > 30, name


def test_rules_and_captions_fit_each_other(root):
    rules = rules_with_captions(root)
    texts = captions(root)
    assert set(rules) == set(texts) - {"workflow.rst"}
    for name, text in texts.items():
        for param in set(re.findall(r"snakemake\.params\.(\w+)", text)):
            assert param in PARAMS, f"{name}: add {param} to this test"
            for rule in rules[name]:
                params = rule.split("params:")[1]
                for block, shared in SHARED.items():
                    params = params.replace(block, "=, ".join([*shared, ""]))
                assert re.search(rf"\b{param}=", params), f"{name}: {param} is no param"


def test_captions_say_which_sample(root, config):
    texts = captions(root)
    caption = texts["plot_bar_lengths.rst"]
    assert "Right: the control network" in render(caption, config, False, sample="common")
    assert "The control network\nis not shown" in render(caption, config, False, sample="test")
    assert "simulated survey" in render(texts["workflow.rst"], config, True)
    assert "Galaxy Zoo 2 images" in render(texts["workflow.rst"], config, False)


@pytest.fixture
def first_page(root, config, results, tmp_path):
    """Give a function that renders the report's first page, from tables of scores or none."""

    def show(scores, simulate):
        files = []
        if scores:
            (tmp_path / "overview.png").write_bytes(PICTURE)
            files.append(SimpleNamespace(target="front_page.html", path=tmp_path / "page.html"))
            paths = [results(name) for name in scores], tmp_path / "overview.png", files[0].path
            write_front_page.main(*paths, interval=0.95)
        text = render(captions(root)["workflow.rst"], config, simulate, files)
        # As in snakemake.report.
        settings = {"halt_level": 2}
        parts = publish_parts(text, writer="html", settings_overrides=settings)
        return html.unescape(parts["html_body"])

    return show


def test_the_first_page_shows_the_main_scores_and_the_overview(first_page, results):
    page = first_page(["scores.csv", "scores_truth.csv"], True)
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert ["true lengths" in tables[0], "human lengths" in tables[1]] == [True, True]
    assert f"<p>galbar {__version__}</p>" in page
    for table, name in zip(tables, ("scores_truth.csv", "scores.csv"), strict=True):
        scores = pd.read_csv(results(name))
        rows = [re.findall(r"<td>(.*?)</td>", row) for row in table.split("<tr>")]
        shown = {row[0]: row[1:] for row in rows if row}
        labels = {
            "calibrated": "calibrated",
            "saliency": "best single setting",
            "saliency_published": "published criterion",
            "ellipse_drop": "ellipses: drop",
            "moments": "image in place of maps",
            "other_work": "other_work",
            "size_only": "size only",
        }
        for estimator, label in labels.items():
            assert shown[label] == expected_texts(scores, estimator, "test")
        control = expected_texts(scores, "control", "common")
        assert shown["control network (common sample)"] == control
        assert ("human measurements" in shown) == (name == "scores_truth.csv")
    (picture,) = re.findall(r'src="data:image/png;base64,([^"]*)"', page)
    assert base64.b64decode(picture) == PICTURE


def expected_texts(scores, estimator, sample):
    """Write what the table must show of an estimator, straight from the scores."""
    rows = scores[(scores["estimator"] == estimator) & (scores["sample"] == sample)]
    rows = rows.set_index("quantity")
    texts = [str(rows.loc["length_scaled", "n"])]
    for quantity, statistic, digits in (
        ("length_scaled", "pearson_r", 2),
        ("length_kpc_h", "pearson_r", 2),
        ("length_px", "mae", 1),
        ("length_kpc_h", "mae", 2),
        ("length_kpc", "mae", 2),
        ("length_scaled", "slope_on_reference", 2),
    ):
        value, low, high = (
            f"{rows.loc[quantity, f'{statistic}{end}']:.{digits}f}" for end in ("", "_low", "_high")
        )
        interval = "" if quantity == "length_kpc" else f" [{low}, {high}]"
        texts.append("\N{EN DASH}" if value == "nan" else f"{value}{interval}")
    covers = [rows.loc["length_scaled", name] for name in ("coverage_68", "coverage_95")]
    text = f"{100 * covers[0]:.0f} % / {100 * covers[1]:.0f} %"
    return [*texts, text if estimator == "calibrated" else "\N{EN DASH}"]


def test_the_first_page_of_an_unfinished_run_has_words_only(first_page):
    page = first_page([], False)
    assert "<table" not in page
    assert "<img" not in page
    assert "Networks learn" in page


def test_the_first_page_of_real_data_has_no_truth(first_page):
    page = first_page(["scores.csv"], False)
    (table,) = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert "human lengths" in table


def test_scores_without_calibrated_lengths_have_no_headline(results):
    scores = pd.read_csv(results("scores.csv"))
    with pytest.raises(ValueError, match="no row of calibrated lengths, found"):
        headline_table(scores[scores["estimator"] != "calibrated"])
