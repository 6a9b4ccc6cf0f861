"""What users set for their other work does not reach a job; what acts is recorded."""

import errno
import json
import os
import platform
import subprocess
import sys

import pytest

from galbar.jobs import environment
from galbar.jobs.devices import software_versions

KERAS = """
from galbar.jobs.start import snakemake

import json, warnings
import keras, h5py, matplotlib

print(json.dumps({
    "floatx": keras.config.floatx(),
    "format": keras.config.image_data_format(),
    "epsilon": keras.config.epsilon(),
    "backend": keras.config.backend(),
    "epochs": keras.config.max_epochs(),
    "steps": keras.config.max_steps_per_epoch(),
    "plots": matplotlib.get_backend(),
    "policy": keras.mixed_precision.dtype_policy().name,
}))
"""
BARE = {
    "floatx": "float32",
    "format": "channels_last",
    "epsilon": 1e-7,
    "backend": "tensorflow",
    "epochs": None,
    "steps": None,
    "plots": "Agg",
    "policy": "float32",
}


def run(code, root, **variables):
    own = {"PYTHONPATH": str(root / "workflow/scripts"), **variables}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_settings_of_keras_and_matplotlib_do_not_act(root, tmp_path):
    home = tmp_path / "keras"
    home.mkdir()
    settings = {"floatx": "float16", "epsilon": 0.1, "backend": "jax"}
    settings["image_data_format"] = "channels_first"
    (home / "keras.json").write_text(json.dumps(settings))
    done = run(
        KERAS,
        root,
        KERAS_HOME=str(home),
        KERAS_BACKEND="jax",
        KERAS_MAX_EPOCHS="1",
        KERAS_MAX_STEPS_PER_EPOCH="2",
        MPLBACKEND="module://no_such_backend",
        TF_USE_LEGACY_KERAS="1",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == BARE
    for name in ("KERAS_MAX_EPOCHS", "KERAS_BACKEND", "TF_USE_LEGACY_KERAS"):
        assert name in done.stderr
    assert [path.name for path in home.iterdir()] == ["keras.json"]


JOB = """
from types import SimpleNamespace

snakemake = SimpleNamespace(log=["logs/job.log"])

from galbar.jobs.start import snakemake

{code}
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import no_such_package", "No module named 'no_such_package'"),
        ("import warnings; warnings.warn('beware', DeprecationWarning)", "beware"),
        ("import os; os.write(2, b'from outside of Python')", "from outside of Python"),
    ],
)
def test_the_log_says_what_happens_at_import(root, tmp_path, monkeypatch, code, expected):
    monkeypatch.chdir(tmp_path)
    done = run(JOB.format(code=code), root, PYTHONWARNINGS="error", KERAS_BACKEND="torch")
    log = (tmp_path / "logs/job.log").read_text()
    assert expected in log
    assert "do not act on this job, since they change results: KERAS_BACKEND" in log
    # Values may be secret.
    assert "torch" not in log
    # A user who turns warnings into errors does not stop the job.
    assert (done.returncode == 0) == ("no_such" not in code)


def fixed(monkeypatch, **variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return set(environment.fix_environment())


def test_what_changes_results_is_set_aside_and_the_rest_stays(monkeypatch):
    changing = dict.fromkeys(("XLA_FLAGS", "TF_XLA_FLAGS", "TF_CONFIG", "SCIPY_ARRAY_API"), "1")
    harmless = dict.fromkeys(
        ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "TF_CLI_ARGS", "TF_TOKEN_a", "HOME"), "1"
    )
    acting = {"TF_ENABLE_ONEDNN_OPTS": "0", "NVIDIA_TF32_OVERRIDE": "0"}
    assert fixed(monkeypatch, **changing, **harmless, **acting) == set(changing)
    assert not changing.keys() & os.environ.keys()
    assert {**harmless, **acting}.items() <= os.environ.items()
    # Like another version: a training goes on, and heat maps are joined, with the same only.
    assert acting.items() <= environment.recorded_settings().items()
    assert acting.items() <= software_versions().items()


ONEDNN = "TF_ENABLE_ONEDNN_OPTS"


@pytest.mark.parametrize("machine", ["x86_64", "AMD64"])
def test_onednn_is_on_on_every_x86_processor_and_recorded(monkeypatch, machine):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setenv(ONEDNN, "")
    monkeypatch.delenv(ONEDNN)
    assert fixed(monkeypatch) == set()
    assert software_versions()[ONEDNN] == "1"
    # A user's choice wins, and is recorded.
    assert fixed(monkeypatch, **{ONEDNN: "0"}) == set()
    assert software_versions()[ONEDNN] == "0"


def test_onednn_is_left_alone_on_other_processors(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    monkeypatch.setenv(ONEDNN, "")
    monkeypatch.delenv(ONEDNN)
    fixed(monkeypatch)
    assert ONEDNN not in software_versions()


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the rule is for x86-64")
def test_the_start_of_a_job_turns_onednn_on_before_tensorflow_reads_it(root, monkeypatch):
    # It says so at import, on every processor.
    monkeypatch.delenv(ONEDNN, raising=False)
    told = "oneDNN custom operations are on"
    start = "from galbar.jobs.start import snakemake"

    def log(**variables):
        done = run(f"{start}; import tensorflow", root, TF_CPP_MIN_LOG_LEVEL="0", **variables)
        assert done.returncode == 0, done.stderr
        return done.stderr

    assert told in log()
    assert told not in log(**{ONEDNN: "0"})


def test_xla_finds_cuda_and_no_more(monkeypatch):
    folder = "--xla_gpu_cuda_data_dir=/opt/cuda"
    assert fixed(monkeypatch, XLA_FLAGS=f"--xla_cpu_enable_fast_math=true {folder}") == {
        "XLA_FLAGS"
    }
    assert os.environ["XLA_FLAGS"] == folder
    assert fixed(monkeypatch, XLA_FLAGS=folder) == set()
    assert os.environ["XLA_FLAGS"] == folder


def test_nothing_is_said_of_what_is_set_already(monkeypatch):
    assert fixed(monkeypatch) == set()
    assert fixed(monkeypatch, KERAS_BACKEND="tensorflow") == set()


# A file system without locks, as some of clusters are.
NO_LOCKS = """
#include <errno.h>
#include <stdlib.h>
int flock(int file, int operation) { errno = atoi(getenv("LOCK_ERROR")); return -1; }
"""
WRITE = "import h5py; h5py.File('maps.h5', 'w')['x'] = 1; print(h5py.File('maps.h5')['x'][()])"


@pytest.fixture(scope="module")
def no_locks(tmp_path_factory):
    """Make a library that takes file locks away from a process; g++ is needed for the set-up."""
    folder = tmp_path_factory.mktemp("locks")
    (folder / "locks.c").write_text(NO_LOCKS)
    command = ["g++", "-x", "c", "-shared", "-fPIC", "-o", "locks.so", "locks.c"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "locks.so"


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EAGAIN, errno.EOPNOTSUPP, 524])
def test_files_are_written_where_there_are_no_locks(root, tmp_path, monkeypatch, no_locks, code):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HDF5_USE_FILE_LOCKING")
    lockless = {"LD_PRELOAD": str(no_locks), "LOCK_ERROR": str(code)}
    # The library does what it should: without the start of a job it fails.
    assert "unable to lock file" in run(WRITE, root, **lockless).stderr
    done = run(f"from galbar.jobs.start import snakemake; {WRITE}", root, **lockless)
    assert done.stdout.strip() == "1", done.stderr
