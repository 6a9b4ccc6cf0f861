# Makes a page of the galaxies of each catalogue, with their bars, to be opened from disk.
#   in:  results/barlengths_{catalogue}.csv, results/chosen_setting.json, images, heat maps
#   out: results/gallery_sheets/{catalogue}{shard}.zip   small pictures, many on a sheet
#        results/gallery/{catalogue}/index.html          the page, and what it loads from beside it
#        results/gallery/{catalogue}.html                its first galaxies as one file, in the report


rule draw_sheets:
    input:
        catalogue=get_galaxies_of_job,
        images=get_image_input,
        heatmaps=get_gallery_heatmaps,
        chosen=from_run("results/chosen_setting.json"),
    output:
        sheets="results/gallery_sheets/{catalogue}{shard}.zip",
    log:
        "results/logs/draw_sheets/{catalogue}{shard}.log",
    localrule: not ON_CLUSTER
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=get_scaled(2000),
        runtime=get_scaled(60),
    params:
        directory=get_image_folder,
        shard=get_shard,
        image=lookup(within=config, dpath="image"),
        criteria=list(OWN_CRITERIA.values()),
        code=get_code("draw_sheets"),
    script:
        "../scripts/draw_sheets.py"


rule make_gallery:
    input:
        lengths="results/barlengths_{catalogue}.csv",
        sheets=get_sheets,
        chosen=from_run("results/chosen_setting.json"),
    output:
        gallery=directory("results/gallery/{catalogue}"),
        # Snakemake takes no folder into a report that is one file.
        page=report(
            "results/gallery/{catalogue}.html",
            caption="../report/gallery.rst",
            category="3 Bar lengths",
            labels={"table": "gallery, {catalogue}"},
        ),
    log:
        "results/logs/make_gallery/{catalogue}.log",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=get_scaled(4000),
        runtime=get_scaled(60),
    params:
        page=get_page,
        code=get_code("make_gallery"),
    script:
        "../scripts/make_gallery.py"
