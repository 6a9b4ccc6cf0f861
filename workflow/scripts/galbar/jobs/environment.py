"""What surrounds a job and may change its numbers or figures: set, set aside, or recorded.

Users have settings of Keras, TensorFlow and matplotlib for their other work: in variables of the
environment, in ``keras.json`` and ``matplotlibrc``. None of them may reach a job unseen.
"""

import os
import platform
import warnings
from pathlib import Path

# Set, whatever the user has.
_FIXED = {
    "KERAS_BACKEND": "tensorflow",
    # No folder: Keras finds no keras.json (float type, data format, epsilon) and writes none.
    "KERAS_HOME": os.devnull,
    # Figures go to files. A notebook's backend is not even installed here.
    "MPLBACKEND": "Agg",
    # Files are written under another name and renamed: nothing needs locks, and some file systems
    # of clusters have none.
    "HDF5_USE_FILE_LOCKING": "FALSE",
}
# Set on x86-64 where the user has not: TensorFlow turns oneDNN's kernels on by itself only on
# processors with AVX-512 VNNI or its successors, although on those with AVX2 alone a training step
# takes 1.2 to 1.5 times as long without. One choice for all of them: bits depend on it.
_X86 = ("x86_64", "AMD64")
_DEFAULTS_ON_X86 = {"TF_ENABLE_ONEDNN_OPTS": "1"}
# Variables that begin like this change results or break imports, unless they are listed below:
# trainings cut short (KERAS_MAX_EPOCHS), another Keras (TF_USE_LEGACY_KERAS), a compiler of its
# own (XLA_FLAGS), other types of numbers and strings.
_SET_ASIDE = (
    "KERAS_",
    "TF_",
    "XLA_",
    "MATPLOTLIBRC",
    "MPLSETUPCANVAS",
    "NPY_PROMOTION_STATE",
    "PANDAS_",
    "SCIPY_ARRAY_API",
    "SKLEARN_",
)
# They say how and where a job runs, not what comes out.
_HARMLESS = (
    "TF_CPP_",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TF_GPU_ALLOCATOR",
    "TF_GPU_THREAD_",
    # Terraform's, which has the same first letters.
    "TF_CLI_",
    "TF_DATA_DIR",
    "TF_LOG",
    "TF_PLUGIN_CACHE_DIR",
    "TF_TOKEN_",
    "TF_VAR_",
    "TF_WORKSPACE",
)
# They choose between kernels and so the last digits: they act, and are recorded like versions.
_RECORDED = (
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
    "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_",
    "OPENBLAS_CORETYPE",
    "TF_CUDNN_",
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS",
)

# The one flag of XLA that says where something is: of a CUDA that lies elsewhere it finds no
# libdevice without it, and networks are compiled with XLA on a GPU.
_XLA_FOLDER = "--xla_gpu_cuda_data_dir="

# Where the user's Keras keeps its files.
_keras_home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def fix_environment():
    """Set what must be set, before anything that reads it is imported.

    Returns
    -------
    list of str
        Names of the user's variables that do not reach the job; values may be secret.
    """
    removed = []
    flags = os.environ.get("XLA_FLAGS", "").split()
    folders = " ".join(flag for flag in flags if flag.startswith(_XLA_FOLDER))
    for name in sorted(os.environ):
        if name == "XLA_FLAGS" and os.environ[name] == folders:
            continue
        fixed = name in _FIXED and os.environ[name] != _FIXED[name]
        if fixed or (name not in _FIXED and _is_set_aside(name)):
            del os.environ[name]
            removed.append(name)
    os.environ.update(_FIXED)
    if platform.machine() in _X86:
        for name, value in _DEFAULTS_ON_X86.items():
            os.environ.setdefault(name, value)
    if folders:
        os.environ["XLA_FLAGS"] = folders
    return removed


def show_all_warnings_once():
    """Take back ``PYTHONWARNINGS``: of a user who turns warnings into errors no import succeeds."""
    warnings.resetwarnings()
    warnings.simplefilter("default")


def recorded_settings():
    """Return the variables that act on the last digits of numbers, whoever set them.

    Returns
    -------
    dict of str, name -> value
    """
    return {name: os.environ[name] for name in sorted(os.environ) if name.startswith(_RECORDED)}


def find_keras_home():
    """Return the folder of the user's Keras, whose downloaded weights are used: Path."""
    return _keras_home


def _is_set_aside(name):
    return name.startswith(_SET_ASIDE) and not name.startswith((*_HARMLESS, *_RECORDED))
