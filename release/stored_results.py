"""The results of a version, kept in the repository, so that later ones are seen to read them."""

import shutil
import subprocess
import sys
from pathlib import Path

from release.stored_checks import PUBLISHED, RULES, STORED, list_rules

#: What the results are of. The published settings name every key.
CONFIGURATION = Path("tests/stored/run.yaml")
_RUN = Path("build/stored")
_INPUTS = ("examples", "tests/stored")
# Files that are large and like others that are kept, or that only people look at.
_LEFT_OUT = (
    "**/*completeness/*.h5",
    "**/.snakemake_timestamp",
    "**/averageheatmaps/**",
    "**/barlengths/completeness/**",
    "**/barlengths/look*/**",
    "**/class_heatmaps/**",
    "**/heatmap_checks/**",
    "**/heatmaps/completeness/**",
    "**/heatmaps/hoyle/**",
    "**/model.keras",  # in the bundle
    "*_completeness.csv",
    "*_tiny/run1/predictions_train.csv",
    "benchmarks/**",
    "calibrated_lengths/completeness.csv",
    "completeness/images/**",
    "dilution_truth.csv",
    "figures/*.p[dn][fg]",
    "front_page.html",
    "gallery/**",
    "gallery_sheets/**",
    "images/*.h5",
    "logs/**",
    "scores_truth.csv",
    "stamps/*.h5",
    "survey/[!t]*",
    "survey/images*/**",
    "survey/training_solutions_rev1.csv",
    "weights/**",
)


def store_results(root, version):
    """Run the workflow in build/stored, and keep its results as those of a version.

    Parameters
    ----------
    root : Path, of the repository
    version : str

    Raises
    ------
    ValueError : if the run fails
    """
    run = root / _RUN
    shutil.rmtree(run, ignore_errors=True)
    for name in _INPUTS:
        shutil.copytree(root / name, run / name, ignore=shutil.ignore_patterns("results-*"))
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--directory", run]
    command += ["--configfile", root / CONFIGURATION]
    if subprocess.run(command, cwd=root, check=False).returncode:
        raise ValueError(f"{_RUN}: the run failed, see its logs: nothing is stored")
    keep_results(root, version)


def keep_results(root, version):
    """Copy the results in build/stored, but what is left out, to the folder of a version."""
    target = root / STORED.format(version=version)
    shutil.rmtree(target, ignore_errors=True)
    results = root / _RUN / "results"
    left_out = {path for pattern in _LEFT_OUT for path in results.glob(pattern)}
    for path in sorted(results.rglob("*")):
        if path.is_file() and not left_out & {path, *path.parents}:
            kept = target / path.relative_to(results.parent)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, kept)
    for path in (CONFIGURATION, PUBLISHED):
        shutil.copyfile(root / path, target / path.name)
    (target / RULES).write_text("\n".join(list_rules(root)) + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"{target.relative_to(root)}: {size / 1e3:.0f} kB. Now `make test` compares with it.")
