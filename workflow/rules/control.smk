# Trains the control: a network that learns bar lengths directly from the catalogue.
#   in:  results/catalogues/hoyle_split.csv, images_gz2/images/
#   out: results/control/run1/{model.keras,training_log.csv,training_summary.json}
#        results/control/predictions.csv   length_scaled_predicted of every galaxy, with its id


rule train_control:
    input:
        catalogue="results/catalogues/hoyle_split.csv",
        images=get_images("images_gz2/images"),
        weights=get_initial_weights(config["control"]["model"]),
    output:
        model="results/control/run1/model.keras",
        log="results/control/run1/training_log.csv",
        summary="results/control/run1/training_summary.json",
        predictions="results/control/predictions.csv",
    log:
        "results/logs/train_control/train_control.log",
    benchmark:
        "results/benchmarks/train_control/train_control.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        gpu=1,
        mem_mb=get_scaled(16000),
        runtime=get_scaled(720),
    params:
        directory=get_data_directory,
        network=lookup(within=config, dpath="control/model"),
        height=lookup(within=config, dpath="image/height"),
        width=lookup(within=config, dpath="image/width"),
        crop=lookup(within=config, dpath="image/crop"),
        augmentation=lookup(within=config, dpath="augmentation"),
        training=get_control_training(),
        seed=lookup(within=config, dpath="seed"),
        recipe=lookup(within=config, dpath="training/recipe"),
    script:
        "../scripts/train_control.py"
