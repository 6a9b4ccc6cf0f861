"""check_cluster on a real cluster, a good one and one whose profile is wrong."""

import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def checked(site):
    """Run check_cluster and read its table."""

    def check(status=0):
        text = site.run("check_cluster", status=status)
        logs = site.results / "logs/check_cluster"
        tables = [logs / "check_cluster.log", logs / "site.log"]
        return text, next(path.read_text() for path in tables if path.exists())

    return site, check


def test_a_good_cluster(checked):
    run, check = checked
    text, table = check()
    (job,) = run.jobs()
    assert (job["rule"], job["partition"]) == ("report_gpu", "gpu")
    assert "gres/gpu=1" in job["tres"]
    # The GPUs of this cluster are files: TensorFlow sees none, and the configuration allows it.
    assert "warn  GPU seen by TensorFlow" in table
    assert "CUDA_VISIBLE_DEVICES: 0" in table
    assert "pass  shared file system" in table
    assert "pass  account" in table
    # As Snakemake is within the job, and as the job is given devices.
    assert "pass  attempts within an allocation" in table
    assert "1 asked, 1 given (CUDA_VISIBLE_DEVICES: 0)" in table
    assert "pass  profiles" in table
    assert "every job asks for it (the site's JobRequeue is 1)" in table
    assert "pass  jobs in the queue" in table
    assert "0 fail" in table
    # The log begins with the version.
    assert table.partition("\n")[2].strip() in text
    assert not list(run.results.glob("cluster/*"))


def test_a_missing_gpu_fails_where_it_must_not_miss(checked):
    run, check = checked
    run.configure(devices={"without_gpu": "fail"})
    _, table = check(status=1)
    assert "fail  GPU seen by TensorFlow" in table
    assert "make setup DEVICE=gpu" in table


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("slurm_account: galaxies", "slurm_account: stars", "set slurm_account to one of galaxies"),
        ("slurm_partition: gpu", "slurm_partition: gpus", "set slurm_partition to one of cpu, gpu"),
        ("slurm_partition: cpu", "slurm_partition: cpus", "fail  decode_images: partition cpus"),
        ("slurm_partition: gpu", "slurm_partition: cpu", "name a partition with GPUs"),
        ("slurm_partition: gpu", "slurm_partition: gpu\n    runtime: 9000", "set runtime: 4320"),
    ],
)
def test_a_wrong_profile_submits_nothing(checked, old, new, message):
    run, check = checked
    run.edit_profile(old, new)
    _, table = check(status=1)
    assert message in table
    assert "no job was submitted" in table
    assert run.submitted() == set()


def test_what_a_profile_may_do_by_mistake_is_named(checked):
    """All in one job: several partitions, two GPUs, another profile, retries of a rule."""
    run, check = checked
    # SLURM uses the first partition that fits.
    run.edit_profile("slurm_partition: gpu", "slurm_partition: cpu,gpu")
    run.edit_profile("    gpu: 1", "    gpu: 2")
    run.edit_profile("slurm-requeue: true", "slurm-requeue: false")
    # It takes the place of the site's profile, key by key.
    (run.folder / "profiles/default").mkdir()
    (run.folder / "profiles/default/config.yaml").write_text("retries: 5\nkeep-going: false\n")
    # Unlike those of a profile they act in the Snakemake within a job.
    path = run.folder / "workflow/rules/predictions.smk"
    before, _, rule = path.read_text().partition("rule predict_votes:\n")
    path.write_text(f"{before}rule predict_votes:\n    retries: 2\n{rule}")
    _, table = check()
    (job,) = run.jobs()
    assert (job["rule"], job["partition"]) == ("report_gpu", "gpu")
    assert "warn  train_model: partition cpu" in table
    assert "2 asked, 2 given (CUDA_VISIBLE_DEVICES: 0,1)" in table
    assert "set gpu: 1; galbar uses one GPU a job" in table
    assert "warn  requeue" in table
    assert "profiles/default/config.yaml is read after profiles/slurm/config.yaml" in table
    assert "its keep-going, retries take their place" in table
    assert "attempt 6 asks for 8640 min" in table
    (line,) = [line for line in table.splitlines() if "attempts within an allocation" in line]
    assert line.startswith("warn")
    assert "  3 of predict_votes: out of memory" in line


def test_a_list_of_partitions_that_sbatch_refuses_submits_nothing(checked):
    run, check = checked
    run.edit_profile("slurm_partition: gpu", "slurm_partition: gpu,gpus")
    _, table = check(status=1)
    assert "no such partition: sbatch refuses the list" in table
    assert run.submitted() == set()


def test_the_profile_that_is_written_for_this_cluster_passes(checked, root):
    run, check = checked
    template = "profiles/slurm/config.yaml"

    def write(*arguments):
        return subprocess.run(
            [sys.executable, "workflow/scripts/write_profile.py", *arguments],
            cwd=run.folder,
            env=run.cluster.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    # The tests have filled it in.
    assert "found no line" in write().stderr
    shutil.copy(root / template, run.folder / template)
    done = write()
    assert done.returncode == 0, done.stderr
    assert "profiles/site/config.yaml: complete" in done.stdout
    assert "# >> your default account; also yours: galaxies." in done.stdout
    # Never over what is there already, which may have been changed by hand.
    written = run.folder / "profiles/site/config.yaml"
    written.write_text(written.read_text() + "# mine\n")
    assert "is there already" in write().stderr
    assert written.read_text().endswith("# mine\n")
    assert write("site", "1").returncode == 0
    assert not written.read_text().endswith("# mine\n")
    written.replace(run.folder / template)
    _, table = check()
    assert "pass  account" in table
    assert "0 fail" in table
    (job,) = run.jobs()
    assert (job["rule"], job["partition"]) == ("report_gpu", "gpu")
    assert "train_model" in run.run("all_lengths", "--dry-run")
