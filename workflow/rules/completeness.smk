# Measures simulated galaxies as anyone's, to know where bars are missed and lengths fail.
#   out: results/completeness/galaxies.csv   the catalogue "completeness", measured by the same rules
#        results/completeness/truth.csv, results/completeness/images
#        results/length_bias.csv             completeness, bias and scatter by bins of properties
#        results/bundle_with_length_bias.zip   with the key bundle: the bundle, and that table in it


rule simulate_completeness:
    output:
        table="results/completeness/galaxies.csv",
        truth="results/completeness/truth.csv",
        images=directory("results/completeness/images"),
    log:
        "results/logs/simulate_completeness/simulate_completeness.log",
    benchmark:
        "results/benchmarks/simulate_completeness/simulate_completeness.tsv"
    conda:
        "../../envs/survey.yaml"
    threads: 8
    resources:
        mem_mb=get_scaled(4000),
        runtime=get_scaled(120),
    params:
        settings=SIMULATED_GALAXIES,
        code=get_code("simulate_completeness"),
    script:
        "../scripts/simulate_completeness.py"


rule measure_length_bias:
    input:
        lengths="results/barlengths_completeness.csv",
        truth="results/completeness/truth.csv",
    output:
        table=report(
            "results/length_bias.csv",
            caption="../report/length_bias.rst",
            category="4 Scores",
            labels={"table": "completeness and bias"},
        ),
    log:
        "results/logs/measure_length_bias/measure_length_bias.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        **BOOTSTRAP,
        bins=lookup(within=config, dpath="completeness/bins"),
        code=get_code("measure_length_bias"),
    script:
        "../scripts/measure_length_bias.py"


if BUNDLED:

    rule add_length_bias:
        input:
            bundle=local(BUNDLE),
            bias="results/length_bias.csv",
        output:
            bundle="results/bundle_with_length_bias.zip",
        log:
            "results/logs/add_length_bias/add_length_bias.log",
        localrule: True
        conda:
            "../../envs/measure.yaml"
        resources:
            # As export_bundle: the bundle is in memory.
            mem_mb=8000,
            runtime=30,
        params:
            code=get_code("add_length_bias"),
        script:
            "../scripts/add_length_bias.py"
