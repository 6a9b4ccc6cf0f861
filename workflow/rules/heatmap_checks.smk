# Checks whether heat maps show the bar, and whether the lengths on them are the bar's.
#   in:  results/{model}/run1/model.keras and heatmaps/hoyle/{maps}.h5, hoyle_split.csv, masks of bars
#   out: results/{model}/run1/heatmap_checks/{maps}.h5    maps of altered networks, curves
#        results/{model}/run1/heatmap_checks/{maps}.csv   every number, with its interval
#        results/heatmap_checks.csv, results/heatmap_verdicts.csv   of all networks; yes, no, why


rule check_heatmaps:
    input:
        model="results/{model}/run1/model.keras",
        plan=expand(PLAN, run=1, allow_missing=True),
        heatmaps=get_checked_heatmaps,
        shards=get_checked_shards,
        catalogue="results/catalogues/hoyle_split.csv",
        images="results/images/hoyle.json",
    output:
        checked="results/{model}/run1/heatmap_checks/{maps}.h5",
    log:
        "results/logs/check_heatmaps/{model}_{maps}.log",
    benchmark:
        "results/benchmarks/check_heatmaps/{model}_{maps}.tsv"
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
        directory=get_data_directory,
        image=lookup(within=config, dpath="image"),
        output=lookup(within=config, dpath="heatmaps/output"),
        against=lookup(within=config, dpath="heatmaps/against"),
        settings=get_checked_attribution,
        seed=lookup(within=config, dpath="seed"),
        checks={key: value for key, value in CHECKS.items() if key != "masks"},
        code=get_attribution_code("check_heatmaps", excluded_modules=UNMEASURED),
    script:
        "../scripts/check_heatmaps.py"


rule score_heatmap_checks:
    input:
        heatmaps=get_checked_heatmaps,
        shards=get_checked_shards,
        checked=get_checked_networks,
        correlations="results/barlength_correlations_val.csv",
        catalogue="results/catalogues/hoyle_split.csv",
        images="results/images/hoyle.json",
        masks=BAR_MASKS,
        mask_images=BAR_MASK_IMAGES,
        truth=["results/survey/truth.csv"] if SIMULATED else [],
    output:
        table="results/{model}/run1/heatmap_checks/{maps}.csv",
    log:
        "results/logs/score_heatmap_checks/{model}_{maps}.log",
    benchmark:
        "results/benchmarks/score_heatmap_checks/{model}_{maps}.tsv"
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        **BOOTSTRAP,
        image=lookup(within=config, dpath="image"),
        galaxies=lookup(within=config, dpath="checks/galaxies"),
        min_measured_share=lookup(within=config, dpath="scores/min_measured_share"),
        criteria=list(OWN_CRITERIA.values()),
        code=get_code("score_heatmap_checks"),
    script:
        "../scripts/score_heatmap_checks.py"


rule judge_heatmaps:
    input:
        tables=expand(
            "results/{model}/run1/heatmap_checks/{maps}.csv",
            model=CHECKED,
            maps=MAP_SETS,
        ),
    output:
        table=report(
            "results/heatmap_checks.csv",
            caption="../report/heatmap_checks.rst",
            category="5 Checks of the heat maps",
            labels={"table": "checks of heat maps"},
        ),
        verdicts=report(
            "results/heatmap_verdicts.csv",
            caption="../report/heatmap_verdicts.rst",
            category="5 Checks of the heat maps",
            labels={"table": "verdicts on heat maps"},
        ),
    log:
        "results/logs/judge_heatmaps/judge_heatmaps.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        **LIGHT,
    params:
        code=get_code("judge_heatmaps"),
    script:
        "../scripts/judge_heatmaps.py"


if CHECKED:

    rule plot_heatmap_checks:
        input:
            table="results/heatmap_checks.csv",
            verdicts="results/heatmap_verdicts.csv",
        output:
            png=report(
                "results/figures/checks_{check}.png",
                caption="../report/plot_heatmap_checks.rst",
                category="5 Checks of the heat maps",
                labels={"figure": "checks: {check}"},
            ),
            pdf="results/figures/checks_{check}.pdf",
        log:
            "results/logs/plot_heatmap_checks/{check}.log",
        wildcard_constraints:
            check=get_check_figures(),
        localrule: True
        conda:
            "../../envs/figures.yaml"
        resources:
            **LIGHT,
        params:
            check="{check}",
            dpi=lookup(within=config, dpath="figures/dpi"),
            code=get_code("plot_heatmap_checks"),
        script:
            "../scripts/plot_heatmap_checks.py"
