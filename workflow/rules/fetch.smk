# Fetches the published files into the data directory. Nothing else needs this rule, which is asked
# for by name and alone: the data are looked at before all other jobs are planned.
#   in:  config/datasets.yaml, or another list
#   out: {data.directory}/   what the list names, docs/data.md
#        {data.directory}/datasets.lock.json   versions and checksums of what was fetched


# One job, one connection: files follow one another, and the disk is looked at for all of them. The
# files are no outputs: Snakemake would delete them before it runs the job again.
rule fetch_data:
    log:
        "results/logs/fetch_data/fetch_data.log",
    # It tries again itself, and goes on where it was.
    retries: 0
    # Compute nodes seldom reach the internet.
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=1000,
        runtime=10000,
        connections=1,
        download_retries=lookup(within=config, dpath="download/retries"),
        download_timeout=lookup(within=config, dpath="download/timeout"),
    params:
        directory=lookup(within=config, dpath="data/directory"),
        datasets=DATASETS,
        mirror=lookup(within=config, dpath="data/mirror"),
    script:
        "../scripts/fetch_data.py"
