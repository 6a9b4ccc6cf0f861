"""What a job is to the machine that runs it: devices, signals, takeover, reruns.

In come processes, GPUs, signals and the code itself; out go settings of TensorFlow, the decision
which copy of a job may write, and digests that rerun jobs. No number of the results depends on it.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "code_digest": ["code_digest"],
        "devices": [
            "check_gpu",
            "configure_devices",
            "describe_devices",
            "has_gpu",
            "leave_gpus",
            "software_versions",
        ],
        "environment": ["find_keras_home"],
        "processes": ["map_in_processes"],
        "sigterm": ["check_interruption", "watch_for_interruption"],
        "start": ["snakemake"],
        "takeover": ["OutputOwnership", "unfinished_folder"],
    },
)
