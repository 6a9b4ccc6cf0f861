# Parts of the workflow to ask for by name.


rule all_models:
    input:
        "results/prediction_scores.csv",
        expand(
            "results/{model}/run{run}/predictions_{set}.csv",
            model=[*MODELS, "ensemble"],
            run=RUNS,
            set=["train", "test"],
        ),
        "results/control/predictions.csv",
    localrule: True


rule all_heatmaps:
    input:
        get_files("heatmaps", MODELS),
    localrule: True


rule all_lengths:
    input:
        expand("results/barlengths_{catalogue}.csv", catalogue=CATALOGUES),
        get_formats(),
        "results/barlength_correlations_val.csv",
        "results/barlength_correlations_test.csv",
        "results/scores.csv",
        TRUTH_SCORES,
    localrule: True


rule all_checks:
    input:
        ["results/heatmap_checks.csv", "results/heatmap_verdicts.csv"]
        if CHECKED
        else [],
    localrule: True


# Galaxies of a user's own, in all formats, with their galleries: by this run, or by a bundle. And
# the simulated ones, with their biases.
rule measured:
    input:
        expand("results/barlengths_{catalogue}.csv", catalogue=OWN_CATALOGUES),
        get_completeness(),
        get_formats(),
        get_galleries(OWN_CATALOGUES),
    localrule: True


rule bundle:
    input:
        "results/bundle.zip",
    localrule: True


rule all_figures:
    input:
        get_figures(),
        "results/front_page.html",
        get_galleries(),
    localrule: True


# One target per model: everything that belongs to it alone.
for model in MODELS:

    rule:
        name:
            f"only_{model}"
        input:
            expand(
                "results/{model}/run{run}/predictions_{set}.csv",
                model=model,
                run=RUNS,
                set=["train", "test"],
            ),
            get_files("barlengths", [model]),
            get_kept_heatmaps([model]),
        localrule: True
