# Draws three galaxies that are measured well, typically and badly.
#   in:  results/barlengths_hoyle.csv, results/leading_setting.json, heat maps; the truth of a survey
#   out: results/figures/examples.csv         the galaxies shown, and why
#        results/figures/examples.png, .pdf


rule select_examples:
    input:
        lengths="results/barlengths_hoyle.csv",
        # Only a simulated survey knows the truth.
        truth=["results/survey/truth.csv"] if SIMULATED else [],
    output:
        examples="results/figures/examples.csv",
    log:
        "results/logs/select_examples/select_examples.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        quantiles=[0.1, 0.5, 0.9],
        code=get_code("select_examples"),
    script:
        "../scripts/select_examples.py"


rule plot_examples:
    input:
        examples="results/figures/examples.csv",
        lengths="results/barlengths_hoyle.csv",
        leading="results/leading_setting.json",
        heatmaps=SHOWN_HEATMAPS,
        shards=SHOWN_SHARDS,
    output:
        png=report(
            "results/figures/examples.png",
            caption="../report/plot_examples.rst",
            category="3 Bar lengths",
            labels={"figure": "galaxies measured well and badly"},
        ),
        pdf="results/figures/examples.pdf",
    log:
        "results/logs/plot_examples/plot_examples.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        criteria=list(OWN_CRITERIA.values()),
        crop=lookup(within=config, dpath="image/crop"),
        directory=get_data_directory,
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_examples"),
    script:
        "../scripts/plot_examples.py"
