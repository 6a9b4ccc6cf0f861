"""What every section of the configuration shares: no unknown keys, text read as numbers."""

import re
from typing import Annotated

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

_EXPONENT = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+")


class Section(BaseModel):
    """A mapping of the configuration.

    Types are strict (a truth value is no number), but for text that reads as one: ``--config``
    gives nested values as text.
    """

    model_config = ConfigDict(
        extra="forbid", strict=True, validate_default=True, allow_inf_nan=False
    )

    @field_validator("*", mode="wrap")
    @classmethod
    def _read_text(cls, value, handler):
        try:
            return handler(value)
        except ValidationError:
            read = _read(value)
            if type(read) is type(value) and read == value:
                raise
            try:
                return handler(read)
            except ValidationError:
                # What was found is named as it stands in the file.
                return handler(value)

    def contradictions(self, key):
        """List what is wrong between keys that are valid by themselves.

        Parameters
        ----------
        key : str
            Of this section, for the messages.

        Returns
        -------
        list of str
            One line per problem.
        """
        del key
        return []


def _read(value):
    """Read text, and the texts in a list, as YAML 1.2 does: for PyYAML, 1e-3 is no number."""
    if isinstance(value, list):
        return [_read(item) for item in value]
    if isinstance(value, str):
        if _EXPONENT.fullmatch(value.strip()):
            return float(value)
        try:
            return yaml.safe_load(value)
        except yaml.YAMLError:
            return value
    return value


def repeated(values):
    """Return the values that occur more than once, sorted."""
    return sorted({value for value in values if values.count(value) > 1})


def repeated_files(names):
    """Return the names of files that only differ in case: some file systems know no case.

    Each is one text that lists those that are the same, sorted.
    """
    groups = {}
    for name in dict.fromkeys(names):
        groups.setdefault(name.lower(), []).append(name)
    return sorted(" and ".join(group) for group in groups.values() if len(group) > 1)


def path_problem(key, path, allowed=()):
    """Return what is wrong with a path as Snakemake reads it, or ""."""
    braced = re.findall(r"\{[^}]*\}?|\}", path or "")
    if all(part in allowed for part in braced):
        return ""
    braces = f" but {', '.join(allowed)}" if allowed else ""
    return f"{key}: found {path!r}, expected a path without braces{braces}: they are wildcards"


def _each_once(values):
    if any(value in values[:index] for index, value in enumerate(values)):
        raise ValueError("each item once")
    return values


#: Annotation of a list in which no item may come twice.
EACH_ONCE = (AfterValidator(_each_once), Field(json_schema_extra={"uniqueItems": True}))

Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
Share = Annotated[float, Field(ge=0, le=1)]
