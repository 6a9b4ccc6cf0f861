# Training and test galaxies with the votes of Galaxy Zoo 2 itself (Hart et al. 2016), in place of
# those of Kaggle's challenge: with data.votes: gz2.
#   in:  the data directory (docs/data.md)
#   out: results/catalogues/{training,test}.csv, {training,test}_dropped.csv   as of images.smk


rule prepare_gz2_votes:
    input:
        votes=get_data("gz2_hart16.csv"),
        barlengths=get_data("hoyle_barlengths.csv"),
        mapping=get_data("gz2_filename_mapping.csv"),
        images=get_images("images_gz2/images"),
    output:
        table="results/catalogues/{set}.csv",
        dropped="results/catalogues/{set}_dropped.csv",
    log:
        "results/logs/prepare_gz2_votes/{set}.log",
    wildcard_constraints:
        set="training|test",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        directory=get_data_directory,
        numbers=get_gz2_numbers,
        max_broken_share=lookup(within=config, dpath="data/max_broken_share"),
        validation_split=lookup(within=config, dpath="augmentation/validation_split"),
        seed=lookup(within=config, dpath="seed"),
        code=get_code("prepare_gz2_votes"),
    script:
        "../scripts/prepare_gz2_votes.py"
