"""What the profile submits and what it does not, read from the accounting of a real cluster."""

import os
import re
import subprocess
import sys

import pandas as pd
import pytest

from tests.helpers.slurm_cluster import LIMIT

GPU_RULES = {
    "train_model": ("32000M", 1440),
    "train_control": ("16000M", 720),
    "predict_votes": ("16000M", 240),
    "compute_heatmaps": ("16000M", 1440),
    "compute_class_heatmaps": ("16000M", 120),
    "check_heatmaps": ("16000M", 240),
}


def resources(job):
    """Read what a job asked for: name -> amount."""
    return dict(part.split("=") for part in job["tres"].split(","))


def test_gpu_rules_ran_in_the_gpu_partition_with_their_own_resources(finished):
    jobs = [job for job in finished.jobs() if job["rule"] in GPU_RULES]
    counts = {rule: sum(job["rule"] == rule for job in jobs) for rule in GPU_RULES}
    assert counts == {
        "train_model": 2,
        "train_control": 1,
        "predict_votes": 2,
        "compute_heatmaps": 2,
        "compute_class_heatmaps": 2,
        "check_heatmaps": 2,
    }
    for job in jobs:
        memory, minutes = GPU_RULES[job["rule"]]
        assert job["state"] == "COMPLETED"
        assert job["partition"] == "gpu"
        assert resources(job)["gres/gpu"] == "1"
        assert resources(job)["mem"] == memory
        assert int(job["time"]) == minutes


def test_measuring_scoring_and_figures_left_no_job(finished):
    others = [job for job in finished.jobs() if job["rule"] not in GPU_RULES]
    assert {job["rule"] for job in others} == {"simulate_survey", "decode_images"}
    for job in others:
        assert job["partition"] == "cpu"
        assert "gres/gpu" not in resources(job)
    assert (finished.results / "scores.csv").is_file()
    assert (finished.results / "figures/overview.pdf").is_file()


def test_logs_are_kept_where_the_guide_says(finished):
    for job in finished.jobs():
        (path,) = finished.results.glob(f"logs/slurm/rule_{job['rule']}/**/{job['id']}.log")
        assert path.stat().st_size > 0
    assert (finished.results / "logs/train_model/vgg16_tiny_run1.log").is_file()


def test_nothing_is_left_to_do_and_nothing_unfinished_lies_about(finished):
    before = len(finished.submitted())
    assert "Nothing to be done" in finished.run(*finished.targets)
    assert len(finished.submitted()) == before
    assert not list(finished.results.glob("**/.*.unfinished"))


def test_what_the_jobs_have_used_is_told(finished):
    text = finished.run("right_size")
    sizes = pd.read_csv(finished.results / "cluster/right_size.csv").set_index("rule")
    jobs = finished.jobs()
    for rule, (memory, minutes) in GPU_RULES.items():
        row = sizes.loc[rule]
        assert row["seen_by"] == "sacct and benchmarks"
        assert row["jobs"] == sum(job["rule"] == rule for job in jobs)
        asked = (f"{row['asked_mem_mb']}M", row["asked_runtime_min"], row["asked_cpus"])
        assert asked == (memory, minutes, 8)
        # More than the Snakemakes of a job, and much less than was asked for.
        assert 200 < row["used_mem_mb"] < row["next_mem_mb"] < row["asked_mem_mb"]
        assert 0 < row["mean_min"] <= row["longest_min"] < row["next_runtime_min"]
        assert 0 < row["used_cpus"] < 8
        assert row["out_of_memory"] == row["out_of_time"] == 0
    assert sizes.loc["simulate_survey", "is_job"]
    assert not sizes.loc["measure_lengths", "is_job"]
    assert "train_model" in text
    # In the profile of the site, which then plans as before.
    entries = (finished.results / "cluster/right_size.yaml").read_text()
    path = finished.folder / "profiles/slurm/config.yaml"
    profile = path.read_text()
    replaced = re.sub(r"(?m)^  (train|predict|compute|check)_\w+: \*gpu\n", "", profile)
    path.write_text(
        replaced.replace("  plan_heatmaps: *gpu\n", f"  plan_heatmaps: *gpu\n{entries}")
    )
    try:
        assert "Nothing to be done" in finished.run(*finished.targets)
    finally:
        path.write_text(profile)


class TestPartialReruns:
    """Commands of docs/cluster.md; what the others run again is in tests/workflow."""

    def test_one_noise_level(self, again):
        shards = {"smooth_noise": [0.1, 0.25], "galaxies_per_job": 12, "keep": False}
        again.configure(heatmaps=shards, lengths={"on_cluster": True})
        lengths = "results/vgg16_tiny/run1/barlengths/hoyle/noise0.25.h5"
        again.run(lengths)
        # In two shards, as the catalogue has 24 galaxies; measuring them is a job, too.
        assert sorted(
            (job["rule"], job["partition"], job["wildcards"]) for job in again.jobs()
        ) == [
            (rule, partition, f"vgg16_tiny_1_hoyle_noise0.25__{number}-of-2")
            for rule, partition in (("compute_heatmaps", "gpu"), ("measure_lengths", "cpu"))
            for number in (1, 2)
        ]
        assert (again.folder / lengths).exists()
        maps = again.folder / "results/vgg16_tiny/run1/heatmaps/hoyle/noise0.25"
        assert not list(maps.glob("*.h5"))

    def test_only_figures(self, again):
        figure = again.results / "figures/overview.png"
        before = figure.read_bytes()
        again.configure(figures={"dpi": 70, "misclassified_galaxies": 1, "misclassified_margin": 0})
        # all_figures, but for those that were not drawn before.
        again.run("results/figures/overview.png")
        assert again.jobs() == []
        assert figure.read_bytes() != before


def test_the_short_name_works_after_one_step(finished, tmp_path):
    """`snakemake --profile slurm`, with the link that docs/cluster.md tells to make."""
    place = tmp_path / "home/.config/snakemake"
    place.mkdir(parents=True)
    (place / "slurm").symlink_to(finished.folder / "profiles/slurm")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "snakemake",
            "all_lengths",
            "--dry-run",
            "--profile",
            "slurm",
            "--configfile",
            "run.yaml",
        ],
        cwd=finished.folder,
        env={
            **finished.cluster.environment,
            "HOME": str(tmp_path / "home"),
            "XDG_CONFIG_HOME": str(tmp_path / "home/.config"),
        },
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Nothing to be done" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("slurm_account: galaxies", "slurm_account: SET_ME", "slurm_account"),
        ("slurm_partition: gpu", "slurm_partition: SET_ME", "train_model: slurm_partition"),
    ],
)
def test_what_a_site_must_set_is_named(site, old, new, message):
    site.edit_profile(old, new)
    text = site.run("all_models", status=1)
    assert message in text
    assert "profiles/slurm/config.yaml" in text
    assert site.submitted() == set()


def test_nobody_else_hears_the_cluster(cluster):
    """All that it listens on is the loopback interface."""
    out = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=False).stdout
    if not out:
        pytest.skip("ss is not installed")
    ports = {str(port) for port in cluster.ports.values()}
    listening = [line.split()[3].rsplit(":", 1) for line in out.splitlines()]
    ours = {host for host, port in listening if port in ports}
    assert ours == {"127.0.0.1"}
    assert os.path.exists(cluster.folder / "slurm.conf")
