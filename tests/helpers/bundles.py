"""Small bundles: everything that one has, of a network that holds next to nothing."""

import io
import json
import zipfile

import h5py
import numpy as np
import pandas as pd
import yaml

from galbar.bundle.contents import expected_parts
from galbar.bundle.manifest import make_manifest
from galbar.bundle.sections import sections_of
from galbar.bundle.write import write_bundle
from galbar.config.check import check_config

TRAINED_ON = {"simulated": True, "survey_seed": 42}
TRAINED_ON |= {"training_galaxies": 30, "calibrating_galaxies": 8, "looks": 2}
LAYER = {"module": "keras.layers", "class_name": "Dense", "registered_name": None, "config": {}}


def configuration_of(root, change=None):
    """Return what a bundle of the tiny survey keeps of its configuration."""
    config = yaml.safe_load((root / "tests/config/tiny.yaml").read_text())
    return sections_of(check_config(config | (change or {})))


def network(layers=(LAYER,), members=None, optimizer=True):
    """Return a file of Keras with these layers in its configuration and 4 weights."""
    weights = io.BytesIO()
    with h5py.File(weights, "w") as store:
        store["layers/dense/vars/0"] = np.arange(4, dtype=np.float32)
        store["layers/dense"].attrs["name"] = "dense"
        if optimizer:
            store["optimizer/vars/0"] = np.ones(1000)
    config = {"module": "keras.src.models.functional", "class_name": "Functional"}
    config |= {"registered_name": "Functional", "config": {"layers": list(layers)}}
    config |= {"compile_config": {"optimizer": {"module": "keras.optimizers"}}}
    contents = {"metadata.json": b"{}", "config.json": json.dumps(config).encode()}
    contents |= {"model.weights.h5": weights.getvalue(), **(members or {})}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return packed.getvalue()


def write_parts(folder, configuration, keras=None):
    """Write files that stand for the parts of a run; return them by name."""
    parts = {}
    for number, name in enumerate(expected_parts(configuration)):
        parts[name] = folder / name
        parts[name].parent.mkdir(parents=True, exist_ok=True)
        content = f"part {number}\n".encode()
        if name.endswith(".keras"):
            content = keras or network()
        elif name.endswith(".h5"):
            content = numbers()
        parts[name].write_bytes(content)
    return parts


def numbers(change=None):
    """Return a file of HDF5 with one number, and what ``change`` does to it."""
    content = io.BytesIO()
    with h5py.File(content, "w") as store:
        store["number"] = 1.0
        if change:
            change(store)
    return content.getvalue()


def write_small_bundle(path, configuration, keras=None, trained_on=None):
    """Write a bundle beside its parts; return these by name."""
    parts = write_parts(path.parent / "run", configuration, keras)
    manifest = make_manifest(configuration, trained_on or TRAINED_ON, {"keras": "3"})
    write_bundle(path, manifest, parts, "# Model card\n")
    return parts


def repack(source, target, change):
    """Write a bundle with other members: `change` gets and edits a dict of their contents."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def score_rows(estimators=("calibrated", "human")):
    """Return a table of scores with what a headline shows."""
    statistics = ("pearson_r", "mae", "slope_on_reference")
    rows = []
    for estimator in estimators:
        for quantity in ("length_scaled", "length_kpc_h", "length_px", "length_kpc"):
            row = {"estimator": estimator, "sample": "test", "quantity": quantity, "n": 16}
            for value, name in enumerate(statistics, start=1):
                ends = {"": 0.0, "_low": -0.1, "_high": 0.1}
                row |= {f"{name}{end}": value / 4 + shift for end, shift in ends.items()}
            rows.append(row | {"coverage_68": 0.7, "coverage_95": 0.95})
    return pd.DataFrame(rows)
