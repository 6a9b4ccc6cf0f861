# What the rules take that measure a user's own galaxies: functions, as in inputs.smk.


def get_own_settings(*keys):
    """Return a function for settings of a user's own catalogue: of one key, or a dict of some."""

    def settings(wildcards):
        catalogue = OWN_CATALOGUES[wildcards.catalogue]
        if len(keys) == 1:
            return catalogue[keys[0]]
        return {key: catalogue[key] for key in keys}

    return settings


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
    return ["results/bar_thresholds.json"] if is_own(wildcards) else []


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
