# Simulates a survey of galaxies with known bar lengths, in the layout of the real data.
#   out: results/survey/   the tables and images of docs/data.md, and
#        results/survey/truth.csv   bar lengths that only the validation reads
#        results/survey/bar_masks.csv, bar_masks/   where the bars are, for checks of heat maps


rule simulate_survey:
    output:
        votes="results/survey/training_solutions_rev1.csv",
        metadata="results/survey/gz2sample.csv",
        mapping="results/survey/gz2_filename_mapping.csv",
        barlengths="results/survey/hoyle_barlengths.csv",
        truth="results/survey/truth.csv",
        masks="results/survey/bar_masks.csv",
        mask_images=directory("results/survey/bar_masks"),
        training_images=directory("results/survey/images_training_rev1"),
        test_images=directory("results/survey/images_test_rev1"),
        catalogue_images=directory("results/survey/images_gz2/images"),
    log:
        "results/logs/simulate_survey/simulate_survey.log",
    benchmark:
        "results/benchmarks/simulate_survey/simulate_survey.tsv"
    conda:
        "../../envs/survey.yaml"
    threads: 8
    resources:
        mem_mb=get_scaled(4000),
        runtime=get_scaled(60),
    params:
        survey=lookup(within=config, dpath="survey"),
        code=get_code("simulate_survey"),
    script:
        "../scripts/simulate_survey.py"
