"""A SLURM cluster as its commands tell of it: what is missing, what to ask for, what to set.

In come the output of SLURM's commands, a profile, tables of what jobs have used; out go checks with
what to change, a profile of the site, what to ask for, a trial of preemption. No number of the
results depends on it.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "accounting": ["read_jobs"],
        "attempt_checks": ["check_allocation", "check_attempts", "count_gpus"],
        "checks": [
            "Check",
            "check_devices",
            "check_site",
            "failed",
            "format_checks",
            "read_partitions",
            "run_command",
        ],
        "preempted_partitions": ["check_preemption"],
        "preemption": ["INTERRUPTIONS", "MODEL", "run_interrupted"],
        "profile_text": ["fill_profile", "list_unset"],
        "right_size": [
            "compare_sizes",
            "format_sizes",
            "format_snippet",
            "limit_runtimes",
            "read_benchmarks",
        ],
        "scheduler_limits": ["check_limits"],
        "site": ["read_site"],
        "site_profile": ["read_runtimes"],
    },
)
