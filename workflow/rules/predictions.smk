# Predicts the 37 votes of the training and the test set, and averages over the models.
#   in:  results/{model}/run{run}/model.keras, results/catalogues/{training,test}.csv,
#        results/images/{training,test}.h5
#   out: results/{model}/run{run}/predictions_{train,test}.csv   galaxy_id, 37 vote fractions
#        results/ensemble/run{run}/predictions_{train,test}.csv  their mean over the models
#        results/bar_detection.csv, results/bar_thresholds.json          what says whether there is a bar
#        results/votes/{catalogue}{shard}.csv                            votes of a user's own galaxies
#        results/prediction_scores.csv                           RMSE per model, run and set


rule predict_votes:
    input:
        model="results/{model}/run{run}/model.keras",
        training="results/catalogues/training.csv",
        test="results/catalogues/test.csv",
        training_images="results/images/training.json",
        test_images="results/images/test.json",
    output:
        training="results/{model}/run{run}/predictions_train.csv",
        test="results/{model}/run{run}/predictions_test.csv",
    log:
        "results/logs/predict_votes/{model}_run{run}.log",
    benchmark:
        "results/benchmarks/predict_votes/{model}_run{run}.tsv"
    wildcard_constraints:
        model=get_alternatives(MODELS),
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        gpu=1,
        without_gpu=WITHOUT_GPU,
        mem_mb=get_scaled(16000),
        runtime=get_scaled(240),
    params:
        image=lookup(within=config, dpath="image"),
        batch_size=lookup(within=config, dpath="training/batch_size"),
        code=get_code("predict_votes"),
    script:
        "../scripts/predict_votes.py"


rule average_predictions:
    input:
        training=expand(
            "results/{model}/run{run}/predictions_train.csv",
            model=MODELS,
            allow_missing=True,
        ),
        test=expand(
            "results/{model}/run{run}/predictions_test.csv",
            model=MODELS,
            allow_missing=True,
        ),
    output:
        training="results/ensemble/run{run}/predictions_train.csv",
        test="results/ensemble/run{run}/predictions_test.csv",
    log:
        "results/logs/average_predictions/run{run}.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        **LIGHT,
    params:
        code=get_code("average_predictions"),
    script:
        "../scripts/average_predictions.py"


rule score_predictions:
    input:
        training="results/catalogues/training.csv",
        predictions=expand(
            "results/{model}/run{run}/predictions_train.csv",
            model=[*MODELS, "ensemble"],
            run=RUNS,
        ),
        summaries=expand(
            "results/{model}/run{run}/training_summary.json", model=MODELS, run=RUNS
        ),
    output:
        scores=report(
            "results/prediction_scores.csv",
            caption="../report/prediction_scores.rst",
            category="1 Networks",
            labels={"table": "RMSE of the votes"},
        ),
    log:
        "results/logs/score_predictions/score_predictions.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        **LIGHT,
    params:
        code=get_code("score_predictions"),
    script:
        "../scripts/score_predictions.py"


# Whether a galaxy has a bar: by thresholds that galaxies with votes have given.
rule choose_bar_thresholds:
    input:
        predictions=expand("results/ensemble/run{run}/predictions_train.csv", run=RUNS),
        votes="results/catalogues/training.csv",
    output:
        thresholds="results/bar_thresholds.json",
        detection=report(
            "results/bar_detection.csv",
            caption="../report/bar_detection.rst",
            category="1 Networks",
            labels={"table": "bars that the networks find"},
        ),
    log:
        "results/logs/choose_bar_thresholds/choose_bar_thresholds.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        **LIGHT,
    params:
        code=get_code("choose_bar_thresholds"),
    script:
        "../scripts/choose_bar_thresholds.py"


rule predict_own_votes:
    input:
        models=expand(
            from_run("results/{model}/run{run}/model.keras"), model=MODELS, run=RUNS
        ),
        catalogue=get_galaxies_of_job,
        images=get_image_input,
    output:
        votes="results/votes/{catalogue}{shard}.csv",
    log:
        "results/logs/predict_own_votes/{catalogue}{shard}.log",
    benchmark:
        "results/benchmarks/predict_own_votes/{catalogue}{shard}.tsv"
    wildcard_constraints:
        catalogue=get_alternatives(OWN_CATALOGUES),
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        gpu=1,
        without_gpu=WITHOUT_GPU,
        mem_mb=get_scaled(16000),
        runtime=get_scaled(240),
    params:
        directory=get_image_folder,
        shard=get_shard,
        image=lookup(within=config, dpath="image"),
        batch_size=lookup(within=config, dpath="training/batch_size"),
        code=get_code("predict_own_votes"),
    script:
        "../scripts/predict_own_votes.py"
