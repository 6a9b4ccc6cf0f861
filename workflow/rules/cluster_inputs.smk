# What the checks of a cluster ask of this run of the workflow, and of its profile.
import time

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


def get_amount(job, name):
    """Return what the first attempt of a rule asks for, the profile's changes included."""
    # Not by its name in the workflow, which a `module` may change.
    resource = get_own_rules()[job].rule.resources.get(name)
    if resource is None:
        return None
    return resource.evaluate(
        None, input=[], attempt=1, threads=1, rulename=job, async_run=None
    ).value


def get_requests(wildcards):
    """Return what the rules with a GPU ask for."""
    return {
        job: {
            "account": get_amount(job, "slurm_account"),
            "partition": get_amount(job, "slurm_partition"),
            "gpu": True,
            "runtime": get_amount(job, "runtime"),
            "mem_mb": get_amount(job, "mem_mb"),
        }
        for job in GPU_RULES
    }


def get_first_look():
    """Return the time from a submission to the first look at the job [s]."""
    settings = workflow.executor_settings
    return getattr(settings, "init_seconds_before_status_checks", None) or 40


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
    return {
        "attempts": 1 + workflow.execution_settings.retries,
        "first_look": get_first_look(),
        "submission": get_submission(),
        "weights": {name: path.format(architecture=name) for name in sorted(fetched)},
    }
