# Measures the bar catalogue by other people's methods, to be scored beside the lengths on heat maps.
#   in:  results/catalogues/hoyle.csv and its images; a user's tables of lengths by other methods
#   out: results/rivals/ellipse/hoyle.csv   galaxy_id, length_px, length_drop_px [px of the 424 px
#            image], ellipticity, angle [degree], flag
#        results/rivals/moments/hoyle.h5    lengths on images by every setting, as those on heat maps
#        results/rivals/moments/correlations_val.csv, chosen_setting.json   the setting used
#        results/rivals/external/{external}.csv   galaxy_id, length_kpc_h [kpc/h], error_kpc_h,
#            length_scaled, error_scaled, flag


rule measure_ellipses:
    input:
        catalogue="results/catalogues/hoyle.csv",
        images=get_images(IMAGE_FOLDERS["hoyle"]),
    output:
        table="results/rivals/ellipse/hoyle.csv",
    log:
        "results/logs/measure_ellipses/measure_ellipses.log",
    benchmark:
        "results/benchmarks/measure_ellipses/measure_ellipses.tsv"
    localrule: not ON_CLUSTER
    conda:
        "../../envs/measure.yaml"
    threads: 8
    resources:
        mem_mb=get_scaled(4000),
        runtime=get_scaled(120),
    params:
        directory=get_data_directory,
        code=get_code("measure_ellipses"),
    script:
        "../scripts/measure_ellipses.py"


rule measure_images:
    input:
        catalogue="results/catalogues/hoyle.csv",
        images="results/images/hoyle.json",
    output:
        barlengths="results/rivals/moments/hoyle.h5",
    log:
        "results/logs/measure_images/measure_images.log",
    benchmark:
        "results/benchmarks/measure_images/measure_images.tsv"
    localrule: not ON_CLUSTER
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=get_scaled(2000),
        runtime=get_scaled(60),
    params:
        image=lookup(within=config, dpath="image"),
        grid=IMAGE_GRID,
        code=get_code("measure_images"),
    script:
        "../scripts/measure_images.py"


rule choose_for_images:
    input:
        barlengths="results/rivals/moments/hoyle.h5",
        catalogue="results/catalogues/hoyle_split.csv",
    output:
        correlations="results/rivals/moments/correlations_val.csv",
        chosen="results/rivals/moments/chosen_setting.json",
    log:
        "results/logs/choose_for_images/choose_for_images.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        **LIGHT,
    params:
        **BOOTSTRAP,
        min_measured_share=lookup(within=config, dpath="scores/min_measured_share"),
        code=get_code("choose_for_images"),
    script:
        "../scripts/choose_for_images.py"


rule read_external:
    input:
        table=get_external_table,
        catalogue="results/catalogues/hoyle.csv",
    output:
        lengths="results/rivals/external/{external}.csv",
    log:
        "results/logs/read_external/{external}.log",
    wildcard_constraints:
        external=get_alternatives(EXTERNAL),
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        names=get_external_columns,
        cosmology=lookup(within=config, dpath="cosmology"),
        code=get_code("read_external"),
    script:
        "../scripts/read_external.py"
