"""A stand-in for conda where its channels cannot be reached: environments from PyPI alone.

It answers the commands that Snakemake gives for ``--sdm conda``. Of an environment file the pip
packages are installed, as pinned, and the Python is the one that runs this; Snakemake's part, that
of the files and that of the scripts in the environment are real.
"""

import itertools
import json
import sys
from pathlib import Path

PROGRAM = """#!{python}
import sys
sys.path.insert(0, {root!r})
from tests.helpers.conda_from_pypi import answer
answer(sys.argv[1:], {prefix!r})
"""
ACTIVATE = '. "$1/bin/activate"\n'
# Each start of an environment's Python leaves a line: which environments jobs have run in.
CUSTOMIZE = """import sys
with open(sys.prefix + "/started", "a") as file:
    file.write("python\\n")
"""


def install_conda(prefix, root):
    """Write ``bin/conda`` and ``bin/activate`` below a folder; return its ``bin``."""
    binaries = Path(prefix) / "bin"
    binaries.mkdir(parents=True)
    program = binaries / "conda"
    program.write_text(PROGRAM.format(python=sys.executable, root=str(root), prefix=str(prefix)))
    program.chmod(0o755)
    (binaries / "activate").write_text(ACTIVATE)
    return binaries


def answer(arguments, prefix):
    """Answer one command of Snakemake's."""
    if arguments == ["--version"]:
        print("conda 24.7.1")
    elif arguments == ["info", "--json"]:
        print(json.dumps({"conda_prefix": prefix, "platform": "linux-64"}))
    elif arguments[:2] == ["config", "--get"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif arguments[:1] == ["clean"]:
        pass
    elif arguments[:2] == ["env", "create"]:
        given = dict(itertools.pairwise(arguments))
        create_environment(Path(given["--file"]), Path(given["--prefix"]))
    else:
        sys.exit(f"conda {' '.join(arguments)}: not a command that this stand-in knows")


def create_environment(file, prefix):
    """Install the pip packages of an environment file into a virtual environment."""
    import subprocess

    import yaml

    dependencies = yaml.safe_load(file.read_text())["dependencies"]
    (packages,) = [item["pip"] for item in dependencies if isinstance(item, dict)]
    # The libraries of CUDA are large, and of no use on the machines of the tests.
    packages = [item.replace("tensorflow[and-cuda]", "tensorflow-cpu") for item in packages]
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, prefix], check=True)
    python = prefix / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *packages], check=True)
    (site,) = prefix.glob("lib/python*/site-packages")
    (site / "sitecustomize.py").write_text(CUSTOMIZE)
