"""A missing GPU fails or is told, as configured; it is never silent."""

import os
import subprocess
import sys

import pytest
import tensorflow as tf

from galbar.jobs import devices
from galbar.jobs.devices import check_gpu, configure_devices


@pytest.fixture
def gpus(monkeypatch):
    """Let TensorFlow see so many GPUs."""

    def see(count):
        devices = [object() for _ in range(count)]
        monkeypatch.setattr(
            tf.config, "list_physical_devices", lambda kind: devices if kind == "GPU" else []
        )

    return see


def test_with_a_gpu_nothing_is_said(gpus, caplog):
    gpus(1)
    check_gpu("fail")
    assert caplog.text == ""


def test_the_processor_is_told_where_it_is_allowed(gpus, caplog):
    gpus(0)
    check_gpu("cpu")
    assert "no GPU: this job runs on the CPU" in caplog.text


@pytest.mark.parametrize(
    ("cuda", "visible", "reason"),
    [
        (False, "0", "this TensorFlow is built without CUDA"),
        (True, "", "CUDA_VISIBLE_DEVICES is '': the job was given none"),
        (True, "0", "CUDA_VISIBLE_DEVICES is '0'; nvidia-smi on this node"),
    ],
)
def test_why_there_is_none_and_what_to_do(gpus, monkeypatch, cuda, visible, reason):
    gpus(0)
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: cuda)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with pytest.raises(RuntimeError, match=r"no GPU on .*devices\.without_gpu: cpu") as caught:
        check_gpu("fail")
    assert reason in str(caught.value)


@pytest.fixture
def used(monkeypatch, tmp_path):
    """List what `configure_devices` lets TensorFlow use, call after call."""
    used = []
    monkeypatch.setattr(tf.config, "set_visible_devices", lambda found, kind: used.append(found))
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", lambda device, grow: None)
    monkeypatch.setattr(tf.config.threading, "set_intra_op_parallelism_threads", lambda n: None)
    monkeypatch.setattr(tf.config.threading, "set_inter_op_parallelism_threads", lambda n: None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("galbar.jobs.devices._locks", locks := [])
    yield used
    for lock in locks:
        os.close(lock)


def test_jobs_on_a_workstation_take_different_gpus(gpus, used, caplog, monkeypatch):
    """They all see all GPUs."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    gpus(2)
    first, second = tf.config.list_physical_devices("GPU")
    configure_devices(1)
    configure_devices(1)
    assert used == [[first], [second]]
    assert "shares" not in caplog.text
    configure_devices(1)
    assert used[2] == [first]
    assert "other jobs use all 2 GPUs: this one shares the first" in caplog.text


def test_a_gpu_is_free_again_when_its_process_has_ended(used, tmp_path):
    assert devices._take("0")
    os.close(devices._locks.pop())
    (lock,) = tmp_path.iterdir()
    code = "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX); "
    code += "print('taken', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, lock]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == b"taken\n"
        assert not devices._take("0")
        other.kill()
    assert devices._take("0")


def test_the_only_gpu_is_not_locked(gpus, used, tmp_path):
    """On a cluster it bears the same number in every job: there is nothing to lock."""
    gpus(1)
    for _ in range(2):
        configure_devices(1)
    assert used[0] == used[1] == tf.config.list_physical_devices("GPU")
    assert not list(tmp_path.iterdir())
