# Writes what the report begins with.
#   in:  results/scores.csv, of a simulated survey results/scores_truth.csv; results/figures/overview.png
#   out: results/front_page.html


rule write_front_page:
    input:
        scores=["results/scores.csv", *TRUTH_SCORES],
        overview="results/figures/overview.png",
    output:
        page=report(
            "results/front_page.html",
            caption="../report/front_page.rst",
            category="4 Scores",
            labels={"table": "main scores"},
        ),
    log:
        "results/logs/write_front_page/write_front_page.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        interval=lookup(within=config, dpath="scores/interval"),
        code=get_code("write_front_page"),
    script:
        "../scripts/write_front_page.py"
