"""The configuration as a JSON Schema, and its parts in words."""

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "nothing (null)",
    "number": "a number",
    "object": "a mapping",
    "string": "a string",
}
_LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
    "minItems": "items at least",
    "maxItems": "items at most",
    "pattern": "of the form",
}


def json_schema(model):
    """Return the JSON Schema (draft 2020-12) of a configuration's model, without references."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_resolve(schema, definitions),
        "title": "galbar configuration",
    }


def _resolve(part, definitions):
    """Replace references by definitions, local keys winning; drop titles, which repeat the key."""
    if isinstance(part, list):
        return [_resolve(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        target = definitions[part["$ref"].rpartition("/")[2]]
        part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
    resolved = {
        key: {name: _resolve(value, definitions) for name, value in item.items()}
        if key == "properties"
        else _resolve(item, definitions)
        for key, item in part.items()
    }
    if isinstance(resolved.get("title"), str):
        del resolved["title"]
    if "description" in resolved:
        resolved["description"] = " ".join(resolved["description"].split())
    return resolved


def part_of(schema, path):
    """Follow a path into a schema as far as it names keys and items; return that path and the part.

    ``path`` is as in pydantic's errors, which also names the branches of a union: these, and
    unknown keys, are left out.
    """
    followed = []
    for step in path:
        branches = [schema, *schema.get("anyOf", [])]
        if isinstance(step, int):
            inner = [part["items"] for part in branches if "items" in part]
        else:
            inner = [
                part["properties"][step] for part in branches if step in part.get("properties", {})
            ]
        if inner:
            # An item says what it is, or the list does.
            about = schema.get("description", "")
            schema = {"description": about, **inner[0]} if isinstance(step, int) else inner[0]
            followed.append(step)
    return followed, schema


def describe_values(part):
    """Describe type, values and range of a part in words: "a number or nothing (null), above 0"."""
    alternatives, limits = [], []
    for branch in part.get("anyOf", [part]):
        if "const" in branch:
            alternatives.append(str(branch["const"]))
        elif "enum" in branch:
            alternatives.append("one of " + ", ".join(map(str, branch["enum"])))
        elif "type" in branch:
            alternatives.append(_TYPES[branch["type"]])
        limits += [f"{text} {branch[name]}" for name, text in _LIMITS.items() if name in branch]
    if part.get("uniqueItems"):
        limits.append("each item once")
    return ", ".join([" or ".join(alternatives), *limits])


def list_keys(schema, prefix=""):
    """Yield each key that holds a value, its schema, and whether it is required.

    Those of mappings in lists are there, too, as ``models[].name``, and those of a mapping that may
    stand in place of another value.
    """
    for name, part in schema["properties"].items():
        items = part.get("items", {})
        inner = [branch for branch in [items, *items.get("anyOf", [])] if "properties" in branch]
        mapped = [branch for branch in part.get("anyOf", []) if "properties" in branch]
        if "properties" in part:
            yield from list_keys(part, f"{prefix}{name}.")
            continue
        yield prefix + name, part, name in schema.get("required", [])
        for branch in inner:
            yield from list_keys(branch, f"{prefix}{name}[].")
        for branch in mapped:
            yield from list_keys(branch, f"{prefix}{name}.")
