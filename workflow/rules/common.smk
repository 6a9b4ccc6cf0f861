# What all rules share: the checked configuration, the library, constants and wildcards.
import re
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

from snakemake.exceptions import WorkflowError

# The library's modules, name -> file, found by following imports. Each passes through Snakemake's
# source cache, so that scripts can import it even from a hosted `module`: nothing can be listed there.
LIBRARY = {}


def add_to_library(name):
    """Register a module ("io.shards"), the packages that it is in, and what these import."""
    if name in LIBRARY:
        return
    LIBRARY[name] = workflow.source_path(
        f"../scripts/galbar/{name.replace('.', '/')}.py"
    )
    *packages, module = name.split(".")
    for depth in range(len(packages) + 1):
        add_to_library(".".join([*packages[:depth], "__init__"]))
    add_imports(LIBRARY[name])
    if module == "__init__":
        # What a package offers it imports when it is asked for: `"module": ["name", ...]`.
        text = Path(LIBRARY[name]).read_text(encoding="utf-8")
        for offered in re.findall(r'^ +"(\w+)": \[', text, re.MULTILINE):
            add_to_library(".".join([*packages, offered]))


def add_imports(path):
    """Register the modules of the library that a file imports."""
    text = Path(path).read_text(encoding="utf-8")
    for name in re.findall(r"^ *from galbar\.([\w.]+) import", text, re.MULTILINE):
        add_to_library(name)


def get_own_rules():
    """Return the rules by name: those of this workflow, not of one that it is a module of."""
    return dict(rules._rules)


def add_scripts():
    """Register the modules of the library that the scripts of the rules import."""
    for proxy in get_own_rules().values():
        if proxy.rule.script:
            add_imports(workflow.source_path(proxy.rule.script))


for name in (
    "attribution.methods.map_sets",
    "config.check",
    "config.completeness",
    "config.files",
    "config.inputs",
    "gallery.page_files",
    "jobs.code_digest",
    "networks.backbones.registry",
):
    add_to_library(name)

# The library checks the configuration. Appended, as Snakemake does it for scripts.
sys.path.append(str(Path(LIBRARY["__init__"]).parents[1]))

from galbar.attribution.methods.map_sets import MapSet, list_map_sets
from galbar.attribution.methods.registry import METHODS
from galbar.config.check import check_config
from galbar.config.completeness import COMPLETENESS, list_own_catalogues
from galbar.config.files import check_files
from galbar.config.inputs import check_inputs
from galbar.io.galaxy_tables import count_galaxies
from galbar.io.image_archives import find_source
from galbar.io.shards import PATH_END, count_rows, list_shards
from galbar.jobs.code_digest import code_digest
from galbar.networks.backbones.registry import BACKBONES

# The code of methods is loaded by its name.
for method in METHODS.values():
    add_to_library(method.constructor.partition(":")[0].removeprefix("galbar."))

try:
    if workflow.modifier.is_main_snakefile():
        check_files(workflow.configfiles)
    # A module's configuration has nothing of galbar's own file.
    is_module = workflow.modifier.skip_configfile
    written = config if is_module else workflow.config_settings.overwrite_config
    config.update(check_config(config, written))
    if not FETCHING:
        check_inputs(config, thorough=workflow.is_main_process)
except (OSError, ValueError) as error:
    raise WorkflowError(str(error)) from None

SIMULATED = config["survey"]["simulate"]
BUNDLED = bool(config["bundle"])
MODELS = {
    model["name"]: model
    for model in config["models"]
    if not config["selected_models"] or model["name"] in config["selected_models"]
}
TRAINED_ELSEWHERE = [name for name, model in MODELS.items() if model["trained"]]
TRAINED_HERE = [name for name in MODELS if not (BUNDLED or MODELS[name]["trained"])]
RUNS = [str(run) for run in range(1, config["training"]["runs"] + 1)]
OWN_CATALOGUES = {entry["name"]: entry for entry in list_own_catalogues(config)}
CATALOGUES = [*([] if BUNDLED else ["hoyle"]), *OWN_CATALOGUES]
LOOKS = [f"look{look}" for look in range(1, config["calibration"]["looks"] + 1)]
# Sets of heat maps: by every attribution method, at every level of noise.
HEATMAPS = config["heatmaps"]
MAP_SETS = list_map_sets(HEATMAPS["methods"], HEATMAPS["smooth_noise"])
MAP_SETS = [maps.name for maps in MAP_SETS]
# Whether what is done for each shard runs where Snakemake runs.
ON_CLUSTER = config["lengths"]["on_cluster"]
# What bar lengths are measured on: the maps of each network, and their average.
MAPS = [*MODELS, "averageheatmaps"]


def get_galaxies(catalogue):
    """Return how many galaxies a catalogue has, or a few more: before any is left out."""
    if catalogue == COMPLETENESS:
        return config["completeness"]["galaxies"]
    if catalogue in OWN_CATALOGUES:
        return count_galaxies(OWN_CATALOGUES[catalogue]["table"])
    if SIMULATED:
        return config["survey"]["catalogue_galaxies"]
    return count_rows(Path(config["data"]["directory"]) / "hoyle_barlengths.csv")


# Counted once: a table may have a million rows.
SHARDS = {
    catalogue: list_shards(
        get_galaxies(catalogue), config["heatmaps"]["galaxies_per_job"]
    )
    for catalogue in [*CATALOGUES, *LOOKS]
}


def get_alternatives(names):
    """Return a regular expression that matches the names; nothing if there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    model=get_alternatives(MAPS),
    run=get_alternatives(RUNS),
    catalogue=get_alternatives(SHARDS),
    maps=get_alternatives(MAP_SETS),
    shard=PATH_END,
