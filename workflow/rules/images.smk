# Reads and checks the tables and images, joins them on integer ids, and splits them.
#   in:  the data directory (docs/data.md); training and test: kaggle_votes.smk or gz2_votes.smk
#   out: results/catalogues/{training,test,hoyle}.csv           one row per usable galaxy
#        results/catalogues/{training,test,hoyle}_dropped.csv   the others, and why
#        results/catalogues/hoyle_split.csv                     hoyle.csv with its splits
#        results/catalogues/{catalogue}.csv                     galaxies of a user's own
#        results/images/{training,test,hoyle}.h5   decoded once for the jobs that read all of them:
#            galaxy_id (n,), canvas (n, ny, nx, 3) uint8
#        results/images/{training,test,hoyle}.json   their digest


rule prepare_catalogue:
    input:
        barlengths=get_data("hoyle_barlengths.csv"),
        metadata=get_data("gz2sample.csv"),
        mapping=get_data("gz2_filename_mapping.csv"),
        images=get_images("images_gz2/images"),
    output:
        table="results/catalogues/hoyle.csv",
        dropped="results/catalogues/hoyle_dropped.csv",
    log:
        "results/logs/prepare_catalogue/prepare_catalogue.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        directory=get_data_directory,
        max_broken_share=lookup(within=config, dpath="data/max_broken_share"),
        seed=lookup(within=config, dpath="seed"),
        code=get_code("prepare_catalogue"),
    script:
        "../scripts/prepare_catalogue.py"


# A rule of its own: other splits must not compute the heat maps again.
rule split_catalogue:
    input:
        catalogue="results/catalogues/hoyle.csv",
    output:
        table="results/catalogues/hoyle_split.csv",
    log:
        "results/logs/split_catalogue/split_catalogue.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        validation_split=lookup(within=config, dpath="catalogue/validation_split"),
        test_split=lookup(within=config, dpath="control/test_split"),
        code=get_code("split_catalogue"),
    script:
        "../scripts/split_catalogue.py"


rule prepare_own_catalogue:
    input:
        table=get_own_table,
    output:
        table="results/catalogues/{catalogue}.csv",
        dropped="results/catalogues/{catalogue}_dropped.csv",
    log:
        "results/logs/prepare_own_catalogue/{catalogue}.log",
    wildcard_constraints:
        catalogue=get_alternatives(
            [name for name in OWN_CATALOGUES if name not in STAMPED]
        ),
    localrule: not ON_CLUSTER
    conda:
        "../../envs/measure.yaml"
    threads: 2
    resources:
        mem_mb=get_scaled(4000),
        runtime=get_scaled(240),
    params:
        directory=get_own_images,
        columns=get_own_settings("columns"),
        max_broken_share=lookup(within=config, dpath="data/max_broken_share"),
        code=get_code("prepare_own_catalogue"),
    script:
        "../scripts/prepare_own_catalogue.py"


# Jobs wait for the description, not for the images: these may be deleted (22 GB in the published
# run), and Snakemake would train again all networks whose input it has to make anew. Not `ancient`:
# then another size of images would train none. Not those of a user's own catalogues: a job reads a
# shard of them, and a million galaxies at 224 px would take 150 GB.
rule decode_images:
    input:
        table="results/catalogues/{set}.csv",
        images=get_set_images,
    output:
        decoded="results/images/{set}.h5",
        description="results/images/{set}.json",
    log:
        "results/logs/decode_images/{set}.log",
    benchmark:
        "results/benchmarks/decode_images/{set}.tsv"
    wildcard_constraints:
        set=get_alternatives(IMAGE_FOLDERS),
    conda:
        "../../envs/measure.yaml"
    threads: 8
    resources:
        mem_mb=get_scaled(4000),
        runtime=get_scaled(60),
    params:
        directory=get_data_directory,
        image=lookup(within=config, dpath="image"),
        # As for trainings, which have no digest of the code: an edit must not train for days.
        recipe=lookup(within=config, dpath="training/recipe"),
    script:
        "../scripts/decode_images.py"
