# Calibrates one length, with an interval, from the lengths by selected settings of all networks.
#   in:  results/{model}/run{run}/barlengths/{catalogue}/{maps}.h5, results/catalogues/hoyle_split.csv
#   out: results/calibration.h5              what the estimator was fitted on
#        results/calibration_candidates.csv  how well others predict galaxies that they have not seen
#        results/calibration_importance.csv  what the lengths rest on; results/leading_setting.json
#        results/calibrated_lengths/{catalogue}.csv   length_scaled and its intervals
#        results/calibrated_by_network.csv   the same by each network alone, to be scored

# Averages over networks hold nothing that the networks' own lengths do not.
LENGTHS_OF_NETWORKS = expand(
    "results/{model}/run{run}/barlengths/hoyle/{maps}.h5",
    model=CALIBRATED_MODELS,
    run=RUNS,
    maps=CALIBRATED_MAPS,
)


rule calibrate_lengths:
    input:
        barlengths=LENGTHS_OF_NETWORKS,
        looks=get_files("barlengths", CALIBRATED_MODELS, LOOKS),
        catalogue="results/catalogues/hoyle_split.csv",
    output:
        calibration="results/calibration.h5",
        candidates=report(
            "results/calibration_candidates.csv",
            caption="../report/calibration_candidates.rst",
            category="4 Scores",
            labels={"table": "candidates of the calibration"},
        ),
    log:
        "results/logs/calibrate_lengths/calibrate_lengths.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        seed=lookup(within=config, dpath="seed"),
        selection=lookup(within=config, dpath="calibration"),
        code=get_code("calibrate_lengths"),
    script:
        "../scripts/calibrate_lengths.py"


rule measure_importance:
    input:
        calibration="results/calibration.h5",
        chosen="results/chosen_setting.json",
    output:
        importance=report(
            "results/calibration_importance.csv",
            caption="../report/calibration_importance.rst",
            category="4 Scores",
            labels={"table": "importance of groups of settings"},
        ),
        leading="results/leading_setting.json",
    log:
        "results/logs/measure_importance/measure_importance.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        code=get_code("measure_importance"),
    script:
        "../scripts/measure_importance.py"


rule estimate_lengths:
    input:
        barlengths=get_barlengths,
        catalogue=get_catalogue_with_splits,
        calibration=from_run("results/calibration.h5"),
        chosen=from_run("results/chosen_setting.json"),
    output:
        table="results/calibrated_lengths/{catalogue}.csv",
    log:
        "results/logs/estimate_lengths/{catalogue}.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        own=is_own,
        code=get_code("estimate_lengths"),
    script:
        "../scripts/estimate_lengths.py"


rule calibrate_networks:
    input:
        barlengths=LENGTHS_OF_NETWORKS,
        catalogue="results/catalogues/hoyle_split.csv",
        calibration="results/calibration.h5",
    output:
        table="results/calibrated_by_network.csv",
    log:
        "results/logs/calibrate_networks/calibrate_networks.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        code=get_code("calibrate_networks"),
    script:
        "../scripts/calibrate_networks.py"
