# Cuts, resamples and colours the images of a user's own galaxies, of any survey, for the networks.
# And draws those of the calibration in other colours (look1, look2, ...).
#   in:  table and images of an own catalogue, results/images/{training,hoyle}.json
#   out: results/training_light.json           how the networks' training images look
#        results/stamps/{catalogue}_read.csv       the table as it was read
#        results/stamps/{catalogue}_colours.json   what brings its images to that brightness
#        results/stamps/{catalogue}{shard}.h5      galaxy_id (n,), canvas (n, ny, nx, 3) uint8
#        results/stamps/{catalogue}{shard}_galaxies.csv, ..._dropped.csv
#        results/catalogues/{catalogue}.csv, ..._dropped.csv   those of all shards

# What the images of a catalogue are read by.
RECIPE = get_own_settings("pixel_scale", "extension", "bands")
# Galaxies whose brightness decides on the colours of a catalogue.
COLOUR_GALAXIES = 200


rule measure_training_light:
    input:
        images="results/images/training.json",
        table="results/catalogues/training.csv",
    output:
        light="results/training_light.json",
    log:
        "results/logs/measure_training_light/measure_training_light.log",
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        image=lookup(within=config, dpath="image"),
        saturation_range=lookup(within=config, dpath="augmentation/saturation_range"),
        code=get_code("measure_training_light"),
    script:
        "../scripts/measure_training_light.py"


rule read_own_table:
    input:
        table=get_own_table,
    output:
        table="results/stamps/{catalogue}_read.csv",
    log:
        "results/logs/read_own_table/{catalogue}.log",
    wildcard_constraints:
        catalogue=get_alternatives(OWN_STAMPED),
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
        # Not a param: another share changes no row, and must not compute heat maps again.
        max_broken_share=str(config["data"]["max_broken_share"]),
    params:
        columns=get_own_settings("columns"),
        by_position=is_by_position,
        code=get_code("read_own_table"),
    script:
        "../scripts/read_own_table.py"


rule calibrate_colours:
    input:
        table=get_table_with_images,
        light=from_run("results/training_light.json"),
    output:
        colours="results/stamps/{catalogue}_colours.json",
    log:
        "results/logs/calibrate_colours/{catalogue}.log",
    wildcard_constraints:
        catalogue=get_alternatives(OWN_STAMPED),
    localrule: not ON_CLUSTER
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=get_scaled(4000),
        runtime=get_scaled(60),
    params:
        directory=get_own_images,
        image=lookup(within=config, dpath="image"),
        recipe=RECIPE,
        galaxies=COLOUR_GALAXIES,
        seed=lookup(within=config, dpath="seed"),
        code=get_code("calibrate_colours"),
    script:
        "../scripts/calibrate_colours.py"


rule make_stamps:
    input:
        table=get_table_with_images,
        colours="results/stamps/{catalogue}_colours.json",
        light=from_run("results/training_light.json"),
    output:
        stamps="results/stamps/{catalogue}{shard}.h5",
        galaxies="results/stamps/{catalogue}{shard}_galaxies.csv",
        dropped="results/stamps/{catalogue}{shard}_dropped.csv",
    log:
        "results/logs/make_stamps/{catalogue}{shard}.log",
    benchmark:
        "results/benchmarks/make_stamps/{catalogue}{shard}.tsv"
    wildcard_constraints:
        catalogue=get_alternatives(OWN_STAMPED),
    localrule: not ON_CLUSTER
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=get_scaled(4000),
        runtime=get_scaled(240),
    params:
        directory=get_own_images,
        image=lookup(within=config, dpath="image"),
        recipe=RECIPE,
        shard=get_stamped_shard,
        seed=lookup(within=config, dpath="seed"),
        code=get_code("make_stamps"),
    script:
        "../scripts/make_stamps.py"


rule collect_galaxies:
    input:
        galaxies=get_tables_of_shards("galaxies"),
        dropped=get_tables_of_shards("dropped"),
    output:
        table="results/catalogues/{catalogue}.csv",
        dropped="results/catalogues/{catalogue}_dropped.csv",
    log:
        "results/logs/collect_galaxies/{catalogue}.log",
    wildcard_constraints:
        catalogue=get_alternatives(OWN_STAMPED),
    localrule: True
    conda:
        "../../envs/measure.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        max_broken_share=lookup(within=config, dpath="data/max_broken_share"),
        code=get_code("collect_galaxies"),
    script:
        "../scripts/collect_galaxies.py"


rule draw_look:
    input:
        catalogue="results/catalogues/hoyle.csv",
        images="results/images/hoyle.json",
    output:
        stamps="results/stamps/look{look}{shard}.h5",
        galaxies="results/stamps/look{look}{shard}_galaxies.csv",
    log:
        "results/logs/draw_look/look{look}{shard}.log",
    wildcard_constraints:
        look=r"\d",
    localrule: True
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        image=lookup(within=config, dpath="image"),
        augmentation=lookup(within=config, dpath="augmentation"),
        validation_split=lookup(within=config, dpath="catalogue/validation_split"),
        shard=get_stamped_shard,
        seed=lookup(within=config, dpath="seed"),
        code=get_code("draw_look"),
    script:
        "../scripts/draw_look.py"
