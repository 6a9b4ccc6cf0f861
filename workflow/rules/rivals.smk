# Measures the bar catalogue by other people's methods, to be scored beside the lengths on heat maps.
#   in:  results/catalogues/hoyle.csv and its images
#   out: results/rivals/ellipse/hoyle.csv   galaxy_id, length_px, length_drop_px [px of the 424 px
#            image], ellipticity, angle [degree], flag


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
    resources:
        mem_mb=get_scaled(2000),
        runtime=get_scaled(120),
    params:
        directory=get_data_directory,
        code=get_code("measure_ellipses"),
    script:
        "../scripts/measure_ellipses.py"
