"""check_cluster on a real cluster, a good one and one whose profile is wrong."""

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
    assert "pass  jobs in the queue" in table
    assert "0 fail" in table
    assert table.strip() in text
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
