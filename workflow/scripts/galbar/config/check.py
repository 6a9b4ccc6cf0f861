"""Check of the configuration: every fault is named before a job runs."""

from difflib import get_close_matches

from pydantic import ValidationError

from galbar.bundle.read import read_manifest
from galbar.bundle.sections import sections_of
from galbar.bundle.source import local_bundle
from galbar.config.bundle import join_bundle, key_problems
from galbar.config.completeness import seed_problems
from galbar.config.configuration import configuration_model
from galbar.config.removed_keys import REMOVED_KEYS
from galbar.config.schema import describe_values, json_schema, part_of
from galbar.lengths.criteria.contract import check_contract
from galbar.lengths.criteria.registry import load_criteria


def check_config(config, written=None):
    """Complete the configuration with its defaults, or that of its bundle; or refuse it.

    Parameters
    ----------
    config : dict
        As read from files and the command line.
    written : dict, optional
        What of it a user has written, where files of galbar's own are in it; None: all of it.

    Returns
    -------
    dict
        Every key is present. The order of the keys does not depend on the files, and a number has
        one type: params are compared as text, and must not rerun a job for either.

    Raises
    ------
    ValueError
        Lists every problem: the key, what was found and what is expected.
    """
    problems, own = _read_own_criteria(config)
    model = configuration_model(own)
    if not problems:
        try:
            complete = model.model_validate(config)
            complete, problems = _take_from_bundle(
                model, complete, config if written is None else written
            )
            problems += complete.contradictions() + _try_values(own, complete.lengths)
        except ValidationError as error:
            problems = describe_faults(error, json_schema(model))
    if problems:
        raise ValueError("\n".join(["the configuration cannot be used:", *problems]))
    return _sort(complete.model_dump())


def _take_from_bundle(model, complete, written):
    """Join a complete configuration with that of its bundle, if it has one; return problems too."""
    if complete.bundle is None:
        return complete, []
    config = complete.model_dump()
    try:
        path = local_bundle(config["bundle"])
        manifest = read_manifest(path)
    except (OSError, ValueError) as error:
        return complete, [str(error)]
    bundled, seed = manifest["configuration"], manifest["trained_on"].get("survey_seed")
    # A bundle has no criteria of a user's, and so none of their keys.
    problems = key_problems(bundled, sections_of(configuration_model()().model_dump()))
    if problems:
        return complete, [f"{path}: {problem}" for problem in problems]
    joined, problems = join_bundle(config, written, model().model_dump(), bundled)
    problems += seed_problems(complete.completeness, seed, f"the survey's of {path}")
    if problems:
        return complete, problems
    try:
        return model.model_validate(joined), []
    except ValidationError as error:
        # What is a user's own has been validated before.
        return complete, [f"{path}: {line}" for line in describe_faults(error, json_schema(model))]


def _read_own_criteria(config):
    """Load a user's criteria and try them; return problems and records."""
    lengths = config.get("lengths")
    entries = lengths.get("criteria") if isinstance(lengths, dict) else None
    problems, own = [], []
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        # Anything else is refused with the other keys.
        if isinstance(entry, dict) and {"name", "file"} == set(entry):
            try:
                (criterion,) = load_criteria([entry]).values()
                check_contract(criterion, entry["file"])
                own.append(criterion)
            except (OSError, TypeError, ValueError) as error:
                problems.append(f"lengths.criteria[{index}]: {error}")
    return problems, own


def _try_values(own, lengths):
    """Try a user's criteria with the configured values; return problems."""
    files = {entry.name: entry.file for entry in lengths.criteria if not isinstance(entry, str)}
    problems = []
    for criterion in own:
        names = [parameter.name for parameter in criterion.parameters]
        try:
            grids = {name: getattr(lengths, name) for name in names}
            check_contract(criterion, files[criterion.name], grids)
        except ValueError as error:
            problems.append(f"lengths.criteria: {error}")
    return problems


def _sort(value):
    """Sort the keys of mappings within mappings and lists."""
    if isinstance(value, dict):
        return {key: _sort(part) for key, part in sorted(value.items())}
    if isinstance(value, list):
        return [_sort(part) for part in value]
    return value


def describe_faults(error, schema):
    """Summarise the errors that pydantic found, in one line per key.

    Parameters
    ----------
    error : pydantic.ValidationError
    schema : dict, of `galbar.config.schema.json_schema`, of the model

    Returns
    -------
    list of str
    """
    problems, unknown = {}, {}
    for fault in error.errors():
        path, part = part_of(schema, fault["loc"])
        key = _key(path)
        if fault["type"] == "extra_forbidden":
            unknown.setdefault(key, []).append(str(fault["loc"][-1]))
        elif fault["type"] == "missing":
            problems[key] = f"{_key(path[:-1])}: {path[-1]} is missing"
        else:
            problems.setdefault(
                key,
                f"{key}: found {fault['input']!r}, expected {describe_values(part)} "
                f"({part.get('description', '')})",
            )
    for key, names in unknown.items():
        problems[key] = _describe_unknown(key, names, schema)
    # Of a union, the branch that fits best says more than the list of all branches.
    deeper = {
        key for key in problems for longer_key in problems if longer_key.startswith(f"{key}.")
    }
    return [problems[key] for key in sorted(problems.keys() - deeper)]


def _describe_unknown(key, names, schema):
    """Write for each unknown key what became of it, or which keys there are."""
    path = [int(part) if part.isdigit() else part for part in _split(key)]
    known_keys = sorted(part_of(schema, path)[1].get("properties", {}))
    lines = []
    for name in sorted(names):
        full = name if key == "the top level" else f"{key}.{name}"
        general = "".join("[]" if isinstance(p, int) else f".{p}" for p in path)
        removed = REMOVED_KEYS.get(f"{general}.{name}".removeprefix("."))
        if removed:
            lines.append(f"{full}: this key is gone: {removed}")
            continue
        near = get_close_matches(name, known_keys, n=1)
        nearest = f" (did you mean {near[0]}?)" if near else ""
        lines.append(f"{key}: unknown key {name}{nearest}; expected are {', '.join(known_keys)}")
    return "\n".join(lines)


def _split(key):
    """Split "models[0].cut" into its parts; the top level has none."""
    if key == "the top level":
        return []
    return key.replace("[", ".").replace("]", "").split(".")


def _key(path):
    """Write a path as in messages: models[0].cut."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the top level"
