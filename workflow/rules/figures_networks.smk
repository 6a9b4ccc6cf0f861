# Draws what the networks learnt and predict, and finds the galaxies that they misclassify.
#   in:  results/{model}/run{run}/{training_log,predictions_train}.csv, class heat maps,
#        results/bar_detection.csv, results/bar_thresholds.json
#   out: results/figures/{learning_curves,vote_predictions,bar_detection,misclassified}.png, .pdf
#        results/misclassified.csv, results/misclassified_share.csv


rule find_misclassified:
    input:
        catalogue="results/catalogues/training.csv",
        predictions="results/ensemble/run1/predictions_train.csv",
    output:
        misclassified="results/misclassified.csv",
        share=report(
            "results/misclassified_share.csv",
            caption="../report/misclassified_share.rst",
            category="1 Networks",
            labels={"table": "misclassified galaxies"},
        ),
    log:
        "results/logs/find_misclassified/find_misclassified.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        margin=lookup(within=config, dpath="figures/misclassified_margin"),
        split="validation",
        code=get_code("find_misclassified"),
    script:
        "../scripts/find_misclassified.py"


# Networks that the released code trained have no log.
if TRAINED_HERE:

    rule plot_learning_curves:
        input:
            logs=expand(
                "results/{model}/run{run}/training_log.csv",
                model=TRAINED_HERE,
                run=RUNS,
            ),
            control="results/control/run1/training_log.csv",
            scores="results/prediction_scores.csv",
        output:
            png=report(
                "results/figures/learning_curves.png",
                caption="../report/plot_learning_curves.rst",
                category="1 Networks",
                labels={"figure": "2 learning curves"},
            ),
            pdf="results/figures/learning_curves.pdf",
        log:
            "results/logs/plot_learning_curves/plot_learning_curves.log",
        localrule: True
        conda:
            "../../envs/figures.yaml"
        resources:
            **LIGHT,
        params:
            dpi=lookup(within=config, dpath="figures/dpi"),
            code=get_code("plot_learning_curves"),
        script:
            "../scripts/plot_learning_curves.py"


rule plot_vote_predictions:
    input:
        catalogue="results/catalogues/training.csv",
        predictions=expand(
            "results/{model}/run1/predictions_train.csv", model=[*MODELS, "ensemble"]
        ),
    output:
        png=report(
            "results/figures/vote_predictions.png",
            caption="../report/plot_vote_predictions.rst",
            category="1 Networks",
            labels={"figure": "predicted votes"},
        ),
        pdf="results/figures/vote_predictions.pdf",
    log:
        "results/logs/plot_vote_predictions/plot_vote_predictions.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        column=lookup(within=config, dpath="heatmaps/output"),
        split="validation",
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_vote_predictions"),
    script:
        "../scripts/plot_vote_predictions.py"


rule plot_bar_detection:
    input:
        detection="results/bar_detection.csv",
        thresholds="results/bar_thresholds.json",
    output:
        png=report(
            "results/figures/bar_detection.png",
            caption="../report/plot_bar_detection.rst",
            category="1 Networks",
            labels={"figure": "bars that the networks find"},
        ),
        pdf="results/figures/bar_detection.pdf",
    log:
        "results/logs/plot_bar_detection/plot_bar_detection.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_bar_detection"),
    script:
        "../scripts/plot_bar_detection.py"


rule plot_misclassified:
    input:
        heatmaps="results/ensemble/run1/class_heatmaps/training.h5",
        selected="results/figures/selected_training.csv",
        misclassified="results/misclassified.csv",
        share="results/misclassified_share.csv",
    output:
        png=report(
            "results/figures/misclassified.png",
            caption="../report/plot_misclassified.rst",
            category="1 Networks",
            labels={"figure": "5 misclassified galaxies"},
        ),
        pdf="results/figures/misclassified.pdf",
    log:
        "results/logs/plot_misclassified/plot_misclassified.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        margin=lookup(within=config, dpath="figures/misclassified_margin"),
        crop=lookup(within=config, dpath="image/crop"),
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_misclassified"),
    script:
        "../scripts/plot_misclassified.py"
