"""Check of configuration files as text: what YAML reads otherwise than it looks, or not at all."""

import re

import yaml

# What YAML 1.1 reads as another number than a person does: octal (010), to the base 60 (1:30).
_ODD_INTEGER = re.compile(r"[-+]?(0[0-7_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?)")


def check_files(paths):
    """Check YAML files for keys that are given twice, and for numbers that are not what they seem.

    Of two equal keys YAML keeps the last one, and drops what stands below the first without a word.

    Parameters
    ----------
    paths : iterable of str or Path

    Raises
    ------
    ValueError : lists every problem with file and line
    """
    problems = [problem for path in paths for problem in _problems_of(path)]
    if problems:
        raise ValueError("\n".join(["the configuration cannot be used:", *problems]))


def _problems_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            root = yaml.compose(file, Loader=yaml.SafeLoader)
    except (OSError, yaml.YAMLError):
        # Snakemake has read it, or says what is wrong.
        return []
    return [f"{path}, line {line}: {text}" for line, text in sorted(_look_into(root, ""))]


def _look_into(node, key):
    """Yield (line, problem) of a node of YAML and of all below it."""
    if isinstance(node, yaml.MappingNode):
        lines = {}
        for name, value in node.value:
            line = name.start_mark.line + 1
            full = f"{key}.{name.value}".removeprefix(".")
            if name.value in lines and name.value != "<<":
                yield (
                    line,
                    f"found the key {full} again, expected once: it stands in line "
                    f"{lines[name.value]} already, and YAML would drop what is there",
                )
            lines.setdefault(name.value, line)
            yield from _look_into(value, full)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _look_into(value, f"{key}[{index}]")
    elif isinstance(node, yaml.ScalarNode) and node.style is None:
        is_number = node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
        if is_number and _ODD_INTEGER.fullmatch(node.value):
            read = yaml.safe_load(node.value)
            yield (
                node.start_mark.line + 1,
                f"{key}: found {node.value}, which YAML 1.1 reads as {read}: expected a number "
                "without leading zeros and colons, or text in quotation marks",
            )
