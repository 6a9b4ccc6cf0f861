import re
from types import SimpleNamespace

import pytest
import yaml
from docutils.core import publish_string
from jinja2 import Environment, StrictUndefined

from galbar.config.check import check_config

# Params that rules have in common (scores.smk).
SHARED = {"**BOOTSTRAP": ("bootstrap_samples", "interval", "seed")}
# What the captions may take from the rules; the test below compares with the rules.
PARAMS = {
    "bootstrap_samples": 2000,
    "column": "Class3.1",
    "criteria": {"pearson": "as published", "level": "a share of the maximum"},
    "crop": 0.3019,
    "interval": 0.95,
    "margin": 0.2,
    "min_measured_share": 0.8,
    "number": 1,
    "omega_m": 0.3,
    "sample": "common",
    "split": "validation",
}
CHOICES = [{}, {"number": 5, "sample": "test"}]


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


def render(text, config, simulate, **changes):
    """Render a caption as Snakemake does; what is undefined is an error here."""
    snakemake = SimpleNamespace(
        params=SimpleNamespace(**{**PARAMS, **changes}),
        wildcards=SimpleNamespace(catalogue="hoyle"),
        input=SimpleNamespace(truth=["results/scores_truth.csv"] if simulate else []),
        config=config | {"survey": config["survey"] | {"simulate": simulate}},
    )
    # Blocks are trimmed as in snakemake.report.
    environment = Environment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text).render(snakemake=snakemake)


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
