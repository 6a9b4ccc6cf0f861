"""A copy of the workflow in a folder of its own, that tests may run and edit."""

import shutil

_PARTS = ("Snakefile", "workflow", "config", "profiles", "envs", "tests/config")


def copy_workflow(root, folder):
    """Copy what Snakemake needs of a checkout; neither results nor caches."""
    for part in _PARTS:
        source, target = root / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
