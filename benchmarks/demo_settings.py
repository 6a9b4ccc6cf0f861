"""Settings of the demo: calibrated r with the true lengths, per CPU second.

Usage, from the root of the repository::

    .venv/bin/python benchmarks/demo_settings.py variants.yaml --seeds 1001 1002

``variants.yaml`` maps a name to what changes of config/demo.yaml. For every seed (never the demo's
own) one survey is drawn, and one more for every variant that changes the survey. For every variant
the workflow runs as far as the calibrated lengths, in build/demo_settings; what is done is not done
again. Printed are, per variant and seed, the CPU seconds of trainings, of heat maps and of
everything but the survey, the error of the votes, and Pearson's r of calibrated with true lengths,
with its standard error: on the test galaxies as the workflow calibrates, and by cross-validation on
all galaxies, where chance plays a smaller part.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "benchmarks")]

from machine import describe_machine  # noqa: E402

from galbar.calibration.candidates import CANDIDATES  # noqa: E402
from galbar.calibration.estimator import compare_candidates, usable_columns  # noqa: E402
from galbar.calibration.features import read_features  # noqa: E402
from galbar.lengths.setting_files import group_barlengths  # noqa: E402

# The quick ones among the candidates.
COMPARED = ("ridge", "trees", "mean")


def run_workflow(directory, seed, change, targets):
    """Run the demo's workflow with a change; return the CPU seconds that it took."""
    directory.mkdir(parents=True, exist_ok=True)
    overlay = directory / "change.yaml"
    change = {**change, "seed": seed, "survey": {**change.get("survey", {}), "seed": seed}}
    overlay.write_text(yaml.safe_dump(change), encoding="utf-8")
    command = [ROOT / ".venv/bin/snakemake", "--profile", "profiles/demo", "--directory", directory]
    command += ["--configfile", "config/demo.yaml", overlay]
    # The survey is linked from another folder, which keeps no record of how it was made.
    command += ["--rerun-triggers", "mtime", "--", *targets]
    before = _children_seconds()
    with (directory / "log").open("w", encoding="utf-8") as log:
        subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=True)
    return _children_seconds() - before


def _children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure_variant(folder, name, change, seed):
    """Run one variant on one survey, unless it is done; return its row of the table."""
    # A variant that changes the survey must not take over that of the others, nor they its own.
    drawn = folder / (f"survey_{name}_{seed}" if "survey" in change else f"survey_{seed}")
    if not (drawn / "results/survey/truth.csv").exists():
        survey = {"survey": change["survey"]} if "survey" in change else {}
        run_workflow(drawn, seed, survey, ["results/survey/truth.csv"])
    directory = folder / f"{name}_{seed}"
    seconds = directory / "cpu_seconds"
    if not seconds.exists():
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "results").mkdir(parents=True)
        # The images are read only: links will do.
        subprocess.run(
            ["cp", "-al", drawn / "results/survey", directory / "results/survey"], check=True
        )
        total = run_workflow(directory, seed, change, ["results/calibrated_lengths/hoyle.csv"])
        seconds.write_text(f"{total}", encoding="utf-8")
    demo = yaml.safe_load((ROOT / "config/demo.yaml").read_text(encoding="utf-8"))
    selection = demo["calibration"] | change.get("calibration", {})
    return {"variant": name, "seed": seed, **describe(directory, seed, selection)}


def describe(directory, seed, selection):
    """Collect costs and correlations of a finished run; `selection` is its section calibration."""
    results = directory / "results"
    row = {"CPU s": float((directory / "cpu_seconds").read_text(encoding="utf-8"))}
    for rule, label in (("train_model", "trainings"), ("compute_heatmaps", "heat maps")):
        files = (results / "benchmarks" / rule).glob("*.tsv")
        row[label] = sum(pd.read_csv(path, sep="\t")["cpu_time"].sum() for path in files)
    summaries = sorted(results.glob("*/run*/training_summary.json"))
    errors = [json.loads(path.read_text(encoding="utf-8"))["val_rmse"] for path in summaries]
    row["votes"] = float(np.mean(errors))

    catalogue = pd.read_csv(results / "catalogues/hoyle_split.csv")
    true = pd.read_csv(results / "survey/truth.csv").set_index("galaxy_id")["length_scaled_true"]
    true = true.loc[catalogue["galaxy_id"]].to_numpy()
    calibrated = pd.read_csv(results / "calibrated_lengths/hoyle.csv")["length_scaled"].to_numpy()
    test = (catalogue["split"] == "test").to_numpy() & np.isfinite(calibrated)
    row["r test"] = float(np.corrcoef(calibrated[test], true[test])[0, 1])

    files = [
        path
        for path in sorted(results.glob("*/run*/barlengths/hoyle/*.h5"))
        if not path.parts[-5].startswith("average")
    ]
    ids = catalogue["galaxy_id"].to_numpy()
    _, length_px = read_features(group_barlengths(files), ids, selection)
    length_px = length_px[:, usable_columns(length_px)]
    measured = np.isfinite(length_px).any(axis=1)
    with mock.patch.dict(CANDIDATES, {key: CANDIDATES[key] for key in COMPARED}, clear=True):
        table, held_out = compare_candidates(
            length_px[measured], catalogue["length_scaled"].to_numpy()[measured], seed
        )
    row["r all"] = float(np.corrcoef(np.exp(held_out), true[measured])[0, 1])
    row["error of it"] = (1 - row["r all"] ** 2) / np.sqrt(measured.sum())
    row["by"] = table.loc[table["chosen"], "candidate"].item()
    return row


def main():
    """Run all variants on all seeds; print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("variants", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1001])
    parser.add_argument("--folder", type=Path, default=ROOT / "build/demo_settings")
    options = parser.parse_args()
    print(describe_machine(), flush=True)
    variants = yaml.safe_load(options.variants.read_text(encoding="utf-8"))
    rows = []
    for seed in options.seeds:
        for name, change in variants.items():
            rows.append(measure_variant(options.folder.resolve(), name, change or {}, seed))
            print(json.dumps(rows[-1]), flush=True)
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.3f"))


if __name__ == "__main__":
    main()
