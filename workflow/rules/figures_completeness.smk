# Draws where bars are missed and lengths fail.
#   in:  results/length_bias.csv
#   out: results/figures/length_bias.png, .pdf   only with simulated galaxies (completeness.galaxies)

if COMPLETENESS_MEASURED:

    rule plot_length_bias:
        input:
            bias="results/length_bias.csv",
        output:
            png=report(
                "results/figures/length_bias.png",
                caption="../report/plot_length_bias.rst",
                category="4 Scores",
                labels={"figure": "completeness and bias"},
            ),
            pdf="results/figures/length_bias.pdf",
        log:
            "results/logs/plot_length_bias/plot_length_bias.log",
        localrule: True
        conda:
            "../../envs/figures.yaml"
        resources:
            **LIGHT,
        params:
            dpi=lookup(within=config, dpath="figures/dpi"),
            code=get_code("plot_length_bias"),
        script:
            "../scripts/plot_length_bias.py"
