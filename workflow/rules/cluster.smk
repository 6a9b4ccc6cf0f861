# Looks at a SLURM cluster before days of jobs depend on it, and at what its jobs used. Nothing else
# needs these rules.
#   in:  the profile; results/benchmarks, SLURM's accounting
#   out: a table of pass, warn and fail: printed, and in results/logs/check_cluster
#        results/cluster/right_size.csv   a row for each rule: asked, used, what to ask for
#        results/cluster/right_size.yaml  the same as entries of a profile


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
        **LIGHT,
    params:
        requests=get_requests,
        settings=get_site_settings,
        # Another value each time: nothing is taken over from an earlier look.
        asked=get_time,
    script:
        "../scripts/check_site.py"


rule report_gpu:
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
    params:
        # As the Snakemake within the job has it.
        retries=get_retries_here,
        request=get_gpu_request,
    script:
        "../scripts/report_gpu.py"


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


rule right_size:
    output:
        sizes="results/cluster/right_size.csv",
        entries="results/cluster/right_size.yaml",
    log:
        "results/logs/right_size/right_size.log",
    retries: 0
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        **LIGHT,
    params:
        requests=get_sizes,
        gpu_rules=GPU_RULES,
        logs=get_slurm_logs,
        # Another value each time: jobs have run since the last look.
        asked=get_time,
    script:
        "../scripts/right_size.py"
