"""The configuration: defaults, and a check that names every fault before a job runs."""

import copy
import re
from difflib import get_close_matches

import yaml

from galbar.attribution.half_sampling import group_size
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.networks.layer_names import LAYER_NAMES
from galbar.networks.pretrained_weights import find_weights

__all__ = ["check_config", "complete_config", "find_problems"]

# Names of result folders beside those of the models.
RESERVED_NAMES = frozenset(
    {
        "averageheatmaps",
        "averagemeasurements",
        "benchmarks",
        "catalogues",
        "control",
        "ensemble",
        "figures",
        "logs",
        "survey",
        "weights",
    }
)

# Keys of earlier versions -> why they are gone and what to do.
REMOVED_KEYS = {
    "heatmaps.tolerance": (
        "it cost as much as a fixed number of samples and measured no better; give the number in "
        "heatmaps.smooth_samples"
    ),
    "heatmaps.min_samples": (
        "every galaxy has heatmaps.smooth_samples, as there is no heatmaps.tolerance any more"
    ),
    "heatmaps.simplify_network": (
        "heat maps always come from the network as it was trained, which was false"
    ),
}

_PYTHON_TYPES = {
    "number": float,
    "integer": int,
    "boolean": bool,
    "string": str,
    "array": list,
    "object": dict,
    "null": type(None),
}
_TYPES = {"object": "a mapping", "array": "a list", "null": "nothing (null)"}


def complete_config(config, schema):
    """Return a copy of the configuration with the schema's defaults filled in.

    Parameters
    ----------
    config : dict
        The configuration as read.
    schema : dict
        JSON Schema whose properties carry ``default``.

    Returns
    -------
    dict
        Every key of the schema that has a default is present.
    """
    config = copy.deepcopy(config)
    # "--config selected_models=xception" gives a string.
    if isinstance(config.get("selected_models"), str):
        config["selected_models"] = [config["selected_models"]]
    return _fill(config, schema, schema)


def check_config(config, schema):
    """Complete the configuration and refuse it if anything is wrong with it.

    Raises
    ------
    ValueError
        Lists every problem: the key, what was found and what is expected.
    """
    completed = complete_config(config, schema)
    problems = find_problems(completed, schema)
    if problems:
        raise ValueError("\n".join(["the configuration cannot be used:", *problems]))
    return completed


def find_problems(config, schema):
    """List what is wrong with a completed configuration.

    Parameters
    ----------
    config : dict
        The configuration with its defaults filled in.
    schema : dict
        JSON Schema (draft 2020-12).

    Returns
    -------
    list of str
        One line per problem, empty if there is none.
    """
    from jsonschema import Draft202012Validator

    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda error: str(error.json_path)
    )
    problems = [line for error in errors for line in _describe(error)]
    # What a schema cannot say is looked at only where the types are right.
    return problems or _find_contradictions(config)


def _fill(value, schema, root):
    schema = _resolve(schema, root)
    if isinstance(value, dict):
        for key, part in schema.get("properties", {}).items():
            part = _resolve(part, root)
            if key not in value and "default" in part:
                value[key] = copy.deepcopy(part["default"])
            if key in value:
                value[key] = _fill(value[key], part, root)
        # Params are compared as text: the order of keys in a file must not rerun a job.
        value = dict(sorted(value.items(), key=lambda item: str(item[0])))
    elif isinstance(value, list) and "items" in schema:
        value = [_fill(item, schema["items"], root) for item in value]
    elif isinstance(value, str):
        value = _read_number(value, schema)
    return value


def _read_number(text, schema):
    """Read a number or truth value where one is expected: --config gives nested ones as text."""
    types = schema.get("type", [])
    expected = [_PYTHON_TYPES[name] for name in ([types] if isinstance(types, str) else types)]
    expected += [type(value) for value in (schema.get("const"), *schema.get("enum", []))]
    if str in expected and re.search(schema.get("pattern", ""), text):
        return text
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    number = isinstance(value, int) and float in expected
    return value if type(value) in expected or number else text


def _resolve(schema, root):
    """Follow a reference into the schema's own definitions; local keys win."""
    if "$ref" not in schema:
        return schema
    target = root
    for part in schema["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def _key(error):
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
    return path.removeprefix(".") or "the top level"


def _describe(error):
    """Put an error of the schema into lines, one per problem."""
    key, found = _key(error), error.instance
    if error.validator == "additionalProperties":
        return _describe_unknown(error)
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in found]
        return [f"{key}: {', '.join(missing)} is missing"]
    expected = _expectation(error.schema)
    return [f"{key}: found {found!r}, expected {expected} ({error.schema.get('description', '')})"]


def _describe_unknown(error):
    """Name keys that are not known, those of earlier versions with what to do."""
    known = sorted(error.schema.get("properties", {}))
    unknown = sorted(set(error.instance) - set(known), key=str)
    place = [part for part in error.absolute_path if not isinstance(part, int)]
    paths = {name: ".".join(map(str, [*place, name])) for name in unknown}
    removed = [name for name in unknown if paths[name] in REMOVED_KEYS]
    lines = [
        f"{paths[name]}: found {error.instance[name]!r}, but this key is gone: "
        f"{REMOVED_KEYS[paths[name]]}; take it out"
        for name in removed
    ]
    others = ", ".join(str(name) for name in unknown if name not in removed)
    if others:
        lines.append(f"{_key(error)}: unknown key {others}; expected are {', '.join(known)}")
    return lines


def _expectation(schema):
    """Put type, values and range of a schema into words."""
    words = []
    if "const" in schema:
        words.append(repr(schema["const"]))
    if "enum" in schema:
        words.append("one of " + ", ".join(map(str, schema["enum"])))
    elif "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        words.append(" or ".join(_TYPES.get(name, f"a {name}") for name in types))
    for name, text in (
        ("minimum", "at least"),
        ("exclusiveMinimum", "above"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "below"),
        ("minItems", "items at least"),
        ("maxItems", "items at most"),
        ("pattern", "of the form"),
    ):
        if name in schema:
            words.append(f"{text} {schema[name]}")
    if schema.get("uniqueItems"):
        words.append("each item once")
    return ", ".join(words)


def _find_contradictions(config):
    return [
        *_check_models(config),
        *_check_columns(config["heatmaps"]),
        *_check_samples(config["heatmaps"], config["lengths"]),
        *_check_images(config),
        *_check_lengths(config),
    ]


def _check_models(config):
    problems = []
    names = [model["name"] for model in config["models"]]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"models: found the name {name} {names.count(name)} times, expected once")
    for name in sorted(RESERVED_NAMES & set(names)):
        problems.append(f"models: found the name {name}, expected another: galbar uses it itself")
    for name in config["selected_models"]:
        if name not in names:
            problems.append(
                f"selected_models: found {name!r}, expected one of {', '.join(names)} (models)"
            )
    for index, model in enumerate([*config["models"], config["control"]["model"]]):
        key = f"models[{index}]" if "name" in model else "control.model"
        problems += _check_model(key, model)
    catalogues = [catalogue["name"] for catalogue in config["catalogues"]]
    for name in sorted({name for name in catalogues if catalogues.count(name) > 1}):
        problems.append(f"catalogues: the name {name} is given more than once, expected once")
    return problems


def _check_model(key, model):
    problems = [*_check_parts(key, model), *_check_weights(key, model)]
    if model["normalisation"] and model["architecture"] != "vgg16":
        problems.append(
            f"{key}.normalisation: found true for {model['architecture']}, expected false: "
            "only vgg16 has no normalisation of its own"
        )
    if model.get("trained") and "{run}" not in model["trained"]:
        problems.append(
            f"{key}.trained: found {model['trained']!r}, expected a path with {{run}} in it, "
            "since each run is a training of its own"
        )
    return problems


def _check_parts(key, model):
    """Check what an architecture must have."""
    problems = []
    known = LAYER_NAMES[model["architecture"]]
    if model["cut"] is not None and model["cut"] not in known:
        near = ", ".join(get_close_matches(model["cut"], known, n=3, cutoff=0.5)) or known[-1]
        problems.append(
            f"{key}.cut: found {model['cut']!r}, expected a layer of {model['architecture']} in "
            f"keras.applications, such as {near}"
        )
    if model["stem_stride"] == 1 and model["architecture"] == "vgg16":
        problems.append(
            f"{key}.stem_stride: found 1 for vgg16, expected 2: it has no strided convolution"
        )
    return problems


def _check_weights(key, model):
    """Check that initial weights are there and fit the network."""
    problems = []
    if model["weights"] == "random" or model.get("trained"):
        return problems
    whole = model["width"] == 1 and not model["normalisation"]
    if not whole:
        problems.append(
            f"{key}.weights: found {model['weights']} with width {model['width']} and "
            f"normalisation {model['normalisation']}, expected random: they only fit the "
            "published layers"
        )
    if model["weights"] != "imagenet":
        try:
            find_weights(model["weights"], model["architecture"])
        except FileNotFoundError as error:
            problems.append(
                f"{key}.weights: found {model['weights']}, expected imagenet, random, or a "
                f"directory of weight files ({error})"
            )
    return problems


def _check_columns(heatmaps):
    problems = []
    for key in ("output", "against", "class_columns"):
        columns = heatmaps[key] if isinstance(heatmaps[key], list) else [heatmaps[key]]
        for column in columns:
            if column not in VOTE_COLUMNS and (key, column) != ("against", None):
                problems.append(
                    f"heatmaps.{key}: found {column!r}, expected a vote column "
                    f"({VOTE_COLUMNS[0]} to {VOTE_COLUMNS[-1]})"
                )
    if heatmaps["against"] == heatmaps["output"]:
        problems.append(
            f"heatmaps.against: found {heatmaps['against']!r}, expected another column than "
            "heatmaps.output: the difference is zero"
        )
    if heatmaps["implementation"] == "tf-keras-vis":
        if heatmaps["kinds"] != ["absolute"]:
            problems.append(
                f"heatmaps.kinds: found {heatmaps['kinds']}, expected [absolute]: "
                "tf-keras-vis has no other kind"
            )
        for key, published in (
            ("jitter", 0),
            ("symmetries", False),
            ("antithetic", False),
            ("precision", "float32"),
            ("watched_lengths", []),
        ):
            if heatmaps[key] != published:
                problems.append(
                    f"heatmaps.{key}: found {heatmaps[key]}, expected {published}: tf-keras-vis "
                    "has none"
                )
    return problems


_NEEDED = {
    "pearson": ("corr_threshold", "len_threshold"),
    "elongation": ("elongation_threshold", "len_threshold"),
    "level": ("level_fraction",),
}


def _check_samples(heatmaps, lengths):
    """Check samples, pairs of them, and the lengths that are watched."""
    problems = []
    samples = heatmaps["smooth_samples"]
    if heatmaps["antithetic"] and samples % 2:
        problems.append(
            f"heatmaps.smooth_samples: found {samples}, expected an even number with "
            "heatmaps.antithetic"
        )
    for index, setting in enumerate(heatmaps["watched_lengths"]):
        key = f"heatmaps.watched_lengths[{index}]"
        if setting["kind"] not in heatmaps["kinds"]:
            problems.append(
                f"{key}.kind: found {setting['kind']}, expected one of heatmaps.kinds: "
                f"{', '.join(heatmaps['kinds'])}"
            )
        problems += _check_watched(key, setting, lengths)
    return problems + (_check_groups(heatmaps) if heatmaps["watched_lengths"] else [])


def _check_watched(key, setting, lengths):
    """Check that a watched setting is one of those that are measured."""
    problems = []
    if setting["method"] not in lengths["methods"]:
        problems.append(
            f"{key}.method: found {setting['method']}, expected one of lengths.methods: "
            f"{', '.join(lengths['methods'])}"
        )
    for name in _NEEDED[setting["method"]]:
        if setting[name] is None:
            problems.append(
                f"{key}.{name}: found nothing, expected a number: the method "
                f"{setting['method']} needs it"
            )
    for name in ("xinput", "smoothing", *_NEEDED[setting["method"]]):
        if setting[name] is not None and setting[name] not in lengths[name]:
            problems.append(
                f"{key}.{name}: found {setting[name]}, expected one of lengths.{name}, "
                f"{lengths[name]}: only what is measured has an error"
            )
    return problems


def _check_groups(heatmaps):
    """Check that samples and batches can be told apart into groups to be compared."""
    group = group_size(heatmaps["symmetries"], heatmaps["antithetic"])
    problems = []
    for key, least in (("smooth_samples", 2 * group), ("batch_size", group)):
        value = heatmaps[key]
        if value != "auto" and (value % group or value < least):
            problems.append(
                f"heatmaps.{key}: found {value}, expected a multiple of {group}, at least {least}: "
                f"with heatmaps.watched_lengths, groups of {group} samples are compared"
            )
    return problems


def _check_images(config):
    problems = []
    height, width = config["image"]["height"], config["image"]["width"]
    if height != width:
        problems.append(
            f"image.width: found {width} with a height of {height}, expected the same: the images "
            "are square, and lengths need one pixel scale"
        )
    low, high = config["augmentation"]["brightness_range"] or (1, 1)
    if low > high:
        problems.append(
            f"augmentation.brightness_range: found [{low}, {high}], expected the lower value first"
        )
    if config["control"]["test_split"] + config["catalogue"]["validation_split"] > 1:
        problems.append(
            "control.test_split and catalogue.validation_split: found a sum above 1, expected at "
            "most 1, since the control's test galaxies are among those of the heat maps"
        )
    return problems


def _check_lengths(config):
    problems = []
    lengths, published = config["lengths"], config["scores"]["published"]
    if "pearson" not in lengths["methods"]:
        problems.append(
            f"lengths.methods: found {lengths['methods']}, expected pearson among them: "
            "every result is shown beside the published criterion"
        )
    for key in ("corr_threshold", "len_threshold"):
        if published[key] not in lengths[key]:
            problems.append(
                f"scores.published.{key}: found {published[key]}, "
                f"expected one of lengths.{key} {lengths[key]}"
            )
    if "absolute" not in config["heatmaps"]["kinds"]:
        problems.append(
            f"heatmaps.kinds: found {config['heatmaps']['kinds']}, expected absolute among them"
        )
    if False not in lengths["xinput"] or 0 not in lengths["smoothing"]:
        problems.append(
            f"lengths.xinput and lengths.smoothing: found {lengths['xinput']} and "
            f"{lengths['smoothing']}, expected false and 0 among them (the published criterion)"
        )
    return problems
