# Measures bar lengths with every criterion, on the heat maps of each network and on their average.
#   in:  results/{model}/run{run}/heatmaps/{catalogue}/{maps}{shard}.h5
#   out: results/{model}/run{run}/barlengths/{catalogue}/{maps}{shard}.h5
#            galaxy_id (n,), length (n, s) [px of the 424 px image], flag (n, s), angle (n, s)
#        results/{model}/run{run}/barlengths/{catalogue}/{maps}.h5   several shards as one
#        results/barlengths_{catalogue}.{ecsv,fits,votable,parquet,reg}   the same, with units
#        results/barlengths_{catalogue}.csv   one row per galaxy: calibrated, by the chosen setting


rule measure_lengths:
    input:
        heatmaps=get_measured_heatmaps,
        catalogue=get_galaxies_of_job,
        images=get_image_input,
    output:
        barlengths="results/{model}/run{run}/barlengths/{catalogue}/{maps}{shard}.h5",
    log:
        "results/logs/measure_lengths/{model}_run{run}_{catalogue}_{maps}{shard}.log",
    benchmark:
        "results/benchmarks/measure_lengths/{model}_run{run}_{catalogue}_{maps}{shard}.tsv"
    wildcard_constraints:
        catalogue=BY_SHARD,
    localrule: not ON_CLUSTER
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=get_scaled(2000),
        runtime=get_scaled(60),
    params:
        directory=get_image_folder,
        image=lookup(within=config, dpath="image"),
        grid=get_grid,
        code=get_code("measure_lengths"),
    script:
        "../scripts/measure_lengths.py"


rule join_lengths:
    input:
        shards=get_shards("barlengths"),
    output:
        joined="results/{model}/run{run}/barlengths/{catalogue}/{maps}.h5",
    log:
        "results/logs/join_lengths/{model}_run{run}_{catalogue}_{maps}.log",
    wildcard_constraints:
        catalogue=get_alternatives(IN_SHARDS),
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=get_code("join_shards"),
    script:
        "../scripts/join_shards.py"


rule tabulate_lengths:
    input:
        barlengths=get_barlengths,
        catalogue=get_catalogue_with_splits,
        calibrated="results/calibrated_lengths/{catalogue}.csv",
        chosen=from_run("results/chosen_setting.json"),
        errors=from_run("results/error_model.csv"),
        votes=get_own_votes,
        thresholds=get_bar_thresholds,
        verdicts=get_own_verdicts,
        bias=get_length_bias,
    output:
        table=report(
            "results/barlengths_{catalogue}.csv",
            caption="../report/barlengths.rst",
            category="3 Bar lengths",
            labels={"table": "bar lengths, {catalogue}"},
        ),
    log:
        "results/logs/tabulate_lengths/{catalogue}.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        cosmology=lookup(within=config, dpath="cosmology"),
        own=is_own,
        code=get_code("tabulate_lengths"),
    script:
        "../scripts/tabulate_lengths.py"


rule write_lengths:
    input:
        lengths="results/barlengths_{catalogue}.csv",
    output:
        table="results/barlengths_{catalogue}.{kind}",
    log:
        "results/logs/write_lengths/{catalogue}_{kind}.log",
    wildcard_constraints:
        kind="ecsv|fits|votable|parquet|reg",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        code=get_code("write_lengths"),
    script:
        "../scripts/write_lengths.py"
