# What rules take as input, output or params: functions, by stage. A user's own files are `local`:
# a `module` with a prefix puts that before the paths of this workflow only.


from galbar.catalogues.own_table import image_folder, is_downloaded
from galbar.lengths.criteria.registry import load_criteria

# Data directory, code, resources.
# A resource, not a param: another choice must not train the networks again.
WITHOUT_GPU = config["devices"]["without_gpu"]
# Resources of what is done in seconds.
LIGHT = {"mem_mb": 2000, "runtime": 10}
# A user's mask criteria, with a digest of their files.
OWN_CRITERIA = {
    entry["name"]: {
        **entry,
        "sha256": sha256(Path(entry["file"]).read_bytes()).hexdigest(),
    }
    for entry in config["lengths"]["criteria"]
    if isinstance(entry, dict)
}


def get_data(name):
    """Return the path of a file or folder of the data directory."""
    if SIMULATED:
        return f"results/survey/{name}"
    return local(str(Path(config["data"]["directory"]) / name))


def get_images(name):
    """Return the path of an image folder of the data directory, or of its archive."""
    folder = get_data(name)
    if SIMULATED:
        return folder
    return local(str(find_source(folder) or folder))


def get_data_directory(wildcards):
    """Return the data directory, to which the tables' image names are relative."""
    if SIMULATED:
        # As a rule's output, whose path a `module` with a prefix changes.
        return str(Path(rules.simulate_survey.output.truth).parent)
    return config["data"]["directory"]


def get_code(script, excluded_modules=()):
    """Return a function for a digest of the library as a script uses it.

    A param, so that edits rerun; computed only where a run has jobs of the rule.
    """
    path = workflow.source_path(f"../scripts/{script}.py")

    @cache
    def digest():
        return code_digest(LIBRARY, path, excluded_modules)

    def code(wildcards):
        return digest()

    return code


def get_scaled(value):
    """Return a resource that grows with the attempt, as a job may have run out of it."""

    def scaled(wildcards, attempt):
        return value * attempt

    return scaled


# Catalogues.
# Those whose images are cut and resampled: of any survey.
OWN_STAMPED = [
    name
    for name, catalogue in OWN_CATALOGUES.items()
    if catalogue["geometry"] == "survey"
]
# Those whose images are stored by shard, and only there.
STAMPED = [*OWN_STAMPED, *LOOKS]
# Those whose images are downloaded by position.
DOWNLOADED = [
    name for name, catalogue in OWN_CATALOGUES.items() if is_downloaded(catalogue)
]


def get_set_images(wildcards):
    """Return the folder of images that are decoded once."""
    return get_images(IMAGE_FOLDERS[wildcards.set])


def get_own_table(wildcards):
    """Return the table of a user's own catalogue; that of the simulated galaxies is a rule's."""
    table = OWN_CATALOGUES[wildcards.catalogue]["table"]
    return table if wildcards.catalogue == COMPLETENESS else local(table)


def get_catalogue_with_splits(wildcards):
    """Return the table of a catalogue; that of Hoyle et al. with its splits."""
    if wildcards.catalogue in OWN_CATALOGUES:
        return f"results/catalogues/{wildcards.catalogue}.csv"
    return f"results/catalogues/{wildcards.catalogue}_split.csv"


def get_own_images(wildcards):
    """Return the folder that the images of a user's own catalogue are relative to."""
    if wildcards.catalogue in DOWNLOADED:
        return get_download_folder(wildcards)
    if wildcards.catalogue == COMPLETENESS:
        return str(Path(rules.simulate_completeness.output.table).parent)
    return image_folder(OWN_CATALOGUES[wildcards.catalogue])


def get_image_folder(wildcards):
    """Return the folder that the images of a catalogue's table are relative to."""
    if wildcards.catalogue in OWN_CATALOGUES:
        return get_own_images(wildcards)
    return get_data_directory(wildcards)


def get_image_input(wildcards):
    """Return the decoded images of a catalogue, or the stamps of a shard.

    None of a user's own that are as those of Galaxy Zoo: their files are read.
    """
    if wildcards.catalogue in STAMPED:
        return [f"results/stamps/{wildcards.catalogue}{wildcards.shard}.h5"]
    if wildcards.catalogue in OWN_CATALOGUES:
        return []
    return [f"results/images/{wildcards.catalogue}.json"]


OWN_PICTURES = set(OWN_CATALOGUES) - {*OWN_STAMPED, COMPLETENESS}
# Rules whose images are a user's: their tables say which can be used, as found at the time.
LOOKED_AT_ONCE = [
    *([] if SIMULATED or BUNDLED else PREPARING),
    *(["prepare_own_catalogue"] if OWN_PICTURES else []),
    *(["make_stamps"] if OWN_STAMPED else []),
]


# Training.
def get_network(wildcards):
    """Return the settings of a model's network."""
    network = MODELS[wildcards.model]
    return {key: network[key] for key in network if key != "trained"}


def get_initial_weights(network):
    """Return the files of a network's initial weights, none where they are random."""
    if network["weights"] == "imagenet":
        return [f"results/weights/{network['architecture']}.weights.h5"]
    return []


def get_model_weights(wildcards):
    """Return the files of a model's initial weights."""
    return get_initial_weights(MODELS[wildcards.model])


def get_trained_elsewhere(wildcards):
    """Return the model.h5 of the released code that takes the place of a training.

    It may hold {run}.
    """
    return local(MODELS[wildcards.model]["trained"])


# Figures.
CRITERIA_IN_WORDS = {
    name: criterion.description
    for name, criterion in load_criteria(config["lengths"]["criteria"]).items()
}


def get_figures():
    """Return what all rules draw whose names begin with plot_, for all their wildcards.

    A wildcard takes the values that it is constrained to, as in "common|test".
    """
    drawn = []
    for name, proxy in get_own_rules().items():
        if name.startswith("plot_"):
            allowed = proxy.rule.wildcard_constraints
            values = {key: allowed[key].split("|") for key in allowed}
            drawn += expand([proxy.output.png, proxy.output.pdf], **values)
    return drawn
