# What the rules share: the checked configuration, wildcards, and input functions.
import itertools
import re
import sys
import time
from functools import cache
from hashlib import sha256
from pathlib import Path

from snakemake.exceptions import WorkflowError

# The library's modules, name -> file, found by following imports. Each file passes through
# Snakemake's source cache, so that scripts can import it even when this workflow is loaded from
# a hosted repository as a `module`.
LIBRARY = {}


def add_to_library(name):
    """Register a module of the library ("io.shards"), its packages, and what it imports."""
    parents = [part for part in itertools.accumulate(name.split("."), "{}.{}".format)]
    for package in ("", *parents[:-1]):
        LIBRARY[f"{package}.__init__".strip(".")] = workflow.source_path(
            f"../scripts/galbar/{package.replace('.', '/')}/__init__.py"
        )
    if name not in LIBRARY:
        LIBRARY[name] = workflow.source_path(
            f"../scripts/galbar/{name.replace('.', '/')}.py"
        )
        add_imports(LIBRARY[name])


def add_imports(path):
    """Register the modules of the library that a file imports."""
    text = Path(path).read_text(encoding="utf-8")
    for name in re.findall(r"^ *from galbar\.([\w.]+) import", text, re.MULTILINE):
        add_to_library(name)


for name in (
    "attribution.methods.map_sets",
    "catalogues.published_tables",
    "config.check",
    "io.image_archives",
    "io.shards",
    "jobs.code_digest",
    "networks.backbones.registry",
):
    add_to_library(name)

# The library checks the configuration. Appended, as Snakemake does it for scripts.
sys.path.append(str(Path(LIBRARY["__init__"]).parents[1]))

from galbar.attribution.methods.map_sets import MapSet, list_map_sets
from galbar.attribution.methods.registry import METHODS
from galbar.catalogues.published_tables import check_headers, check_own_catalogues
from galbar.config.check import check_config
from galbar.io.image_archives import find_source
from galbar.io.shards import SHARD, count_rows, list_shards
from galbar.jobs.code_digest import code_digest
from galbar.networks.backbones.registry import BACKBONES

# The code of methods is loaded by its name.
for method in METHODS.values():
    add_to_library(method.constructor.partition(":")[0].removeprefix("galbar."))

try:
    config.update(check_config(config))
    if config["survey"]["simulate"]:
        check_own_catalogues(config["catalogues"])
    else:
        check_headers(config["data"]["directory"], config["catalogues"])
except (OSError, ValueError) as error:
    raise WorkflowError(str(error)) from None


def find_unset():
    """List what a site has not set in its profile for SLURM: "rule: resource"."""
    settings = workflow.resource_settings
    given = {
        "default-resources": settings.default_resources or {},
        **settings.overwrite_resources,
    }
    return [
        f"{place}: {name}"
        for place, resources in given.items()
        for name in resources
        if "SET_ME" in str(resources[name].raw)
    ]


MODELS = {
    model["name"]: model
    for model in config["models"]
    if not config["selected_models"] or model["name"] in config["selected_models"]
}
TRAINED_ELSEWHERE = [name for name, model in MODELS.items() if model["trained"]]
TRAINED_HERE = [name for name in MODELS if name not in TRAINED_ELSEWHERE]
RUNS = [str(run) for run in range(1, config["training"]["runs"] + 1)]
OWN_CATALOGUES = {catalogue["name"]: catalogue for catalogue in config["catalogues"]}
CATALOGUES = ["hoyle", *OWN_CATALOGUES]
# A user's mask criteria, with a digest of their files: edits rerun.
OWN_CRITERIA = {
    entry["name"]: {
        **entry,
        "sha256": sha256(Path(entry["file"]).read_bytes()).hexdigest(),
    }
    for entry in config["lengths"]["criteria"]
    if isinstance(entry, dict)
}
# Sets of heat maps: by every method of attribution, at every level of noise.
MAP_SETS = [
    one.name
    for one in list_map_sets(
        config["heatmaps"]["methods"], config["heatmaps"]["smooth_noise"]
    )
]
# What defines a heat map, beside the network, the image and the set of maps.
ATTRIBUTION = {
    **{
        key: config["heatmaps"][key]
        for key in (
            *("kinds", "smooth_samples", "jitter", "symmetries", "antithetic"),
            *("batch_size", "precision"),
        )
    },
    "seed": config["seed"],
}
# Whether what is done for each shard runs where Snakemake runs.
ON_CLUSTER = config["lengths"]["on_cluster"]
# What bar lengths are measured on; the measurements are then averaged as well.
MAPS = [*MODELS, "averageheatmaps"]
MEASURED = [*MAPS, "averagemeasurements"]


def get_galaxies(catalogue):
    """Return how many galaxies a catalogue has, or a few more: before any is left out."""
    if catalogue in OWN_CATALOGUES:
        return count_rows(OWN_CATALOGUES[catalogue]["table"])
    if config["survey"]["simulate"]:
        return config["survey"]["catalogue_galaxies"]
    return count_rows(Path(config["data"]["directory"]) / "hoyle_barlengths.csv")


# Counted once: a table may have a million rows.
SHARDS = {
    catalogue: list_shards(
        get_galaxies(catalogue), config["heatmaps"]["galaxies_per_job"]
    )
    for catalogue in CATALOGUES
}


def get_alternatives(names):
    """Return a regular expression that matches the names; nothing if there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    model=get_alternatives(MEASURED),
    run=get_alternatives(RUNS),
    catalogue=get_alternatives(CATALOGUES),
    maps=get_alternatives(MAP_SETS),
    shard=SHARD,


def get_data(name):
    """Return the path of a file or folder of the data directory."""
    if config["survey"]["simulate"]:
        return f"results/survey/{name}"
    return str(Path(config["data"]["directory"]) / name)


def get_images(name):
    """Return the path of an image folder of the data directory, or of its archive."""
    folder = get_data(name)
    if config["survey"]["simulate"]:
        return folder
    return str(find_source(folder) or folder)


def get_data_directory(wildcards):
    """Return the data directory, to which the tables' image names are relative."""
    return get_data("")


def get_own_criteria(settings):
    """Return a user's criteria that some settings name."""
    names = dict.fromkeys(setting["criterion"] for setting in settings)
    return [OWN_CRITERIA[name] for name in names if name in OWN_CRITERIA]


def get_grid():
    """Return what is measured: criteria, kinds of maps, and values of all parameters."""
    lengths = {
        key: value for key, value in config["lengths"].items() if key != "on_cluster"
    }
    criteria = [
        OWN_CRITERIA[entry["name"]] if isinstance(entry, dict) else entry
        for entry in lengths["criteria"]
    ]
    return {**lengths, "criteria": criteria, "kinds": config["heatmaps"]["kinds"]}


def get_code(script, unused=()):
    """Return a function for a digest of the library as a script uses it.

    A param, so that edits rerun; computed only where a run has jobs of the rule.
    """
    path = workflow.source_path(f"../scripts/{script}.py")
    digest = cache(lambda: code_digest(LIBRARY, path, unused))
    return lambda wildcards: digest()


def get_attribution_code(script, unused=()):
    """Return a function like that of `get_code`, for jobs that compute heat maps.

    The code of the methods that they use counts as well; without a set of maps, of all.
    """
    path = workflow.source_path(f"../scripts/{script}.py")
    digest = cache(lambda *loaded: code_digest(LIBRARY, path, unused, loaded))

    def code(wildcards):
        used = config["heatmaps"]["methods"]
        if "maps" in wildcards.keys():
            used = [MapSet.parse(wildcards.maps).attribution]
        return digest(*(METHODS[name].constructor for name in used))

    return code


def get_unwatched():
    """Return the modules that heat maps do not need unless lengths are watched on them.

    They reach the measuring: an edit of that must not compute heat maps again.
    """
    return (
        ()
        if config["heatmaps"]["watched_lengths"]
        else ("attribution.monte_carlo_error", "lengths.measure")
    )


def get_scaled(value):
    """Return a resource that grows with the attempt, as a job may have run out of it."""

    def scaled(wildcards, attempt):
        return value * attempt

    return scaled


def get_network(wildcards):
    """Return the settings of a model's network."""
    return {
        key: value for key, value in MODELS[wildcards.model].items() if key != "trained"
    }


def get_initial_weights(network):
    """Return the files of a network's initial weights, none where they are random."""
    if network["weights"] == "imagenet":
        return [f"results/weights/{network['architecture']}.weights.h5"]
    return []


def get_model_weights(wildcards):
    """Return the files of a model's initial weights."""
    return get_initial_weights(MODELS[wildcards.model])


def get_trained_elsewhere(wildcards):
    """Return the model.h5 of the original code that takes the place of a training."""
    return MODELS[wildcards.model]["trained"].format(run=wildcards.run)


def get_own_table(wildcards):
    """Return the table of a user's own catalogue."""
    return OWN_CATALOGUES[wildcards.catalogue]["table"]


def get_catalogue_with_splits(wildcards):
    """Return the table of a catalogue; that of Hoyle et al. with its splits."""
    if wildcards.catalogue in OWN_CATALOGUES:
        return f"results/catalogues/{wildcards.catalogue}.csv"
    return f"results/catalogues/{wildcards.catalogue}_split.csv"


def get_own_images(wildcards):
    """Return the folder that a user's own table names its images in."""
    return OWN_CATALOGUES[wildcards.catalogue]["images"]


def get_image_folder(wildcards):
    """Return the folder that the images of a catalogue's table are relative to."""
    if wildcards.catalogue in OWN_CATALOGUES:
        return get_own_images(wildcards)
    return get_data("")


def get_image_input(wildcards):
    """Return the folder of images that a rule waits for; a user's own is simply there."""
    if wildcards.catalogue in OWN_CATALOGUES:
        return []
    return get_images("images_gz2/images")


def get_training():
    """Return the settings of training, without what does not change a model."""
    unused = ("runs", "recipe")
    return {
        key: value for key, value in config["training"].items() if key not in unused
    }


def get_control_training():
    """Return the settings of the control's training; its own ones win."""
    own = {
        key: config["control"][key] for key in ("epochs", "batch_size", "learning_rate")
    }
    return {**get_training(), **own}


def get_predictions(wildcards):
    """Return the predictions of every model for one run and set."""
    return expand(
        "results/{model}/run{run}/predictions_{set}.csv",
        model=MODELS,
        run=wildcards.run,
        set=wildcards.set,
    )


def get_heatmaps_of_models(wildcards):
    """Return the heat maps of every model that are averaged."""
    return expand(
        "results/{model}/run{run}/heatmaps/{catalogue}/{maps}/{shard}.h5",
        model=MODELS,
        run=wildcards.run,
        catalogue=wildcards.catalogue,
        maps=wildcards.maps,
        shard=wildcards.shard,
    )


def get_shards(part):
    """Return a function for the shards of a catalogue's heat maps or bar lengths."""

    def shards(wildcards):
        return expand(
            "results/{model}/run{run}/{part}/{catalogue}/{maps}/{shard}.h5",
            model=wildcards.model,
            run=wildcards.run,
            part=part,
            catalogue=wildcards.catalogue,
            maps=wildcards.maps,
            shard=SHARDS[wildcards.catalogue],
        )

    return shards


def get_plan(wildcards):
    """Return the plan of a network's heat maps, where the configuration leaves something open."""
    heatmaps = config["heatmaps"]
    if heatmaps["batch_size"] == "auto" or heatmaps["precision"] != "float32":
        return "results/{model}/run{run}/heatmap_plan.json"
    return []


def get_class_plans():
    """Return the plans of the networks whose class heat maps are averaged, if there are any."""
    plan = get_plan(None)
    return expand(plan, model=MODELS, run=1) if plan else []


def get_compared_lengths():
    """Return the settings by whose lengths another precision is judged."""
    kind = config["heatmaps"]["kinds"][0]
    published = {"criterion": "pearson", "kind": kind, "xinput": False, "smoothing": 0}
    return config["heatmaps"]["watched_lengths"] or [
        {**published, **config["scores"]["published"]}
    ]


def keep_heatmaps(path):
    """Return an output that stays, or is deleted when all that is made from it is there."""
    return path if config["heatmaps"]["keep"] else temp(path)


def get_kept_heatmaps(models):
    """Return all heat maps of some models, shards as one, unless they are to be deleted."""
    if not config["heatmaps"]["keep"]:
        return []
    return expand(
        "results/{model}/run{run}/heatmaps/{catalogue}/{maps}.h5",
        model=models,
        run=RUNS,
        catalogue=CATALOGUES,
        maps=MAP_SETS,
    )


def get_class_columns(wildcards):
    """Return the vote columns of the class heat maps of one catalogue."""
    if wildcards.catalogue == "training":
        return ["Class1.1", "Class1.2"]
    return config["heatmaps"]["class_columns"]


def get_barlengths_of_models(wildcards):
    """Return the bar lengths of every model that are averaged."""
    return expand(
        "results/{model}/run{run}/barlengths/{catalogue}/{maps}/{shard}.h5",
        model=MODELS,
        run=wildcards.run,
        catalogue=wildcards.catalogue,
        maps=wildcards.maps,
        shard=wildcards.shard,
    )


def get_barlengths(wildcards):
    """Return the bar lengths of one catalogue with every model, run and set of heat maps."""
    return expand(
        "results/{model}/run{run}/barlengths/{catalogue}/{maps}.h5",
        model=MEASURED,
        run=RUNS,
        catalogue=wildcards.catalogue,
        maps=MAP_SETS,
    )


def get_hoyle_barlengths():
    """Return the catalogue's bar lengths with every model, run and set of heat maps."""
    return expand(
        "results/{model}/run{run}/barlengths/hoyle/{maps}.h5",
        model=MEASURED,
        run=RUNS,
        maps=MAP_SETS,
    )


def get_hoyle_heatmaps():
    """Return the catalogue's heat maps of the first run, of which the figures show some."""
    return expand(
        "results/{model}/run1/heatmaps/hoyle/{maps}.h5", model=MAPS, maps=MAP_SETS
    )


def get_hoyle_shards():
    """Return the shards that these heat maps show: they must stay as long."""
    return expand(
        "results/{model}/run1/heatmaps/hoyle/{maps}/{shard}.h5",
        model=MAPS,
        maps=MAP_SETS,
        shard=SHARDS["hoyle"],
    )


def get_truth_scores():
    """Return the scores against the truth, which only a simulated survey knows."""
    return ["results/scores_truth.csv"] if config["survey"]["simulate"] else []


def get_selection_table(wildcards):
    """Return the table from which the galaxies of a figure are selected."""
    if wildcards.catalogue == "training":
        return "results/misclassified.csv"
    return f"results/barlengths_{wildcards.catalogue}.csv"


def get_selected_galaxies(wildcards):
    """Return the galaxies to be shown by configuration; none: a rule selects them."""
    return config["figures"]["galaxies"] if wildcards.catalogue == "hoyle" else []


def get_number_of_galaxies(wildcards):
    """Return how many galaxies of a catalogue are shown."""
    if wildcards.catalogue == "training":
        return config["figures"]["misclassified_galaxies"]
    return 5


def get_selection_rule(wildcards):
    """Return the rule by which the galaxies of a catalogue are selected."""
    return "misclassified" if wildcards.catalogue == "training" else "quantiles"


def get_figures():
    """Return the names of all figures."""
    figures = [
        "overview",
        "class_heatmaps",
        "class_heatmaps_appendix",
        "vote_predictions",
        "isolated_bars",
        "isolated_bars_appendix",
        "bar_lengths_common",
        "bar_lengths_test",
        "misclassified",
        "correlations",
        "scores",
    ]
    if TRAINED_HERE:
        figures.append("learning_curves")
    if config["survey"]["simulate"]:
        figures.append("truth")
    return figures


def get_amount(job, name):
    """Return what the first attempt of a rule asks for, the profile's changes included."""
    resource = workflow.get_rule(job).resources.get(name)
    if resource is None:
        return None
    return resource.evaluate(
        None, input=[], attempt=1, threads=1, rulename=job, async_run=None
    ).value


def get_requests(wildcards):
    """Return what the rules with a GPU ask for."""
    jobs = ("train_model", "train_control", "predict_votes", "compute_heatmaps")
    return {
        job: {
            "account": get_amount(job, "slurm_account"),
            "partition": get_amount(job, "slurm_partition"),
            "gpu": True,
            "runtime": get_amount(job, "runtime"),
            "mem_mb": get_amount(job, "mem_mb"),
        }
        for job in (*jobs, "plan_heatmaps", "compute_class_heatmaps")
    }


def get_first_look():
    """Return the time from a submission to the first look at the job [s]."""
    settings = workflow.executor_settings
    return getattr(settings, "init_seconds_before_status_checks", None) or 40


def get_time(wildcards):
    """Return the time, which no other run of the workflow has [s]."""
    return time.time()


def get_site_settings(wildcards):
    """Return what else the checks need to know of this run."""
    networks = [*MODELS.values(), config["control"]["model"]]
    files = [file for network in networks for file in get_initial_weights(network)]
    return {
        "attempts": 1 + workflow.execution_settings.retries,
        "first_look": get_first_look(),
        "weights": {Path(file).name.split(".")[0]: file for file in sorted(set(files))},
    }
