"""A missing GPU fails or is told, as configured; it is never silent."""

import pytest
import tensorflow as tf

from galbar.devices import check_gpu


@pytest.fixture
def gpus(monkeypatch):
    """Let TensorFlow see so many GPUs."""

    def see(count):
        devices = [object()] * count
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
    assert "no GPU: this job runs on the processor" in caplog.text


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
