# What the checks of a cluster ask of this run of the workflow, and of its profiles.
import os
import time
from contextlib import redirect_stderr
from io import StringIO

import yaml
from snakemake.cli import get_profile_dir, parse_args

GPU_RULES = (
    "train_model",
    "train_control",
    "predict_votes",
    "predict_own_votes",
    "compute_heatmaps",
    "plan_heatmaps",
    "compute_class_heatmaps",
    "check_heatmaps",
)


def find_unset():
    """List what a site has not set in its profile for SLURM: "rule: resource"."""
    settings = workflow.resource_settings
    given = {
        "default-resources": settings.default_resources or {},
        **settings.overwrite_resources,
    }
    return [
        f"{place}: {name}"
        for place, resources in given.items()
        for name in resources
        if "SET_ME" in str(resources[name].raw)
    ]


def get_amount(job, name, attempt=1):
    """Return what an attempt of a rule asks for, the profile's changes included."""
    # Not by its name in the workflow, which a `module` may change.
    resource = get_own_rules()[job].rule.resources.get(name)
    if resource is None:
        return None
    return resource.evaluate(
        None, input=[], attempt=attempt, threads=1, rulename=job, async_run=None
    ).value


def get_most_runtime(job):
    """Return the time that no attempt of a rule exceeds [min]; infinite if it always grows."""
    # More attempts than anyone would make.
    attempts = 1000
    most = get_amount(job, "runtime", attempts)
    grows = most is None or most >= attempts * get_amount(job, "runtime")
    return float("inf") if grows else most


def get_attempts():
    """Return how often a job is tried."""
    return 1 + workflow.execution_settings.retries


def get_requests(wildcards):
    """Return what the rules with a GPU ask for, and one of those without, in their partition."""
    last = get_attempts()
    return {
        job: {
            "account": get_amount(job, "slurm_account"),
            "partition": get_amount(job, "slurm_partition"),
            "gpu": job in GPU_RULES,
            "runtime": get_amount(job, "runtime"),
            "mem_mb": get_amount(job, "mem_mb"),
            "last_runtime": get_amount(job, "runtime", last),
            "last_mem_mb": get_amount(job, "mem_mb", last),
        }
        for job in (*GPU_RULES, "decode_images")
    }


def get_sizes(wildcards):
    """Return what the first attempts of all rules with a benchmark ask for."""
    names = [name for name, own in get_own_rules().items() if own.rule.benchmark]
    return {
        name: {
            "cpus": get_amount(name, "cpus_per_task") or get_amount(name, "_cores"),
            "mem_mb": get_amount(name, "mem_mb"),
            "runtime": get_amount(name, "runtime"),
            "most_runtime": get_most_runtime(name),
            "partition": get_amount(name, "slurm_partition"),
            "is_job": get_own_rules()[name].rule.name not in workflow._localrules,
        }
        for name in names
    }


def get_slurm_logs(wildcards):
    """Return the folder of SLURM's logs."""
    settings = workflow.executor_settings
    return str(getattr(settings, "logdir", None) or ".snakemake/slurm_logs")


def get_first_look():
    """Return the time from a submission to the first look at the job [s]."""
    settings = workflow.executor_settings
    return getattr(settings, "init_seconds_before_status_checks", None) or 40


def get_profiles():
    """Return the files of the profiles that this run reads, in their order: path -> its keys."""
    # It tells which profiles it reads, as at the start.
    with redirect_stderr(StringIO()):
        parser, _ = parse_args(sys.argv[1:])
    texts = {path: Path(path).read_text() for path in parser._default_config_files}
    return {
        str(path): sorted(yaml.safe_load(text) or {}) for path, text in texts.items()
    }


def get_environment_profile(profiles):
    """Return what SNAKEMAKE_PROFILE names, if this run does not read it; else None."""
    named = os.environ.get("SNAKEMAKE_PROFILE", "none")
    _, path = (get_profile_dir(named) or (None, None)) if named else (None, None)
    read = {Path(profile).resolve() for profile in profiles}
    return str(path) if path and path.resolve() not in read else None


def get_retries_here(wildcards):
    """Return how often this process tries each rule again; within an allocation it should not."""
    return {job: get_own_rules()[job].rule.restart_times for job in GPU_RULES}


def get_gpu_request(wildcards, resources):
    """Return the resources that a job asks for a GPU with."""
    return {name: resources.get(name) for name in ("gpu", "gres")}


def get_submission():
    """Return how many jobs this run would submit at once, alone and as arrays."""
    settings = workflow.executor_settings
    timespan = workflow.scheduling_settings.max_jobs_per_timespan
    return {
        "jobs": workflow.resource_settings.nodes,
        "per_second": timespan and timespan.max_jobs,
        "array_rules": getattr(settings, "array_jobs", None) or "",
        "array_limit": getattr(settings, "array_limit", None),
        # Heat maps: of all sets, runs and networks.
        "ready": len(MAP_SETS)
        * len(RUNS)
        * len(MODELS)
        * sum(len(shards) for shards in SHARDS.values()),
    }


def get_time(wildcards):
    """Return the time, which no other run of the workflow has [s]."""
    return time.time()


def get_site_settings(wildcards):
    """Return what else the checks need to know of this run."""
    networks = [*(MODELS[name] for name in TRAINED_HERE), config["control"]["model"]]
    fetched = {
        network["architecture"] for network in networks if get_initial_weights(network)
    }
    # As the rule's output, whose path a `module` with a prefix changes.
    path = str(rules.fetch_weights.output.weights)
    profiles = get_profiles()
    return {
        "profiles": profiles,
        "environment_profile": get_environment_profile(profiles),
        "requeue": bool(getattr(workflow.executor_settings, "requeue", False)),
        "attempts": get_attempts(),
        "first_look": get_first_look(),
        "submission": get_submission(),
        "weights": {name: path.format(architecture=name) for name in sorted(fetched)},
    }
