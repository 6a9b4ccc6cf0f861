"""Write what follows from the configuration's models: ``make docs-config``.

Run in the root of the project: ``python -m galbar.config.documents``.
"""

import re
from pathlib import Path

import yaml

from galbar.config.configuration import configuration_model
from galbar.config.schema import json_schema, list_keys

SCHEMA = "workflow/schemas/config.schema.yaml"
TABLE = "config/README.md"
_HEADER = "# Written by ``make docs-config`` from workflow/scripts/galbar/config: edit that.\n"
_COLUMNS = (
    "| key | type or values | default | meaning, with the unit in brackets |\n|---|---|---|---|\n"
)


def schema_text():
    """Return the text of the JSON Schema, for editors and the workflow catalogue."""
    schema = json_schema(configuration_model())
    return _HEADER + yaml.safe_dump(
        schema, sort_keys=False, default_flow_style=None, allow_unicode=True, width=100
    )


def readme_with_table(readme):
    """Return config/README.md's text with its table of keys replaced; ValueError if it has none."""
    rows = [_row(*key) for key in list_keys(json_schema(configuration_model()))]
    table = _COLUMNS + "".join(rows)
    text, count = re.subn(re.escape(_COLUMNS) + r"(\|.*\n)*", lambda _: table, readme)
    if count != 1:
        raise ValueError(f"{TABLE}: found {count} tables of keys, expected one")
    return text


def _row(key, part, required):
    default = "required" if required else f"`{_yaml(part.get('default'))}`"
    if key == "models":
        default = "the three published networks"
    return f"| `{key}` | {_types(part)} | {default} | {part['description']} |\n"


def _types(part):
    """Name the type of a value, or the values themselves, in a word or two."""
    if "anyOf" in part:
        return " or ".join(map(_types, part["anyOf"]))
    if "const" in part:
        return str(part["const"])
    if "enum" in part:
        return ", ".join(map(str, part["enum"]))
    if part["type"] == "array":
        return "list" if "properties" in part["items"] else f"list of {_types(part['items'])}"
    return {"object": "mapping"}.get(part["type"], part["type"])


def _yaml(value):
    text = yaml.safe_dump(value, default_flow_style=True, width=1000)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def write_documents(root):
    """Write the schema and the table of keys below ``root``, a project's folder."""
    Path(root, SCHEMA).write_text(schema_text(), encoding="utf-8")
    path = Path(root, TABLE)
    path.write_text(readme_with_table(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_documents(".")
