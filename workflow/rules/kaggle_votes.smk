# Training and test galaxies of Kaggle's challenge: with data.votes: kaggle, and of simulated surveys.
#   in:  the data directory (docs/data.md)
#   out: results/catalogues/{training,test}.csv, {training,test}_dropped.csv   as of images.smk


rule prepare_training:
    input:
        votes=get_data("training_solutions_rev1.csv"),
        images=get_images("images_training_rev1"),
    output:
        table="results/catalogues/training.csv",
        dropped="results/catalogues/training_dropped.csv",
    log:
        "results/logs/prepare_training/prepare_training.log",
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
        validation_split=lookup(within=config, dpath="augmentation/validation_split"),
        seed=lookup(within=config, dpath="seed"),
        code=get_code("prepare_training"),
    script:
        "../scripts/prepare_training.py"


rule prepare_test:
    input:
        images=get_images("images_test_rev1"),
    output:
        table="results/catalogues/test.csv",
        dropped="results/catalogues/test_dropped.csv",
    log:
        "results/logs/prepare_test/prepare_test.log",
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
        code=get_code("prepare_test"),
    script:
        "../scripts/prepare_test.py"
