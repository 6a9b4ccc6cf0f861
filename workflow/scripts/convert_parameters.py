"""Turn the params.yaml of the released code into a configuration of this workflow.

Usage: python workflow/scripts/convert_parameters.py params.yaml > my.yaml
Then:  snakemake --configfile my.yaml
"""

import argparse
import logging
import sys
from pathlib import Path

import yaml

from galbar.released_code.parameters import convert


def main(path):
    """Return the configuration as YAML, for a parameter file of the released code."""
    try:
        parameters = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        configuration = convert(parameters)
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: no valid YAML ({error})") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    text = yaml.safe_dump(configuration, sort_keys=False, default_flow_style=None)
    return (
        f"# Converted from {Path(path).name}; keys that are not here keep their defaults.\n{text}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parameters", help="params.yaml of the released code")
    logging.basicConfig(format="%(levelname)s: %(message)s")
    try:
        print(main(parser.parse_args().parameters), end="")
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
