"""Shards as a job array on a real cluster: one submission, and a failed one is repeated alone."""

import pytest

from tests.helpers.slurm_calls import ShardRun
from tests.helpers.slurm_runs import SNAKEMAKE

SHARDS = 6


@pytest.fixture(scope="module")
def arrays(cluster, tmp_path_factory):
    """Run some shards as an array, one of which fails at first."""
    run = ShardRun(
        cluster,
        tmp_path_factory.mktemp("arrays") / "shards",
        SNAKEMAKE,
        **{
            "slurm-array-jobs": "compute_shard",
            "slurm-array-limit": 40,
            "slurm-init-seconds-before-status-checks": 3,
        },
    )
    (run.folder / "fails-3").touch()
    status, text = run.run(SHARDS)
    assert status == 0, text
    return run


def test_one_submission_for_all_shards(arrays):
    # The second one is that of the shard that failed.
    assert arrays.calls()["sbatch"] == 2


def test_each_task_has_done_its_own_shard(arrays):
    names = list(map(str, range(1, SHARDS + 1)))
    assert arrays.outputs() == {name: f"shard {name}\n" for name in names}
    assert arrays.attempts() == {name: 1 + (name == "3") for name in names}


def test_the_first_task_is_no_step_of_its_own(arrays):
    """What docs/cluster.md says of its signal rests on it: all others and the repeated one are."""
    assert arrays.calls()["srun"] == SHARDS
