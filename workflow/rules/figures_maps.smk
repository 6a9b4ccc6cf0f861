# Draws galaxies beside their heat maps.
#   in:  results/barlengths_hoyle.csv, results/leading_setting.json, heat maps and class heat maps
#   out: results/figures/{overview,{class_heatmaps,isolated_bars}{,_appendix}}.png, .pdf
#        results/figures/selected_{catalogue}.csv   the galaxies shown, and why

# Which galaxies of a catalogue are shown: those configured, or as many by a rule.
SHOWN = {
    "hoyle": {
        "table": "results/barlengths_hoyle.csv",
        "galaxies": config["figures"]["galaxies"],
        "rule": "quantiles",
        "number": 5,
    },
    "training": {
        "table": "results/misclassified.csv",
        "galaxies": [],
        "rule": "misclassified",
        "number": config["figures"]["misclassified_galaxies"],
    },
}
SHOWN_HEATMAPS = expand(
    "results/{model}/run1/heatmaps/hoyle/{maps}.h5", model=MODELS, maps=MAP_SETS
)
# The joined files only point to the shards: these must stay as long.
SHOWN_SHARDS = expand(
    "results/{model}/run1/heatmaps/hoyle/{maps}{shard}.h5",
    model=MODELS,
    maps=MAP_SETS,
    shard=PATH_ENDS["hoyle"] if "hoyle" in IN_SHARDS else [],
)
# Figures of the paper's text, and of its appendix with more galaxies.
PAIRS = {
    "class_heatmaps": {"number": 1, "labels": {"figure": "1 class heat maps"}},
    "class_heatmaps_appendix": {"number": 5, "labels": {"figure": "A class heat maps"}},
    "isolated_bars": {"number": 3, "labels": {"figure": "3 isolated bars"}},
    "isolated_bars_appendix": {"number": 5, "labels": {"figure": "B isolated bars"}},
}


rule select_galaxies:
    input:
        table=lookup(within=SHOWN, dpath="{catalogue}/table"),
        catalogue="results/catalogues/{catalogue}.csv",
    output:
        selected="results/figures/selected_{catalogue}.csv",
    log:
        "results/logs/select_galaxies/{catalogue}.log",
    wildcard_constraints:
        catalogue=get_alternatives(SHOWN),
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        galaxies=lookup(within=SHOWN, dpath="{catalogue}/galaxies"),
        number=lookup(within=SHOWN, dpath="{catalogue}/number"),
        rule=lookup(within=SHOWN, dpath="{catalogue}/rule"),
        code=get_code("select_galaxies"),
    script:
        "../scripts/select_galaxies.py"


rule plot_overview:
    input:
        selected="results/figures/selected_hoyle.csv",
        lengths="results/barlengths_hoyle.csv",
        leading="results/leading_setting.json",
        heatmaps=SHOWN_HEATMAPS,
        shards=SHOWN_SHARDS,
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
        **LIGHT,
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
            "results/figures/{figure}.png",
            caption="../report/plot_class_heatmaps.rst",
            category="2 Heat maps",
            labels=lookup(within=PAIRS, dpath="{figure}/labels"),
        ),
        pdf="results/figures/{figure}.pdf",
    log:
        "results/logs/plot_class_heatmaps/{figure}.log",
    wildcard_constraints:
        figure="class_heatmaps|class_heatmaps_appendix",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        number=lookup(within=PAIRS, dpath="{figure}/number"),
        crop=lookup(within=config, dpath="image/crop"),
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_class_heatmaps"),
    script:
        "../scripts/plot_class_heatmaps.py"


rule plot_isolated_bars:
    input:
        selected="results/figures/selected_hoyle.csv",
        lengths="results/barlengths_hoyle.csv",
        leading="results/leading_setting.json",
        heatmaps=SHOWN_HEATMAPS,
        shards=SHOWN_SHARDS,
    output:
        png=report(
            "results/figures/{figure}.png",
            caption="../report/plot_isolated_bars.rst",
            category="3 Bar lengths",
            labels=lookup(within=PAIRS, dpath="{figure}/labels"),
        ),
        pdf="results/figures/{figure}.pdf",
    log:
        "results/logs/plot_isolated_bars/{figure}.log",
    wildcard_constraints:
        figure="isolated_bars|isolated_bars_appendix",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        number=lookup(within=PAIRS, dpath="{figure}/number"),
        criteria=list(OWN_CRITERIA.values()),
        crop=lookup(within=config, dpath="image/crop"),
        directory=get_data_directory,
        dpi=lookup(within=config, dpath="figures/dpi"),
        code=get_code("plot_isolated_bars"),
    script:
        "../scripts/plot_isolated_bars.py"
