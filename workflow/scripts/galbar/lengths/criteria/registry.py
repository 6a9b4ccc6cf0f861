"""The criteria that there are, and those that a user adds from files of their own."""

import importlib.util
import re
from pathlib import Path

from galbar.lengths.criteria.elongation import ELONGATION
from galbar.lengths.criteria.level import LEVEL
from galbar.lengths.criteria.pearson import PEARSON
from galbar.lengths.criteria.record import Criterion

# Columns and keys that tables, settings and the configuration have themselves.
_RESERVED = frozenset(
    {
        "attribution",
        "best_of_model",
        "chosen",
        "correlation",
        "criteria",
        "criterion",
        "kind",
        "kinds",
        "model",
        "n",
        "n_unmeasurable",
        "on_cluster",
        "published_criterion",
        "r_scaled",
        "r_scaled_high",
        "r_scaled_low",
        "sample",
        "smooth_noise",
        "smoothing",
        "spearman",
        "within_calibration",
        "xinput",
    }
)

CRITERIA = {criterion.name: criterion for criterion in (PEARSON, ELONGATION, LEVEL)}
"""Name -> record of galbar's criteria. A new one is a module beside these and its name here."""


def load_criteria(entries):
    """Return the criteria that the entries of ``lengths.criteria`` name.

    Parameters
    ----------
    entries : iterable of str, dict or Criterion
        A name of `CRITERIA`; or a mapping with the keys name and file: a Python file with a record
        of that name, called ``CRITERION``; or a record.

    Returns
    -------
    dict of str to Criterion, in the order of the entries

    Raises
    ------
    ValueError : if a name is unknown or comes twice, or two criteria disagree about a parameter
    FileNotFoundError, ValueError, TypeError : if a file is missing, or is not such a record
    """
    criteria = {}
    for entry in entries:
        criterion = _load(entry)
        if criterion.name in criteria:
            raise ValueError(f"lengths.criteria names {criterion.name} twice, expected it once")
        criteria[criterion.name] = criterion
    parameters_of({**CRITERIA, **criteria})
    return criteria


def parameters_of(criteria):
    """Return the parameters of some criteria, each once, in order of appearance.

    Both are dicts from the name to the record.

    Raises
    ------
    ValueError : if two criteria have different parameters of one name, or a name cannot be a key
    """
    parameters = {}
    for criterion in criteria.values():
        for parameter in criterion.parameters:
            if parameter.name in _RESERVED or not re.fullmatch(r"[a-z][a-z0-9_]*", parameter.name):
                raise ValueError(
                    f"criterion {criterion.name}: found a parameter {parameter.name!r}, expected "
                    "lower-case letters, digits and underscores, and no name that galbar's tables "
                    "and keys have themselves"
                )
            if parameters.setdefault(parameter.name, parameter) != parameter:
                raise ValueError(
                    f"criterion {criterion.name}: its parameter {parameter.name} differs from "
                    "that of another criterion with the same name, expected another name"
                )
    return parameters


def _load(entry):
    if isinstance(entry, Criterion):
        return entry
    if isinstance(entry, str):
        if entry not in CRITERIA:
            raise ValueError(
                f"lengths.criteria: found {entry!r}, expected one of {', '.join(CRITERIA)}, or a "
                "mapping with name and file"
            )
        return CRITERIA[entry]
    return _load_file(entry["name"], entry["file"])


def _load_file(name, file):
    """Run a user's file and return its record."""
    path = Path(file)
    if not path.is_file():
        raise FileNotFoundError(f"{file}: no such file of the criterion {name}")
    module_name = "galbar_criterion_" + re.sub(r"\W", "_", name)
    spec = importlib.util.spec_from_file_location(module_name, path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ValueError(f"{file}: cannot be run: {type(error).__name__}: {error}") from error
    criterion = getattr(module, "CRITERION", None)
    if not isinstance(criterion, Criterion):
        raise TypeError(
            f"{file}: CRITERION is {criterion!r}, expected a galbar.lengths.criteria.Criterion"
        )
    if criterion.name != name or name in CRITERIA:
        raise ValueError(
            f"{file}: the criterion's name is {criterion.name!r}, expected {name!r} as in "
            f"lengths.criteria, and none of {', '.join(CRITERIA)}"
        )
    return criterion
