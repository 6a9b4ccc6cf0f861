"""What a benchmark ran on, in one line."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def describe_machine():
    """Name the CPU, the cores that this process may use, the load, and the versions."""
    model, flags = platform.processor() or platform.machine(), set()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            model = value.strip()
        elif name.strip() == "flags":
            flags = set(value.split())
    units = ", ".join(
        word for word in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if word in flags
    )
    versions = ", ".join(f"{name} {_version(name)}" for name in ("tensorflow", "keras", "numpy"))
    return (
        f"{model} ({units or 'no vector units known'}), {len(os.sched_getaffinity(0))} cores, "
        f"load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, {versions}"
    )


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        # TensorFlow's build without CUDA has another name.
        return version(f"{name}-cpu")
