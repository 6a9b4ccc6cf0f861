# Chooses the setting on the validation set, and scores it and other estimators on the test set.
#   in:  results/{model}/run{run}/barlengths/hoyle/{maps}.h5, results/catalogues/hoyle_split.csv,
#        results/rivals/: lengths by other methods
#   out: results/barlength_correlations_{val,test}.csv   every setting; the chosen ones, once
#        results/chosen_setting.json                     the best setting on the validation set
#        results/error_model.csv                         spread between runs per decile of length
#        results/scores.csv, results/score_differences.csv, results/dilution.csv
#        results/{scores,dilution,correlations}_truth.csv   simulated survey only

HOYLE_BARLENGTHS = get_files("barlengths", MAPS, ["hoyle"])
# Only a simulated survey knows the truth.
TRUTH_SCORES = ["results/scores_truth.csv"] if SIMULATED else []


rule correlate_lengths:
    input:
        barlengths=HOYLE_BARLENGTHS,
        catalogue="results/catalogues/hoyle_split.csv",
    output:
        correlations=report(
            "results/barlength_correlations_val.csv",
            caption="../report/correlations_val.rst",
            category="4 Scores",
            labels={"table": "correlations, validation set"},
        ),
    log:
        "results/logs/correlate_lengths/correlate_lengths.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        **BOOTSTRAP,
        min_measured_share=lookup(within=config, dpath="scores/min_measured_share"),
        published=lookup(within=config, dpath="scores/published"),
        calibration=lookup(within=config, dpath="calibration"),
        code=get_code("correlate_lengths"),
    script:
        "../scripts/correlate_lengths.py"


rule choose_setting:
    input:
        correlations="results/barlength_correlations_val.csv",
    output:
        chosen="results/chosen_setting.json",
    log:
        "results/logs/choose_setting/choose_setting.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=get_code("choose_setting"),
    script:
        "../scripts/choose_setting.py"


rule estimate_errors:
    input:
        barlengths=HOYLE_BARLENGTHS,
        catalogue="results/catalogues/hoyle_split.csv",
        chosen="results/chosen_setting.json",
    output:
        errors=report(
            "results/error_model.csv",
            caption="../report/error_model.rst",
            category="4 Scores",
            labels={"table": "error model"},
        ),
    log:
        "results/logs/estimate_errors/estimate_errors.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        **LIGHT,
    params:
        omega_m=lookup(within=config, dpath="cosmology/omega_m"),
        code=get_code("estimate_errors"),
    script:
        "../scripts/estimate_errors.py"


rule score_estimators:
    input:
        barlengths=HOYLE_BARLENGTHS,
        catalogue="results/catalogues/hoyle_split.csv",
        chosen="results/chosen_setting.json",
        control="results/control/predictions.csv",
        calibrated="results/calibrated_lengths/hoyle.csv",
        networks="results/calibrated_by_network.csv",
        ellipses=ELLIPSES,
        moments=MOMENTS,
        external=EXTERNAL_LENGTHS,
    output:
        scores=report(
            "results/scores.csv",
            caption="../report/scores.rst",
            category="4 Scores",
            labels={"table": "scores against the catalogue"},
        ),
        differences="results/score_differences.csv",
        dilution="results/dilution.csv",
        correlations=report(
            "results/barlength_correlations_test.csv",
            caption="../report/correlations_test.rst",
            category="4 Scores",
            labels={"table": "correlations, test set"},
        ),
    log:
        "results/logs/score_estimators/score_estimators.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        **BOOTSTRAP,
        cosmology=lookup(within=config, dpath="cosmology"),
        code=get_code("score_estimators"),
    script:
        "../scripts/score_estimators.py"


rule score_truth:
    input:
        barlengths=HOYLE_BARLENGTHS,
        catalogue="results/catalogues/hoyle_split.csv",
        chosen="results/chosen_setting.json",
        control="results/control/predictions.csv",
        calibrated="results/calibrated_lengths/hoyle.csv",
        networks="results/calibrated_by_network.csv",
        ellipses=ELLIPSES,
        moments=MOMENTS,
        external=EXTERNAL_LENGTHS,
        truth="results/survey/truth.csv",
    output:
        scores=report(
            "results/scores_truth.csv",
            caption="../report/scores_truth.rst",
            category="4 Scores",
            labels={"table": "scores against the truth"},
        ),
        dilution="results/dilution_truth.csv",
        correlations="results/correlations_truth.csv",
    log:
        "results/logs/score_truth/score_truth.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        **BOOTSTRAP,
        cosmology=lookup(within=config, dpath="cosmology"),
        code=get_code("score_truth"),
    script:
        "../scripts/score_truth.py"
