# Trains the control: a network that learns bar lengths directly from the catalogue.
#   in:  results/catalogues/hoyle_split.csv, results/images/hoyle.h5
#   out: results/control/run1/{model.keras,training_log.csv,training_summary.json}
#        results/control/predictions.csv   length_scaled_predicted of every galaxy, with its id

# Its own settings win.
CONTROL_TRAINING = {
    **TRAINING,
    **{
        key: config["control"][key] for key in ("epochs", "batch_size", "learning_rate")
    },
}


rule train_control:
    input:
        catalogue="results/catalogues/hoyle_split.csv",
        decoded="results/images/hoyle.json",
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
        without_gpu=WITHOUT_GPU,
        mem_mb=get_scaled(16000),
        runtime=get_scaled(720),
    params:
        network=lookup(within=config, dpath="control/model"),
        image=lookup(within=config, dpath="image"),
        augmentation=lookup(within=config, dpath="augmentation"),
        training=CONTROL_TRAINING,
        seed=lookup(within=config, dpath="seed"),
        recipe=lookup(within=config, dpath="training/recipe"),
    script:
        "../scripts/train_control.py"
