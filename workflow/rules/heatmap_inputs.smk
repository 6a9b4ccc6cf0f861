# What the rules of heat maps, and those that read them, take: functions, as in inputs.smk.
from galbar.attribution.heatmap_files import METHOD_KEYS
from galbar.io.shards import BEFORE_SHARDS, list_path_ends, shard_of_path_end

# How paths of shards end, {shard}: with nothing where a catalogue is one file.
PATH_ENDS = {catalogue: list_path_ends(shards) for catalogue, shards in SHARDS.items()}
IN_SHARDS = [catalogue for catalogue, shards in SHARDS.items() if len(shards) > 1]
WHOLE = [catalogue for catalogue in SHARDS if catalogue not in IN_SHARDS]
# Catalogues in the paths of what is made for each shard: {maps}.h5 of several joins them. Not a
# `ruleorder`, which a workflow that takes over only some of the rules could not read.
BY_SHARD = f"{get_alternatives(WHOLE)}|({get_alternatives(IN_SHARDS)}){BEFORE_SHARDS}"


def get_selected(key, offered):
    """Return what the calibrated length is made of, in the order of what is offered."""
    selected = config["calibration"][key]
    return [value for value in offered if not selected or value in selected]


# What the calibrated length is made of: of all catalogues but hoyle nothing else is computed.
CALIBRATED_MODELS = get_selected("models", MODELS)
CALIBRATED_KINDS = get_selected("kinds", HEATMAPS["kinds"])
# Only methods that have one of the kinds.
CALIBRATED_MAPS = list_map_sets(
    [
        name
        for name in get_selected("methods", HEATMAPS["methods"])
        if METHODS[name].select({"kinds": CALIBRATED_KINDS})["kinds"]
    ],
    get_selected("smooth_noise", HEATMAPS["smooth_noise"]),
)
CALIBRATED_MAPS = [maps.name for maps in CALIBRATED_MAPS]
# What is measured: criteria, kinds of maps, and values of all parameters.
CRITERIA_USED = [
    entry["name"] if isinstance(entry, dict) else entry
    for entry in config["lengths"]["criteria"]
]
GRID = {
    **{key: value for key, value in config["lengths"].items() if key != "on_cluster"},
    "criteria": [OWN_CRITERIA.get(name, name) for name in CRITERIA_USED],
    "kinds": HEATMAPS["kinds"],
}
CALIBRATED_GRID = {
    **GRID,
    "criteria": [
        OWN_CRITERIA.get(name, name) for name in get_selected("criteria", CRITERIA_USED)
    ],
    "kinds": CALIBRATED_KINDS,
    **{
        key: get_selected(key, config["lengths"][key])
        for key in ("xinput", "smoothing")
    },
}


def is_own(wildcards):
    """Say whether a catalogue is a user's own."""
    return wildcards.catalogue in OWN_CATALOGUES


def get_method(wildcards):
    """Return the attribution method of a set of heat maps: its record."""
    return METHODS[MapSet.parse(wildcards.maps).attribution]


def get_grid(wildcards):
    """Return what is measured on a set of heat maps of a catalogue."""
    grid = GRID if wildcards.catalogue == "hoyle" else CALIBRATED_GRID
    return grid | get_method(wildcards).select({"kinds": grid["kinds"]})


def get_attribution(wildcards):
    """Return the settings of a set of heat maps of a catalogue: those that its method has."""
    settings = ATTRIBUTION | {"kinds": get_grid(wildcards)["kinds"]}
    return get_method(wildcards).select(settings)


def get_watched(wildcards):
    """Return the watched lengths that are on a set of heat maps of a catalogue.

    Those of all criteria: another choice of criteria must not compute heat maps again.
    """
    if "watched_lengths" not in get_method(wildcards).settings:
        return []
    kinds = get_grid(wildcards)["kinds"]
    return [
        setting for setting in HEATMAPS["watched_lengths"] if setting["kind"] in kinds
    ]


def get_watched_criteria(wildcards):
    """Return a user's criteria among those of the watched lengths."""
    return get_own_criteria(get_watched(wildcards))


def get_attribution_code(script, methods=None, excluded_modules=()):
    """Return a function like that of `get_code`, for jobs that compute heat maps.

    The code and the settings of the methods that they use count as well: some, or that of the
    set of heat maps.
    """
    path = workflow.source_path(f"../scripts/{script}.py")

    @cache
    def digest(*loaded):
        return code_digest(LIBRARY, path, excluded_modules, loaded)

    def code(wildcards):
        used = methods or [MapSet.parse(wildcards.maps).attribution]
        made = "galbar.attribution.methods.record:AttributionMethod"
        loaded = digest(made, *(METHODS[name].constructor for name in used))
        return [loaded, *(list(METHODS[name].settings) for name in used)]

    return code


def get_own_criteria(settings):
    """Return a user's criteria that some settings name."""
    names = dict.fromkeys(setting["criterion"] for setting in settings)
    return [OWN_CRITERIA[name] for name in names if name in OWN_CRITERIA]


def keep_heatmaps(path):
    """Return an output that stays, or is deleted when all that is made from it is there."""
    return path if HEATMAPS["keep"] else temp(path)


def get_files(part, models, catalogues=CATALOGUES):
    """Return the files of heat maps or bar lengths of some networks and catalogues, shards as one.

    Of all catalogues but hoyle those that the calibrated length is made of.
    """
    return [
        path
        for catalogue in catalogues
        for path in expand(
            "results/{model}/run{run}/{part}/{catalogue}/{maps}.h5",
            model=[
                model
                for model in models
                if catalogue == "hoyle" or model in CALIBRATED_MODELS
            ],
            run=RUNS,
            part=part,
            catalogue=catalogue,
            maps=MAP_SETS if catalogue == "hoyle" else CALIBRATED_MAPS,
        )
    ]


def get_kept_heatmaps(models):
    """Return all heat maps of some networks, unless they are to be deleted."""
    return get_files("heatmaps", models) if HEATMAPS["keep"] else []


def get_barlengths(wildcards):
    """Return the bar lengths of a catalogue."""
    return get_files("barlengths", MAPS, [wildcards.catalogue])


def get_class_columns(wildcards):
    """Return the vote columns of the class heat maps of one catalogue."""
    if wildcards.catalogue == "training":
        return ["Class1.1", "Class1.2"]
    return HEATMAPS["class_columns"]


def get_shard(wildcards):
    """Return the name of the shard that a job computes, of its table of galaxies."""
    if wildcards.catalogue in STAMPED:
        # A table of stamps is a shard already.
        return shard_of_path_end("")
    return shard_of_path_end(wildcards.shard)


def get_shards(part):
    """Return a function for the shards of a catalogue's heat maps or bar lengths."""

    def shards(wildcards):
        return expand(
            "results/{model}/run{run}/{part}/{catalogue}/{maps}{shard}.h5",
            part=part,
            shard=PATH_ENDS[wildcards.catalogue],
            allow_missing=True,
        )

    return shards


def get_measured_heatmaps(wildcards):
    """Return the heat maps of a shard that lengths are measured on: those of all networks, or one.

    The job that measures the average makes it; it is not stored.
    """
    return expand(
        "results/{model}/run{run}/heatmaps/{catalogue}/{maps}{shard}.h5",
        model=MODELS if wildcards.model == "averageheatmaps" else wildcards.model,
        allow_missing=True,
    )
