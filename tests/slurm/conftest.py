"""A real cluster, and runs of the workflow on it to look at or to go on with."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.helpers.slurm_cluster import Cluster, missing_programs
from tests.helpers.slurm_runs import Run


@pytest.fixture(scope="session")
def cluster():
    """Two nodes of a SLURM on this machine; stopped at the end, without a process left."""
    missing = missing_programs()
    if missing:
        pytest.fail(f"missing for a cluster: {', '.join(missing)} (see `make test-slurm`)")
    folder = Path(tempfile.mkdtemp(prefix="galbar-slurm-", dir="/tmp"))
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        left = cluster.processes_left()
        shutil.rmtree(folder, ignore_errors=True)
        assert left == []


@pytest.fixture(scope="session")
def finished(cluster, tmp_path_factory):
    """Run the workflow once on the cluster, on the tiny survey."""
    run = Run.fresh(cluster, tmp_path_factory.mktemp("finished") / "galbar")
    run.configure()
    run.run(*run.targets)
    return run


@pytest.fixture
def again(finished, tmp_path):
    """Copy the finished run, to go on with."""
    run = finished.copy(tmp_path / "galbar")
    yield run
    run.stop()


@pytest.fixture
def site(cluster, tmp_path):
    """Copy the workflow with the profile of a site, nothing run yet."""
    run = Run.fresh(cluster, tmp_path / "galbar")
    run.configure()
    yield run
    run.stop()
