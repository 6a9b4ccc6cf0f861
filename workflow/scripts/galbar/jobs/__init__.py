"""What a job is to the machine that runs it: devices, signals, takeover, reruns, a cluster.

In come processes, GPUs, signals and the code itself; out go settings of TensorFlow, the decision
which copy of a job may write, digests that rerun jobs, the checks of a cluster, its profile, and
what its jobs have used. No number of the results depends on it.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "accounting": ["read_jobs"],
        "attempt_checks": ["check_allocation", "check_attempts", "count_gpus"],
        "cluster_checks": [
            "Check",
            "check_devices",
            "check_site",
            "failed",
            "format_checks",
            "run_command",
        ],
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
        "preempted_partitions": ["check_preemption"],
        "preemption": ["INTERRUPTIONS", "MODEL", "run_interrupted"],
        "processes": ["map_in_processes"],
        "profile_text": ["fill_profile", "list_unset"],
        "right_size": [
            "compare_sizes",
            "format_sizes",
            "format_snippet",
            "read_benchmarks",
        ],
        "scheduler_limits": ["check_limits"],
        "sigterm": ["check_interruption", "watch_for_interruption"],
        "site": ["read_site"],
        "site_profile": ["read_runtimes"],
        "start": ["snakemake"],
        "takeover": ["OutputOwnership"],
    },
)
