# Computes heat maps. {maps} is an attribution method and a level of noise: noise0.1 (SmoothGrad),
# tf_keras_vis_smoothgrad_noise0.1. {shard} is nothing where a catalogue is one job (io/shards.py).
#   in:  results/{model}/run{run}/model.keras, results/catalogues/{catalogue}.csv, images
#   out: results/{model}/run{run}/heatmap_plan.json   batch size and precision, if left open
#        results/{model}/run{run}/heatmaps/{catalogue}/{maps}{shard}.h5
#            galaxy_id (n,) and a dataset (n, ny, nx) float32 per kind, not normalised
#        results/{model}/run{run}/heatmaps/{catalogue}/{maps}.h5   several shards as one

# What defines a heat map, beside the network, the image and the set of heat maps: of each set
# what its method honours.
ATTRIBUTION = {
    key: HEATMAPS[key]
    for key in (
        *("kinds", "smooth_samples", "jitter", "symmetries", "antithetic"),
        *("batch_size", "precision"),
        *METHOD_KEYS,
    )
} | {"seed": config["seed"]}
# The same of all methods together: a key of a method that is not used changes no plan.
ATTRIBUTION_OF_ALL = {
    key: value
    for key, value in ATTRIBUTION.items()
    if key not in METHOD_KEYS
    or any(key in METHODS[name].settings for name in HEATMAPS["methods"])
}
# What decides batch size and precision, where the configuration leaves one of them open.
PLAN = (
    from_run("results/{model}/run{run}/heatmap_plan.json") if has_plan(HEATMAPS) else []
)
# Settings by whose lengths another precision is judged.
COMPARED_LENGTHS = HEATMAPS["watched_lengths"] or [
    {
        **{"criterion": "pearson", "kind": "absolute"},
        **{"xinput": False, "smoothing": 0},
        **config["scores"]["published"],
    }
]
# Modules that heat maps need only where lengths are watched on them. They reach the measuring: an
# edit of that must not compute heat maps again.
UNWATCHED = (
    ()
    if HEATMAPS["watched_lengths"]
    else ("attribution.monte_carlo_error", "lengths.measure")
)


rule plan_heatmaps:
    input:
        model="results/{model}/run{run}/model.keras",
        catalogue="results/catalogues/hoyle.csv",
        images=get_images("images_gz2/images"),
    output:
        plan="results/{model}/run{run}/heatmap_plan.json",
        # Apart: what the heat maps depend on must not change when only the evidence does.
        checks="results/{model}/run{run}/heatmap_plan_checks.json",
    log:
        "results/logs/plan_heatmaps/{model}_run{run}.log",
    benchmark:
        "results/benchmarks/plan_heatmaps/{model}_run{run}.tsv"
    wildcard_constraints:
        model=get_alternatives(MODELS),
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        gpu=1,
        without_gpu=WITHOUT_GPU,
        mem_mb=get_scaled(16000),
        runtime=get_scaled(60),
    params:
        directory=get_data_directory,
        image=lookup(within=config, dpath="image"),
        output=lookup(within=config, dpath="heatmaps/output"),
        against=lookup(within=config, dpath="heatmaps/against"),
        maps=MAP_SETS,
        settings=ATTRIBUTION_OF_ALL,
        galaxies=lookup(within=config, dpath="heatmaps/precision_galaxies"),
        lengths=COMPARED_LENGTHS,
        criteria=get_own_criteria(COMPARED_LENGTHS),
        whole_groups=bool(config["heatmaps"]["watched_lengths"]),
        code=get_attribution_code("plan_heatmaps", HEATMAPS["methods"]),
    script:
        "../scripts/plan_heatmaps.py"


rule compute_heatmaps:
    input:
        model=from_run("results/{model}/run{run}/model.keras"),
        catalogue=get_galaxies_of_job,
        images=get_image_input,
        plan=PLAN,
    output:
        heatmaps=keep_heatmaps(
            "results/{model}/run{run}/heatmaps/{catalogue}/{maps}{shard}.h5"
        ),
    log:
        "results/logs/compute_heatmaps/{model}_run{run}_{catalogue}_{maps}{shard}.log",
    benchmark:
        "results/benchmarks/compute_heatmaps/{model}_run{run}_{catalogue}_{maps}{shard}.tsv"
    wildcard_constraints:
        model=get_alternatives(MODELS),
        catalogue=BY_SHARD,
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        gpu=1,
        without_gpu=WITHOUT_GPU,
        mem_mb=get_scaled(16000),
        runtime=get_scaled(1440),
    params:
        directory=get_image_folder,
        maps="{maps}",
        shard=get_shard,
        image=lookup(within=config, dpath="image"),
        output=lookup(within=config, dpath="heatmaps/output"),
        against=lookup(within=config, dpath="heatmaps/against"),
        settings=get_attribution,
        watched_lengths=get_watched,
        criteria=get_watched_criteria,
        code=get_attribution_code("compute_heatmaps", excluded_modules=UNWATCHED),
    script:
        "../scripts/compute_heatmaps.py"


rule join_heatmaps:
    input:
        shards=get_shards("heatmaps"),
    output:
        joined=keep_heatmaps("results/{model}/run{run}/heatmaps/{catalogue}/{maps}.h5"),
    log:
        "results/logs/join_heatmaps/{model}_run{run}_{catalogue}_{maps}.log",
    wildcard_constraints:
        model=get_alternatives(MODELS),
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


rule compute_class_heatmaps:
    input:
        models=expand("results/{model}/run1/model.keras", model=MODELS),
        plans=expand(PLAN, model=MODELS, run=1),
        selected="results/figures/selected_{catalogue}.csv",
    output:
        heatmaps="results/ensemble/run1/class_heatmaps/{catalogue}.h5",
    log:
        "results/logs/compute_class_heatmaps/{catalogue}.log",
    benchmark:
        "results/benchmarks/compute_class_heatmaps/{catalogue}.tsv"
    wildcard_constraints:
        catalogue="hoyle|training",
    conda:
        "../../envs/train.yaml"
    threads: 8
    resources:
        gpu=1,
        without_gpu=WITHOUT_GPU,
        mem_mb=get_scaled(16000),
        runtime=get_scaled(120),
    params:
        directory=get_data_directory,
        image=lookup(within=config, dpath="image"),
        maps=MAP_SETS[0],
        columns=get_class_columns,
        settings=METHODS[HEATMAPS["methods"][0]].select(ATTRIBUTION),
        code=get_attribution_code("compute_class_heatmaps", HEATMAPS["methods"][:1]),
    script:
        "../scripts/compute_class_heatmaps.py"
