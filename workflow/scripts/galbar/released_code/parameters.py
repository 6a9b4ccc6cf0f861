"""Translate the parameter file of the released code into a configuration of this workflow.

Its ``params.yaml`` steers one step of one model at a time; a configuration describes the whole
run. Single values become lists where the workflow runs over several, and switches that chose a
step are dropped, with a note in the log: both steps are rules here.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

logger = logging.getLogger(__name__)

#: Models of the released code that are networks of their own.
_NETWORKS = ("vgg16", "resnet50v2", "xception")
#: Values of ``model`` that stand for combinations, which the workflow always makes.
_COMBINATIONS = ("ensemble", "averageheatmaps", "averagemeasurements")

_AUGMENTATION = (
    "rotation_range",
    "fill_mode",
    "horizontal_flip",
    "vertical_flip",
    "width_shift_range",
    "height_shift_range",
    "brightness_range",
    "validation_split",
)


def _same(value: Any) -> Any:
    return value


def _as_list(value: Any) -> list:
    return list(value) if isinstance(value, list | tuple) else [value]


def _models(value: Any) -> list[str]:
    """Return the names of the selected networks; an empty list stands for all."""
    names = []
    for name in map(str, _as_list(value)):
        # The released code's measuring script knows Xception by a misspelt name only.
        network = "xception" if name == "exception" else name
        if network in _COMBINATIONS:
            logger.warning("model = %s: all networks are selected, it combines them", name)
            return []
        if network not in _NETWORKS:
            expected = ", ".join(_NETWORKS + _COMBINATIONS)
            raise ValueError(f"model: found {name!r}, expected one of {expected}")
        names.append(network)
    return names


def _xinput(value: Any) -> list[bool]:
    """Return the values of xinput; false is always among them: the published criterion needs it."""
    values = _as_list(value)
    if False in values:
        return values
    logger.warning(
        "xai.smoothgrad.xinput = %s became %s: every result is shown beside the published "
        "criterion, which has false",
        value,
        [*values, False],
    )
    return [*values, False]


_Rule = tuple[Callable, tuple[str, ...]]

#: Key of the released code -> conversion, and the keys of the configuration that take the value.
_KEYS: dict[str, _Rule] = {
    "model": (_models, ("selected_models",)),
    "data.path": (str, ("data.directory",)),
    "data.random_seed": (_same, ("seed",)),
    **{f"data.augmentation.{name}": (_same, (f"augmentation.{name}",)) for name in _AUGMENTATION},
    "data.img_height": (_same, ("image.height",)),
    "data.img_width": (_same, ("image.width",)),
    "data.test_split": (_same, ("control.test_split",)),
    # The released code trains the control network with the settings of the others.
    "train.epochs": (_same, ("training.epochs", "control.epochs")),
    "train.batch_size": (_same, ("training.batch_size", "control.batch_size")),
    "train.optimizer.lr": (_same, ("training.learning_rate", "control.learning_rate")),
    "train.optimizer.decay": (_same, ("training.decay",)),
    "train.callbacks.reduce_lr.factor": (_same, ("training.reduce_lr.factor",)),
    "train.callbacks.reduce_lr.patience": (_same, ("training.reduce_lr.patience",)),
    "train.callbacks.early_stopping.patience": (_same, ("training.early_stopping.patience",)),
    "xai.validation_split": (_same, ("catalogue.validation_split",)),
    "xai.smoothgrad.smooth_samples": (_same, ("heatmaps.smooth_samples",)),
    "xai.smoothgrad.smooth_noise": (_as_list, ("heatmaps.smooth_noise",)),
    "xai.smoothgrad.xinput": (_xinput, ("lengths.xinput",)),
    "xai.barlength_mask.corr_threshold": (_as_list, ("lengths.corr_threshold",)),
    "xai.barlength_mask.len_threshold": (_as_list, ("lengths.len_threshold",)),
}

#: Thresholds of the published criterion, beside which every result is shown.
_PUBLISHED = {"corr_threshold": 0.85, "len_threshold": 40}

_DROPPED = {
    "data.img_depth": "the JPEGs are RGB, so it is always 3",
    "xai.val_test": "validation and test are both rules, no switch chooses one",
}


def convert(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Translate parameters of the released code into a configuration.

    What is changed or dropped on the way is logged as a warning.

    Parameters
    ----------
    parameters : mapping
        The content of ``params.yaml``. Keys that it lacks keep the workflow's default.

    Returns
    -------
    dict
        For ``snakemake --configfile``, which checks its values.

    Raises
    ------
    ValueError
        If a key is none of the released code's (all are named), or a value cannot be translated.
    """
    if not isinstance(parameters, Mapping):
        raise ValueError(f"found {type(parameters).__name__}, expected a table of keys and values")
    flat = dict(_flatten(parameters))
    unknown = [key for key in flat if key not in _KEYS and key not in _DROPPED]
    if unknown:
        raise ValueError(
            f"found the keys {', '.join(unknown)}, expected keys of the released code's "
            f"params.yaml: {', '.join([*_KEYS, *_DROPPED])}"
        )
    configuration: dict[str, Any] = {}
    for key, value in flat.items():
        if key in _DROPPED:
            logger.warning("%s = %s was dropped: %s", key, value, _DROPPED[key])
            continue
        if value is None:
            raise ValueError(f"{key}: found nothing, expected a value")
        conversion, targets = _KEYS[key]
        for target in targets:
            _set(configuration, target, conversion(value))
    _keep_published(configuration)
    return configuration


def _keep_published(configuration: dict[str, Any]) -> None:
    """Use the first threshold for the published criterion where the lists lack its own."""
    for name, threshold in _PUBLISHED.items():
        values = configuration.get("lengths", {}).get(name, [threshold])
        if not values:
            raise ValueError(
                f"xai.barlength_mask.{name}: found an empty list, expected at least one threshold"
            )
        if threshold not in values:
            logger.warning(
                "xai.barlength_mask.%s lacks the published %s: %s takes its place in the "
                "comparisons (scores.published.%s)",
                name,
                threshold,
                values[0],
                name,
            )
            _set(configuration, f"scores.published.{name}", values[0])


def _flatten(table: Mapping[str, Any], prefix: str = ""):
    """Yield (dotted key, value) of nested tables."""
    for key, value in table.items():
        name = f"{prefix}{key}"
        # An empty table holds no value, but its name may be wrong all the same.
        if isinstance(value, Mapping) and value:
            yield from _flatten(value, f"{name}.")
        elif not isinstance(value, Mapping) or not _is_table(name):
            yield name, value


def _is_table(name: str) -> bool:
    return any(key.startswith(f"{name}.") for key in _KEYS)


def _set(configuration: dict[str, Any], dotted: str, value: Any) -> None:
    """Set a value in nested dictionaries."""
    *tables, last = dotted.split(".")
    for table in tables:
        configuration = configuration.setdefault(table, {})
    configuration[last] = value
