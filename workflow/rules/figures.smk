# Draws the figures, each as PNG and PDF.
#   in:  the tables and heat maps of the stages before
#   out: results/figures/{name}.png, .pdf
#        results/figures/selected_{catalogue}.csv   the galaxies shown, and why
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
        mem_mb=2000,
        runtime=10,
    params:
        margin=lookup(within=config, dpath="figures/misclassified_margin"),
        split="validation",
        code=get_code("find_misclassified"),
    script:
        "../scripts/find_misclassified.py"


rule select_galaxies:
    input:
        table=get_selection_table,
        catalogue="results/catalogues/{catalogue}.csv",
    output:
        selected="results/figures/selected_{catalogue}.csv",
    log:
        "results/logs/select_galaxies/{catalogue}.log",
    wildcard_constraints:
        catalogue="hoyle|training",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        galaxies=get_selected_galaxies,
        number=get_number_of_galaxies,
        rule=get_selection_rule,
        code=get_code("select_galaxies"),
    script:
        "../scripts/select_galaxies.py"


rule plot_overview:
    input:
        selected="results/figures/selected_hoyle.csv",
        lengths="results/barlengths_hoyle.csv",
        chosen="results/chosen_setting.json",
        heatmaps=get_hoyle_heatmaps(),
        shards=get_hoyle_shards(),
        scores="results/scores.csv",
    output:
        png=report(
            "results/figures/overview.png",
            caption="../report/plot_overview.rst",
            category="4 Scores",
            labels={"figure": "overview"},
        ),
        pdf="results/figures/overview.pdf",
    log:
        "results/logs/plot_overview/plot_overview.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        criteria=list(OWN_CRITERIA.values()),
        crop=lookup(within=config, dpath="image/crop"),
        directory=get_data_directory,
        sample="test",
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_overview"),
    script:
        "../scripts/plot_overview.py"


rule plot_class_heatmaps:
    input:
        heatmaps="results/ensemble/run1/class_heatmaps/hoyle.h5",
        selected="results/figures/selected_hoyle.csv",
        catalogue="results/catalogues/hoyle.csv",
    output:
        png=report(
            "results/figures/class_heatmaps.png",
            caption="../report/plot_class_heatmaps.rst",
            category="2 Heat maps",
            labels={"figure": "1 class heat maps"},
        ),
        pdf="results/figures/class_heatmaps.pdf",
    log:
        "results/logs/plot_class_heatmaps/plot_class_heatmaps.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        number=1,
        crop=lookup(within=config, dpath="image/crop"),
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_class_heatmaps"),
    script:
        "../scripts/plot_class_heatmaps.py"


rule plot_class_heatmaps_appendix:
    input:
        heatmaps="results/ensemble/run1/class_heatmaps/hoyle.h5",
        selected="results/figures/selected_hoyle.csv",
        catalogue="results/catalogues/hoyle.csv",
    output:
        png=report(
            "results/figures/class_heatmaps_appendix.png",
            caption="../report/plot_class_heatmaps.rst",
            category="2 Heat maps",
            labels={"figure": "A class heat maps"},
        ),
        pdf="results/figures/class_heatmaps_appendix.pdf",
    log:
        "results/logs/plot_class_heatmaps_appendix/plot_class_heatmaps_appendix.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        number=5,
        crop=lookup(within=config, dpath="image/crop"),
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_class_heatmaps"),
    script:
        "../scripts/plot_class_heatmaps.py"


rule plot_learning_curves:
    input:
        logs=expand(
            "results/{model}/run{run}/training_log.csv", model=TRAINED_HERE, run=RUNS
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
        mem_mb=2000,
        runtime=10,
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
        mem_mb=2000,
        runtime=10,
    params:
        column=lookup(within=config, dpath="heatmaps/output"),
        split="validation",
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_vote_predictions"),
    script:
        "../scripts/plot_vote_predictions.py"


rule plot_isolated_bars:
    input:
        selected="results/figures/selected_hoyle.csv",
        lengths="results/barlengths_hoyle.csv",
        chosen="results/chosen_setting.json",
        heatmaps=get_hoyle_heatmaps(),
        shards=get_hoyle_shards(),
    output:
        png=report(
            "results/figures/isolated_bars.png",
            caption="../report/plot_isolated_bars.rst",
            category="3 Bar lengths",
            labels={"figure": "3 isolated bars"},
        ),
        pdf="results/figures/isolated_bars.pdf",
    log:
        "results/logs/plot_isolated_bars/plot_isolated_bars.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        number=3,
        criteria=list(OWN_CRITERIA.values()),
        crop=lookup(within=config, dpath="image/crop"),
        directory=get_data_directory,
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_isolated_bars"),
    script:
        "../scripts/plot_isolated_bars.py"


rule plot_isolated_bars_appendix:
    input:
        selected="results/figures/selected_hoyle.csv",
        lengths="results/barlengths_hoyle.csv",
        chosen="results/chosen_setting.json",
        heatmaps=get_hoyle_heatmaps(),
        shards=get_hoyle_shards(),
    output:
        png=report(
            "results/figures/isolated_bars_appendix.png",
            caption="../report/plot_isolated_bars.rst",
            category="3 Bar lengths",
            labels={"figure": "B isolated bars"},
        ),
        pdf="results/figures/isolated_bars_appendix.pdf",
    log:
        "results/logs/plot_isolated_bars_appendix/plot_isolated_bars_appendix.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        number=5,
        criteria=list(OWN_CRITERIA.values()),
        crop=lookup(within=config, dpath="image/crop"),
        directory=get_data_directory,
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_isolated_bars"),
    script:
        "../scripts/plot_isolated_bars.py"


rule plot_bar_lengths:
    input:
        lengths="results/barlengths_hoyle.csv",
        control="results/control/predictions.csv",
        scores="results/scores.csv",
    output:
        png=report(
            "results/figures/bar_lengths_{sample}.png",
            caption="../report/plot_bar_lengths.rst",
            category="3 Bar lengths",
            labels={"figure": "4 bar lengths, {sample} sample"},
        ),
        pdf="results/figures/bar_lengths_{sample}.pdf",
    log:
        "results/logs/plot_bar_lengths/{sample}.log",
    wildcard_constraints:
        sample="common|test",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        sample="{sample}",
        omega_m=lookup(within=config, dpath="cosmology/omega_m"),
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_bar_lengths"),
    script:
        "../scripts/plot_bar_lengths.py"


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
        mem_mb=2000,
        runtime=10,
    params:
        margin=lookup(within=config, dpath="figures/misclassified_margin"),
        crop=lookup(within=config, dpath="image/crop"),
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_misclassified"),
    script:
        "../scripts/plot_misclassified.py"


rule plot_correlations:
    input:
        validation="results/barlength_correlations_val.csv",
        test="results/barlength_correlations_test.csv",
    output:
        png=report(
            "results/figures/correlations.png",
            caption="../report/plot_correlations.rst",
            category="4 Scores",
            labels={"figure": "correlation tables"},
        ),
        pdf="results/figures/correlations.pdf",
    log:
        "results/logs/plot_correlations/plot_correlations.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_correlations"),
    script:
        "../scripts/plot_correlations.py"


rule plot_scores:
    input:
        scores="results/scores.csv",
        truth=get_truth_scores(),
    output:
        png=report(
            "results/figures/scores.png",
            caption="../report/plot_scores.rst",
            category="4 Scores",
            labels={"figure": "scores"},
        ),
        pdf="results/figures/scores.pdf",
    log:
        "results/logs/plot_scores/plot_scores.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_scores"),
    script:
        "../scripts/plot_scores.py"


rule plot_truth:
    input:
        lengths="results/barlengths_hoyle.csv",
        truth="results/survey/truth.csv",
        scores="results/scores_truth.csv",
    output:
        png=report(
            "results/figures/truth.png",
            caption="../report/plot_truth.rst",
            category="4 Scores",
            labels={"figure": "measured against true lengths"},
        ),
        pdf="results/figures/truth.pdf",
    log:
        "results/logs/plot_truth/plot_truth.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        sample="test",
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_truth"),
    script:
        "../scripts/plot_truth.py"
