"""Batch size and precision of heat maps, decided once per network."""

import json
import logging

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from PIL import Image

import plan_heatmaps
from galbar.attribution import plan as heatmap_plan
from galbar.attribution.plan import (
    accept_bfloat16,
    bytes_per_sample,
    choose_batch_size,
    compare_maps,
    device_memory,
    with_plan,
)
from galbar.lengths.measure import list_settings, measure_map
from galbar.networks.linear_output import load_for_saliency
from galbar.networks.mixed_precision import in_precision

SIDE = 16
LENGTHS = list_settings(
    criteria=["level"],
    kinds=["absolute"],
    xinput=[False],
    smoothing=[0],
    corr_threshold=[],
    len_threshold=[],
    elongation_threshold=[],
    level_fraction=[0.5],
)


@pytest.fixture
def network():
    """Build a network of known sizes, with batch normalisation and one output."""
    keras.utils.set_random_seed(1)
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(image)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Activation("swish")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    outputs = keras.layers.Dense(37, activation="sigmoid")(x)
    return keras.Model(image, outputs)


@pytest.mark.parametrize(("given", "used"), [("auto", 64), (7, 7)])
def test_a_plan_decides_on_a_batch_size_that_is_open(tmp_path, given, used):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"batch_size": 64, "precision": "bfloat16"}))
    settings = {"batch_size": given, "precision": "float32", "jitter": 1}
    made = with_plan(settings, path)
    assert made == {"batch_size": used, "precision": "bfloat16", "jitter": 1}
    assert with_plan(settings, "") == settings


def test_bytes_are_those_of_all_outputs_twice(network):
    pixels = SIDE * SIDE
    values = pixels * 3 + 3 * pixels * 4 + 4 + 37
    assert bytes_per_sample(network) == 2 * 4 * values


@pytest.mark.parametrize(
    ("megabytes", "kind", "samples", "group", "expected"),
    [
        (10_000, "GPU", 256, 8, 128),
        (10_000, "GPU", 256, 16, 128),
        (10_000, "CPU", 256, 8, 16),
        (10_000, "GPU", 48, 8, 32),
        (0.7, "GPU", 256, 8, 8),
        (0.2, "GPU", 256, 8, 2),
        (0.01, "GPU", 256, 8, 1),
    ],
)
def test_batch_is_the_largest_that_fits(network, megabytes, kind, samples, group, expected):
    """A sample of this network takes 31 kB; half of the memory may be used."""
    memory = int(megabytes * 1e6)
    assert choose_batch_size(network, samples, group, kind, memory) == expected


def test_memory_without_a_gpu_is_that_of_the_job():
    kind, memory = device_memory(500)
    assert (kind, memory) == ("CPU", 500_000_000)
    assert device_memory(1e12)[1] < 1e15


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """Put a program in the place of nvidia-smi that notes what it was asked."""
    monkeypatch.setattr(heatmap_plan, "has_gpu", lambda: True)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def write(answer):
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\necho $@ > {tmp_path}/asked\n{answer}\n")
        program.chmod(0o755)
        return tmp_path / "asked"

    return write


def test_memory_of_gpus_is_asked_of_nvidia_smi(nvidia_smi, monkeypatch):
    asked = nvidia_smi("echo 81559; echo 16384")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert device_memory(500) == ("GPU", 16384 * 2**20)
    assert "--id" not in asked.read_text()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,GPU-ab")
    assert device_memory(500) == ("GPU", 16384 * 2**20)
    assert "--query-gpu=memory.total" in asked.read_text()
    assert "--id=1,GPU-ab" in asked.read_text()


@pytest.mark.parametrize("answer", ["exit 9", "echo '[N/A]'"])
def test_no_memory_told_names_the_key_to_set(nvidia_smi, answer):
    nvidia_smi(answer)
    with pytest.raises(RuntimeError, match=r"set heatmaps\.batch_size to a number"):
        device_memory(500)


def test_a_group_that_does_not_fit_is_refused_where_it_is_needed(network):
    assert choose_batch_size(network, 256, 8, "GPU", int(2e5)) == 2
    with pytest.raises(
        ValueError, match=r"8 samples of 0 MB.*do not fit into half of the GPU's 0 MB"
    ):
        choose_batch_size(network, 256, 8, "GPU", int(2e5), whole_groups=True)


def test_equal_maps_agree_and_others_do_not():
    rng = np.random.default_rng(1)
    image = rng.random((SIDE, SIDE))
    image[8, 4:12] = 3

    def measure(maps):
        return measure_map(maps, LENGTHS, 2.0)[0]

    same = compare_maps({"absolute": image}, {"absolute": image}, measure)
    assert same == {"correlation": pytest.approx(1), "length_change": 0}
    longer = image.copy()
    longer[8, 12:14] = 3
    other = compare_maps({"absolute": image}, {"absolute": longer}, measure)
    assert other["correlation"] < 0.99
    assert other["length_change"] == 4
    flat = compare_maps({"absolute": image}, {"absolute": image * 0}, measure)
    assert np.isnan(flat["correlation"])
    assert flat["length_change"] == np.inf


@pytest.mark.parametrize(
    ("correlation", "change", "good"),
    [(0.9995, 0.5, True), (0.9985, 0.5, False), (0.9995, 1.0, False), (np.nan, 0.0, False)],
)
def test_bfloat16_is_used_only_where_maps_and_lengths_agree(caplog, correlation, change, good):
    checks = [{"correlation": 1.0, "length_change": 0.0}]
    checks.append({"correlation": correlation, "length_change": change})
    with caplog.at_level(logging.INFO):
        assert accept_bfloat16(checks) is good
    assert ("float32 is used instead" in caplog.text) is not good
    assert accept_bfloat16([]) is False


def test_bfloat16_has_the_same_weights_and_nearly_the_same_gradient(network, tmp_path):
    network.save(tmp_path / "model.keras")
    exact = load_for_saliency(tmp_path / "model.keras", "Class3.1", against="Class3.2")[0]
    fast = in_precision(exact, "bfloat16")
    assert in_precision(exact, "float32") is exact
    assert fast.get_layer("first").compute_dtype == "bfloat16"
    assert fast.get_layer("first").variable_dtype == "float32"
    images = tf.constant(np.random.default_rng(1).random((2, SIDE, SIDE, 3)), tf.float32)
    gradients = []
    for model in (exact, fast):
        with tf.GradientTape() as tape:
            tape.watch(images)
            output = model(images, training=False)
        gradients.append(tape.gradient(output, images).numpy())
    assert gradients[1].dtype == np.float32
    assert not np.array_equal(*gradients)
    correlation = np.corrcoef(gradients[0].ravel(), gradients[1].ravel())[0, 1]
    assert correlation > 0.99
    with pytest.raises(ValueError, match=r"heatmaps\.precision is 'float16', expected one of"):
        in_precision(exact, "float16")


def plan(folder, precision="bfloat16", **changes):
    """Run the script on one galaxy."""
    pixels = np.random.default_rng(1).integers(0, 255, (53, 53, 3), dtype=np.uint8)
    Image.fromarray(pixels.repeat(8, 0).repeat(8, 1)).save(folder / "1.jpg")
    pd.DataFrame({"galaxy_id": [1, 2], "image": ["1.jpg", "2.jpg"]}).to_csv(
        folder / "catalogue.csv", index=False
    )
    definition = {"smooth_samples": 32, "batch_size": "auto", "jitter": 0, "seed": 1}
    definition |= {"symmetries": False, "antithetic": False, "kinds": ["absolute"]}
    settings = {
        "directory": folder,
        "image": {"height": SIDE, "width": SIDE, "crop": 1.0},
        "votes": {"output": "Class3.1", "against": None},
        "maps": ["noise0.1", "noise0.2"],
        "galaxies": 1,
        "lengths": LENGTHS,
        "criteria": [],
        "whole_groups": True,
        "settings": definition | {"precision": precision},
        "threads": 1,
        "memory_mb": 1000,
    }
    plan_heatmaps.main(
        *(folder / "model.keras", folder / "catalogue.csv"),
        *(folder / "plan.json", folder / "checks.json"),
        **settings | changes,
    )
    return [json.loads((folder / name).read_text()) for name in ("plan.json", "checks.json")]


@pytest.fixture(name="folder")
def _folder(network, tmp_path, monkeypatch):
    network.save(tmp_path / "model.keras")
    monkeypatch.setattr(plan_heatmaps, "configure_devices", lambda *a, **k: None)
    return tmp_path


@pytest.mark.parametrize("limit", [0.0, 0.999999999])
def test_the_plan_says_what_was_decided_and_why(folder, monkeypatch, limit):
    monkeypatch.setattr(heatmap_plan, "MIN_CORRELATION", limit)
    monkeypatch.setattr(heatmap_plan, "MAX_LENGTH_CHANGE", 1000.0)
    found, evidence = plan(folder)
    # Nothing else: heat maps depend on this file.
    assert found == {"batch_size": 16, "precision": "bfloat16" if limit == 0 else "float32"}
    assert [check["smooth_noise"] for check in evidence["checks"]] == [0.1, 0.2]
    assert {check["attribution"] for check in evidence["checks"]} == {"smoothgrad"}
    assert all(0.9 < check["correlation"] < 1 for check in evidence["checks"])
    assert evidence["memory_mb"] == 1000


def test_methods_are_compared_in_what_they_have(folder):
    """Grad-CAM knows no precision, and the gradient no variance whose length could be compared."""
    lengths = [
        {**setting, "kind": kind} for setting in LENGTHS for kind in ("absolute", "variance")
    ]
    settings = {"smooth_samples": 32, "batch_size": "auto", "jitter": 0, "seed": 1}
    settings |= {"symmetries": False, "antithetic": False, "kinds": ["absolute", "variance"]}
    settings |= {"precision": "bfloat16"}
    maps = ["noise0.1", "gradcam", "gradient"]
    _, evidence = plan(folder, maps=maps, lengths=lengths, settings=settings)
    assert [check["attribution"] for check in evidence["checks"]] == ["smoothgrad", "gradient"]


def test_a_plan_leaves_the_settings_of_methods_that_have_neither(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"batch_size": 64, "precision": "bfloat16"}))
    assert with_plan({"symmetries": True}, path) == {"symmetries": True}


def test_float32_is_not_compared_with_anything(folder):
    found, evidence = plan(folder, precision="float32", maps=None, lengths=[])
    assert found == {"batch_size": 16, "precision": "float32"}
    assert evidence["checks"] == []
