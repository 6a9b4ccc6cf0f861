# What the rules take that measure a user's own galaxies: functions, as in inputs.smk.


def get_own_settings(*keys):
    """Return a function for settings of a user's own catalogue: of one key, or a dict of some."""

    def settings(wildcards):
        catalogue = OWN_CATALOGUES[wildcards.catalogue]
        if len(keys) == 1:
            return catalogue[keys[0]]
        return {key: catalogue[key] for key in keys}

    return settings


def get_image_source(wildcards):
    """Return where the images of a user's own catalogue are downloaded from."""
    images = OWN_CATALOGUES[wildcards.catalogue]["images"]
    source = {key: images[key] for key in images if key != "folder"}
    return {**source, "endpoints": config["download"]["endpoints"]}


def get_download_folder(wildcards):
    """Return the folder that images are downloaded to."""
    folder = OWN_CATALOGUES[wildcards.catalogue]["images"]["folder"]
    if folder:
        return folder
    # Beside the rule's output, whose path a `module` with a prefix changes.
    table = str(rules.download_images.output.table)
    return table.format(catalogue=wildcards.catalogue).removesuffix(".csv")


def is_by_position(wildcards):
    """Return whether the images of a user's own catalogue are downloaded."""
    return wildcards.catalogue in DOWNLOADED


def get_table_with_images(wildcards):
    """Return the table that names the images of a user's own galaxies."""
    if is_by_position(wildcards):
        return f"results/downloads/{wildcards.catalogue}.csv"
    return f"results/stamps/{wildcards.catalogue}_read.csv"


def get_galaxies_of_job(wildcards):
    """Return the table of the galaxies of a job: the catalogue, or a shard of stamps."""
    if wildcards.catalogue in STAMPED:
        return f"results/stamps/{wildcards.catalogue}{wildcards.shard}_galaxies.csv"
    return f"results/catalogues/{wildcards.catalogue}.csv"


def get_tables_of_shards(name):
    """Return a function for the tables of all shards of a catalogue's stamps."""

    def tables(wildcards):
        return expand(
            f"results/stamps/{{catalogue}}{{shard}}_{name}.csv",
            catalogue=wildcards.catalogue,
            shard=PATH_ENDS[wildcards.catalogue],
        )

    return tables


def get_own_votes(wildcards):
    """Return the predicted votes of all shards of a user's own catalogue."""
    if not is_own(wildcards):
        return []
    return expand(
        "results/votes/{catalogue}{shard}.csv",
        catalogue=wildcards.catalogue,
        shard=PATH_ENDS[wildcards.catalogue],
    )


def get_bar_thresholds(wildcards):
    """Return what says from predicted votes whether a galaxy of a user's own has a bar."""
    return [from_run("results/bar_thresholds.json")] if is_own(wildcards) else []


def get_own_verdicts(wildcards):
    """Return the verdicts on a user's own catalogue, downloaded from its gallery; none if none."""
    verdicts = is_own(wildcards) and OWN_CATALOGUES[wildcards.catalogue]["verdicts"]
    return [local(verdicts)] if verdicts else []


def get_stamped_shard(wildcards):
    """Return the name of the shard whose stamps a job makes."""
    return shard_of_path_end(wildcards.shard)


def get_formats():
    """Return the tables of users' own catalogues in the formats that they ask for."""
    return [
        f"results/barlengths_{name}.{kind}"
        for name, catalogue in OWN_CATALOGUES.items()
        for kind in catalogue["formats"]
    ]
