# Puts what a run has learned into one file, or takes it from such a file (docs/bundles.md).
#   in:  networks, calibration, error model, thresholds, light and scores of a run
#   out: results/bundle.zip    manifest.json, card.md, and these files
#        results/bundle/...    the same of a bundle that is given (key bundle), each checked


rule export_bundle:
    input:
        parts=get_bundle_parts,
        summaries=expand(
            "results/{model}/run{run}/training_summary.json", model=MODELS, run=RUNS
        ),
        training="results/catalogues/training.csv",
        catalogue="results/catalogues/hoyle_split.csv",
        scores="results/scores.csv",
        truth=TRUTH_SCORES,
        thresholds="results/bar_thresholds.json",
    output:
        bundle="results/bundle.zip",
    log:
        "results/logs/export_bundle/export_bundle.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=8000,
        runtime=30,
    params:
        configuration=CONFIGURATION,
        names=PARTS,
        simulated=SIMULATED,
        votes=lookup(within=config, dpath="data/votes"),
        interval=lookup(within=config, dpath="scores/interval"),
        survey_seed=lookup(within=config, dpath="survey/seed"),
        looks=lookup(within=config, dpath="calibration/looks"),
        code=get_code("export_bundle"),
    script:
        "../scripts/export_bundle.py"


if BUNDLED:

    rule unpack_bundle:
        input:
            bundle=local(BUNDLE),
        output:
            parts=[unpacked_path(part) for part in UNPACKED],
        log:
            "results/logs/unpack_bundle/unpack_bundle.log",
        localrule: True
        conda:
            "../../envs/measure.yaml"
        resources:
            mem_mb=8000,
            runtime=30,
        params:
            names=UNPACKED,
            code=get_code("unpack_bundle"),
        script:
            "../scripts/unpack_bundle.py"
