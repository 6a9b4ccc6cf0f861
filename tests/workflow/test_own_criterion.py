"""The example of docs/criteria.md, through the workflow: measured, scored and drawn."""

import re
import shutil

import pandas as pd
import pytest
import yaml

RESULTS = ("results/scores.csv", "results/barlengths_hoyle.csv", "results/figures/correlations.png")


@pytest.fixture
def example(root, workflow, finished_folder):
    """Put the example's file beside a finished run; returns the workflow and its settings."""
    shutil.copytree(finished_folder, workflow.folder, dirs_exist_ok=True, symlinks=True)
    text = (root / "docs/criteria.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    (settings,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    (workflow.folder / "my_criterion.py").write_text(code)
    config = yaml.safe_load((workflow.folder / "tests/config/tiny.yaml").read_text())
    lengths = yaml.safe_load(settings)["lengths"]
    config["lengths"] |= lengths
    (workflow.folder / "my.yaml").write_text(yaml.safe_dump(config))
    return workflow, lengths


def test_a_criterion_of_ones_own_is_measured_scored_and_drawn(example):
    workflow, lengths = example
    plan = workflow.plan("--configfile", "my.yaml")
    assert plan["measure_lengths"] > 0
    assert not plan.keys() & {"simulate_survey", "train_model", "compute_heatmaps"}
    workflow.run(*RESULTS, "--configfile", "my.yaml")
    table = pd.read_csv(workflow.folder / "results/barlength_correlations_val.csv")
    own = table[table["criterion"] == "outstanding"]
    assert sorted(own["deviations"].unique()) == lengths["deviations"]
    assert own["n"].sum() > 0
    assert table.loc[table["criterion"] == "level", "deviations"].isna().all()
    # The same settings of the others as without it.
    assert len(own) == len(table[table["criterion"] == "level"])
    # An edit of the file measures again, and leaves heat maps alone.
    workflow.edit("my_criterion.py", "values.mean()", "0.5 * values.mean()")
    plan = workflow.plan(*RESULTS, "--configfile", "my.yaml")
    assert plan["measure_lengths"] > 0
    assert not plan.keys() & {"simulate_survey", "train_model", "compute_heatmaps"}


def test_a_criterion_that_breaks_the_contract_stops_the_run(example):
    workflow, _ = example
    workflow.edit(
        "my_criterion.py",
        "    values = prepared",
        "    prepared.values[0] = 1\n    values = prepared",
    )
    done = workflow.run("--dry-run", "--configfile", "my.yaml", check=False)
    assert done.returncode != 0
    assert "my_criterion.py: criterion outstanding changes the map that it is given" in done.stdout
