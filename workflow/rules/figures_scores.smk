# Draws bar lengths, their correlations and scores.
#   in:  results/barlengths_hoyle.csv, the tables of scores.smk and calibration.smk
#   out: results/figures/{bar_lengths_{common,test},correlations,dilution,importance,scores}.png, .pdf
#        results/figures/truth.png, .pdf   simulated survey only


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
        **LIGHT,
    params:
        sample="{sample}",
        omega_m=lookup(within=config, dpath="cosmology/omega_m"),
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_bar_lengths"),
    script:
        "../scripts/plot_bar_lengths.py"


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
        **LIGHT,
    params:
        criteria=CRITERIA_IN_WORDS,
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_correlations"),
    script:
        "../scripts/plot_correlations.py"


rule plot_dilution:
    input:
        tables=[
            "results/dilution.csv",
            *(["results/dilution_truth.csv"] if SIMULATED else []),
        ],
        scores=["results/scores.csv", *TRUTH_SCORES],
    output:
        png=report(
            "results/figures/dilution.png",
            caption="../report/plot_dilution.rst",
            category="4 Scores",
            labels={"figure": "dilution and coverage"},
        ),
        pdf="results/figures/dilution.pdf",
    log:
        "results/logs/plot_dilution/plot_dilution.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        sample="test",
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_dilution"),
    script:
        "../scripts/plot_dilution.py"


rule plot_importance:
    input:
        importance="results/calibration_importance.csv",
    output:
        png=report(
            "results/figures/importance.png",
            caption="../report/plot_importance.rst",
            category="4 Scores",
            labels={"figure": "importance of groups of settings"},
        ),
        pdf="results/figures/importance.pdf",
    log:
        "results/logs/plot_importance/plot_importance.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_importance"),
    script:
        "../scripts/plot_importance.py"


rule plot_scores:
    input:
        scores="results/scores.csv",
        truth=TRUTH_SCORES,
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
        **LIGHT,
    params:
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_scores"),
    script:
        "../scripts/plot_scores.py"


if TRUTH_SCORES:

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
            **LIGHT,
        params:
            sample="test",
            dpi=lookup(within=config, dpath="figures/dpi"),
            code=get_code("plot_truth"),
        script:
            "../scripts/plot_truth.py"
