# Looks at a SLURM cluster before days of jobs depend on it. Nothing else needs these rules.
#   in:  the profile
#   out: a table of pass, warn and fail: printed, and in results/logs/check_cluster


import time


def get_amount(job, name):
    """Return what the first attempt of a rule asks for, the profile's changes included."""
    resource = workflow.get_rule(job).resources.get(name)
    if resource is None:
        return None
    return resource.evaluate(
        None, input=[], attempt=1, threads=1, rulename=job, async_run=None
    ).value


def get_requests(wildcards):
    """Return what the rules with a GPU ask for."""
    jobs = ("train_model", "train_control", "predict_votes", "compute_heatmaps")
    return {
        job: {
            "account": get_amount(job, "slurm_account"),
            "partition": get_amount(job, "slurm_partition"),
            "gpu": True,
            "runtime": get_amount(job, "runtime"),
            "mem_mb": get_amount(job, "mem_mb"),
        }
        for job in (*jobs, "compute_class_heatmaps")
    }


def get_first_look():
    """Return the time from a submission to the first look at the job [s]."""
    settings = workflow.executor_settings
    return getattr(settings, "init_seconds_before_status_checks", None) or 40


def get_site_settings(wildcards):
    """Return what else the checks need to know of this run."""
    networks = [*MODELS.values(), config["control"]["model"]]
    files = [file for network in networks for file in get_initial_weights(network)]
    return {
        "attempts": 1 + workflow.execution_settings.retries,
        "first_look": get_first_look(),
        "weights": {Path(file).name.split(".")[0]: file for file in sorted(set(files))},
    }


rule check_site:
    output:
        site="results/cluster/site.json",
    log:
        "results/logs/check_cluster/site.log",
    retries: 0
    localrule: True
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        requests=get_requests,
        settings=get_site_settings,
        # Another value each time: nothing is taken over from an earlier look.
        asked=lambda wildcards: time.time(),
    script:
        "../scripts/check_site.py"


rule test_gpu:
    input:
        site="results/cluster/site.json",
    output:
        devices="results/cluster/devices.json",
    log:
        "results/logs/check_cluster/devices.log",
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=get_scaled(4000),
        runtime=get_scaled(10),
    script:
        "../scripts/test_gpu.py"


rule check_cluster:
    input:
        site="results/cluster/site.json",
        devices="results/cluster/devices.json",
    log:
        "results/logs/check_cluster/check_cluster.log",
    retries: 0
    localrule: True
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        without_gpu=lookup(within=config, dpath="devices/without_gpu"),
    script:
        "../scripts/check_cluster.py"
