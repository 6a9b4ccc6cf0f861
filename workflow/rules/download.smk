# Downloads the images of a user's own galaxies by position, from a public service of cutouts.
#   in:  table of an own catalogue whose key images names a service
#   out: results/downloads/{catalogue}.csv   the table, with the images' paths, or why there is none
#        results/downloads/{catalogue}/      the images, unless the key folder names another folder


# One job for a catalogue: its colours need a sample of all its galaxies, and a service is asked by
# few connections, however many shards there are. The folder is no output: Snakemake deletes
# outputs before it starts a job again, and what is there must not be fetched twice. How it is asked
# is a resource, not a param: another pace makes no other images, and no heat maps again. With
# `--resources connections=2` that is the most for all catalogues together.
rule download_images:
    input:
        table="results/stamps/{catalogue}_read.csv",
    output:
        table="results/downloads/{catalogue}.csv",
    log:
        "results/logs/download_images/{catalogue}.log",
    wildcard_constraints:
        catalogue=get_alternatives(DOWNLOADED),
    # Compute nodes seldom reach the internet.
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=10000,
        connections=lookup(within=config, dpath="download/connections"),
        download_retries=lookup(within=config, dpath="download/retries"),
        download_timeout=lookup(within=config, dpath="download/timeout"),
        download_delay=lookup(within=config, dpath="download/delay"),
    params:
        folder=get_own_images,
        source=get_image_source,
        extension=get_own_settings("extension"),
        code=get_code("download_images"),
    script:
        "../scripts/download_images.py"
