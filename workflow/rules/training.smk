# Trains the networks on the votes, or takes over those that the released code trained.
#   in:  results/catalogues/training.csv, results/images/training.h5, ImageNet weights
#   out: results/weights/{architecture}.weights.h5    fetched once, without the top
#        results/{model}/run{run}/model.keras
#        results/{model}/run{run}/training_log.csv    one row per epoch
#        results/{model}/run{run}/training_summary.json

# Settings that change a model.
TRAINING = {
    key: value
    for key, value in config["training"].items()
    if key not in ("runs", "recipe")
}


rule fetch_weights:
    output:
        weights="results/weights/{architecture}.weights.h5",
    log:
        "results/logs/fetch_weights/{architecture}.log",
    wildcard_constraints:
        architecture=get_alternatives(BACKBONES),
    # A connection may break off.
    retries: 3
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=500,
        runtime=60,
    params:
        origin=lookup(within=config, dpath="weights/origin"),
        architecture="{architecture}",
    script:
        "../scripts/fetch_weights.py"


rule train_model:
    input:
        table="results/catalogues/training.csv",
        decoded="results/images/training.json",
        weights=get_model_weights,
    output:
        model="results/{model}/run{run}/model.keras",
        log="results/{model}/run{run}/training_log.csv",
        summary="results/{model}/run{run}/training_summary.json",
    log:
        "results/logs/train_model/{model}_run{run}.log",
    benchmark:
        "results/benchmarks/train_model/{model}_run{run}.tsv"
    wildcard_constraints:
        model=get_alternatives(TRAINED_HERE),
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        gpu=1,
        without_gpu=WITHOUT_GPU,
        mem_mb=get_scaled(32000),
        runtime=get_scaled(1440),
    params:
        network=get_network,
        image=lookup(within=config, dpath="image"),
        augmentation=lookup(within=config, dpath="augmentation"),
        training=TRAINING,
        seed=lookup(within=config, dpath="seed"),
        recipe=lookup(within=config, dpath="training/recipe"),
    script:
        "../scripts/train_model.py"


rule import_model:
    input:
        model=get_trained_elsewhere,
    output:
        model="results/{model}/run{run}/model.keras",
        summary="results/{model}/run{run}/training_summary.json",
    log:
        "results/logs/import_model/{model}_run{run}.log",
    wildcard_constraints:
        model=get_alternatives(TRAINED_ELSEWHERE),
    localrule: True
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        image=lookup(within=config, dpath="image"),
        code=get_code("import_model"),
    script:
        "../scripts/import_model.py"
