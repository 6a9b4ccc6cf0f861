# What the rules of heat maps, and those that read them, take: functions, as in inputs.smk.


def get_plan(wildcards):
    """Return the plan of a network's heat maps, where the configuration leaves something open."""
    heatmaps = config["heatmaps"]
    if heatmaps["batch_size"] == "auto" or heatmaps["precision"] != "float32":
        return "results/{model}/run{run}/heatmap_plan.json"
    return []


def get_fixed_batch_size():
    """Return the batch size of the few class heat maps, for which nothing is planned."""
    size = config["heatmaps"]["batch_size"]
    return 16 if size == "auto" else size


def get_compared_lengths():
    """Return the settings by whose lengths another precision is judged."""
    kind = config["heatmaps"]["kinds"][0]
    published = {"criterion": "pearson", "kind": kind, "xinput": False, "smoothing": 0}
    return config["heatmaps"]["watched_lengths"] or [
        {**published, **config["scores"]["published"]}
    ]


def get_own_criteria(settings):
    """Return a user's criteria that some settings name."""
    names = dict.fromkeys(setting["criterion"] for setting in settings)
    return [OWN_CRITERIA[name] for name in names if name in OWN_CRITERIA]


def get_unwatched():
    """Return the modules that heat maps do not need unless lengths are watched on them.

    They reach the measuring: an edit of that must not compute heat maps again.
    """
    return (
        ()
        if config["heatmaps"]["watched_lengths"]
        else ("attribution.monte_carlo_error", "lengths.measure")
    )


def keep_heatmaps(path):
    """Return an output that stays, or is deleted when all that is made from it is there."""
    return path if config["heatmaps"]["keep"] else temp(path)


def get_kept_heatmaps(models):
    """Return all heat maps of some models, shards as one, unless they are to be deleted."""
    if not config["heatmaps"]["keep"]:
        return []
    return expand(
        "results/{model}/run{run}/heatmaps/{catalogue}/noise{noise}.h5",
        model=models,
        run=RUNS,
        catalogue=CATALOGUES,
        noise=NOISES,
    )


def get_heatmaps_of_models(wildcards):
    """Return the heat maps of every model that are averaged."""
    return expand(
        "results/{model}/run{run}/heatmaps/{catalogue}/noise{noise}/{shard}.h5",
        model=MODELS,
        allow_missing=True,
    )


def get_class_columns(wildcards):
    """Return the vote columns of the class heat maps of one catalogue."""
    if wildcards.catalogue == "training":
        return ["Class1.1", "Class1.2"]
    return config["heatmaps"]["class_columns"]


def get_shards(part):
    """Return a function for the shards of a catalogue's heat maps or bar lengths."""

    def shards(wildcards):
        return expand(
            "results/{model}/run{run}/{part}/{catalogue}/noise{noise}/{shard}.h5",
            part=part,
            shard=SHARDS[wildcards.catalogue],
            allow_missing=True,
        )

    return shards
