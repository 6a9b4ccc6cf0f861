"""The sbatch command of every rule with a GPU, and of one without, as the plugin builds it."""

import json
import os
import re
import subprocess
import sys

import pytest
import yaml

from tests.helpers.golden_file import compare
from tests.helpers.workflow_copy import copy_workflow

# Commands of a cluster: sbatch keeps what it was given, sacctmgr knows the account.
SBATCH = """#!{python}
import json, sys
with open("sbatch.jsonl", "a") as file:
    print(json.dumps(sys.argv[1:]), file=file)
print(1)
"""
SACCTMGR = "#!/bin/sh\necho galaxies\n"
WITHOUT_GPU = "decode_images"
# The form of `make slurm-profile` where SLURM does not know --gpus, here of one rule.
GRES = "  check_heatmaps:\n    <<: *gpu\n    gpu: 0\n    gres: \"'gpu:1'\""
# What makes every rule with a GPU a job: a plan of heat maps, galaxies of one's own.
ALL_RULES = {
    "heatmaps": {"batch_size": "auto"},
    "catalogues": [
        {"name": "own", "table": "own.csv", "images": "images", "geometry": "galaxy_zoo"}
    ],
}


@pytest.fixture(scope="module")
def submitted(root, tmp_path_factory):
    """Rule -> arguments of its sbatch, paths and numbers of this run left out."""
    folder = tmp_path_factory.mktemp("site") / "galbar"
    copy_workflow(root, folder)
    profile = folder / "profiles/slurm/config.yaml"
    text = profile.read_text().replace("account: SET_ME", "account: galaxies")
    text = text.replace("partition: SET_ME", "partition: cpu", 1)
    text = text.replace("partition: SET_ME", "partition: gpu")
    profile.write_text(text.replace("  check_heatmaps: *gpu", GRES))
    config = yaml.safe_load((folder / "tests/config/tiny.yaml").read_text())
    config["heatmaps"] |= ALL_RULES["heatmaps"]
    (folder / "all.yaml").write_text(yaml.safe_dump({**ALL_RULES, **config}))
    (folder / "own.csv").write_text("galaxy_id,image\n1,1.jpg\n")
    (folder / "images").mkdir()
    (folder / "images/1.jpg").touch()
    commands = {"sbatch": SBATCH.format(python=sys.executable), "sacctmgr": SACCTMGR}
    (folder / "bin").mkdir()
    for name, program in commands.items():
        (folder / "bin" / name).write_text(program)
        (folder / "bin" / name).chmod(0o755)
    done = subprocess.run(
        [
            sys.executable,
            root / "tests/helpers/sbatch_recorder.py",
            "all",
            "check_cluster",
            "--dry-run",
            "--profile",
            "profiles/slurm",
            "--configfile",
            "all.yaml",
            # As many as a run has, which starts nothing itself.
            "--cores",
            str(sys.maxsize),
        ],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    lines = [json.loads(line) for line in (folder / "sbatch.jsonl").read_text().splitlines()]
    return {rule_of(line): normalise(line, folder) for line in lines}


def rule_of(line):
    return re.match(r"rule_(\w+?)(_wildcards_|$)", line[line.index("--comment") + 1])[1]


def normalise(line, folder):
    """Leave out folder, run and wildcards; of the job itself what decides who tries it again."""
    (job,) = [argument for argument in line if argument.startswith("--wrap=")]
    kept = re.findall(r"--(?:attempt|retries|mode|executor|jobs|cores) \S+", job)
    line = [*(argument for argument in line if argument != job), *kept]
    line[line.index("--job-name") + 1] = "RUN"
    _, _, wildcards = line[line.index("--comment") + 1].partition("_wildcards_")
    replaced = {str(folder): "FOLDER", "'": ""}
    if wildcards:
        replaced |= {f"{mark}{wildcards}": f"{mark}WILDCARDS" for mark in ("/", "_wildcards_")}
    for old, new in replaced.items():
        line = [argument.replace(old, new) for argument in line]
    return line


def test_the_command_of_every_gpu_rule_is_the_stored_one(submitted, root):
    text = (root / "workflow/rules/cluster_inputs.smk").read_text()
    rules = re.findall(r'"(\w+)"', re.search(r"^GPU_RULES = \((.*?)^\)", text, re.M | re.S)[1])
    rules += ["report_gpu", WITHOUT_GPU]
    lines = {rule: submitted[rule] for rule in rules}
    compare(root / "tests/golden/sbatch_lines.json", "sbatch", lines)


def test_no_job_is_tried_again_within_its_allocation(submitted):
    for line in submitted.values():
        assert "--retries 0" in line
        assert "--mode remote" in line
        assert "--requeue" in line
