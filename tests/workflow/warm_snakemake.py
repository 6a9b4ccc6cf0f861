"""Run Snakemake any number of times, imported once: a fork for each line of JSON on stdin.

A line has the keys folder, arguments, environment, out and err (files). The answer is a line with
the exit status. Most of a dry run is the import.
"""

import importlib
import json
import os
import sys

from snakemake import cli

# What it imports later.
for name in ("docutils.parsers.rst.directives.images", "smart_open"):
    importlib.import_module(name)


def main():
    """Answer until stdin ends."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            run(**order)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def run(folder, arguments, environment, out, err):
    """Become ``snakemake arguments`` in a folder; ends the process."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for path, descriptor in ((os.devnull, 0), (out, 1), (err, 2)):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(file, descriptor)
        os.close(file)
    sys.argv = ["snakemake", *arguments]
    cli.main()


if __name__ == "__main__":
    main()
