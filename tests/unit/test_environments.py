"""Conda environments against the locks, and against what the scripts import."""

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from galbar.attribution.methods.registry import METHODS

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "workflow" / "scripts" / "galbar"
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
LOCKS = ("cpu", "gpu")
# The machine that the environments are made for.
MACHINE = {
    "python_full_version": "3.12.0",
    "python_version": "3.12",
    "sys_platform": "linux",
    "platform_machine": "x86_64",
    "platform_system": "Linux",
    "implementation_name": "cpython",
    "extra": "",
}
# Packages that are imported under another name.
PACKAGE_OF = {
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
# Packages of requirements/base.in that no file imports, and why they are there.
NOT_IMPORTED = {
    "snakemake-executor-plugin-slurm",  # Snakemake finds it, for profiles/slurm
    "pygments",  # Snakemake imports it, for its report
}
each_environment = pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)


def read_lock(name):
    """Version of every package that a lock installs on `MACHINE`."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    lines = (line.removesuffix("\\") for line in text.splitlines() if re.match(r"\w", line))
    wanted = [Requirement(line) for line in lines]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in wanted
        if one.marker is None or one.marker.evaluate(MACHINE)
    }


def read_environment(path):
    """Conda packages of an environment file, and its pip packages as requirements."""
    environment = yaml.safe_load(path.read_text())
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    conda = [item for item in environment["dependencies"] if isinstance(item, str)]
    (pip,) = [item["pip"] for item in environment["dependencies"] if isinstance(item, dict)]
    return conda, [Requirement(item) for item in pip]


def read_rules():
    """Environment and script of every rule that runs a script."""
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for rule in re.split(r"(?m)^ *rule ", path.read_text())[1:]:
            script = re.search(r'script:\s+"\.\./scripts/(\w+)\.py"', rule)
            conda = re.search(r'conda:\s+"\.\./\.\./envs/(\w+)\.yaml"', rule)
            if script:
                yield rule.split(":")[0], conda and conda[1], script[1]


def imported(path, functions):
    """Modules that a file imports, also in functions or when it is loaded; not for type checks."""
    waiting = list(ast.parse(path.read_text()).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            # `from galbar import images` names a module as well.
            if node.module.split(".")[0] == "galbar":
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif functions or not isinstance(node, ast.FunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def packages_of(script, functions=True):
    """Find the packages that a script imports, itself or through the library.

    Of the attribution methods only the records, whose code jobs load by its name.
    """
    waiting, seen, packages = [script], set(), set()
    while waiting:
        path = waiting.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        for module in imported(path, functions):
            root, *inner = module.split(".")
            if root == "galbar":
                below = LIBRARY.joinpath(*inner)
                packages_above = [
                    LIBRARY.joinpath(*inner[:depth]) for depth in range(len(inner) + 1)
                ]
                waiting += [
                    below.with_suffix(".py"),
                    *(one / "__init__.py" for one in packages_above),
                ]
            elif root not in sys.stdlib_module_names:
                packages.add(canonicalize_name(PACKAGE_OF.get(root, root)))
    return packages


def packages_of_methods():
    """Find the packages that the attribution methods import."""
    modules = [method.constructor.partition(":")[0] for method in METHODS.values()]
    inner = [module.removeprefix("galbar.").replace(".", "/") for module in modules]
    return set().union(*(packages_of(LIBRARY / f"{path}.py") for path in inner))


@each_environment
def test_pins_are_those_of_the_locks(path):
    _, pip = read_environment(path)
    for lock in map(read_lock, LOCKS):
        # The lock for CPUs has the smaller build of TensorFlow, under another name.
        lock.setdefault("tensorflow", lock.get("tensorflow-cpu"))
        different = {
            one.name: (str(one.specifier), lock.get(canonicalize_name(one.name)))
            for one in pip
            if str(one.specifier) != f"=={lock.get(canonicalize_name(one.name))}"
        }
        assert not different, f"{path.name}: (here, in the lock) {different}"


@each_environment
def test_conda_packages_are_pinned(path):
    conda, _ = read_environment(path)
    assert [item.split("=")[0] for item in conda] == ["python", "pip"]
    assert all(re.fullmatch(r"\w+=\d+(\.\d+)+", item) for item in conda), conda
    assert f"python={MACHINE['python_version']}" in conda


def test_locks_agree_with_each_other():
    cpu, gpu = map(read_lock, LOCKS)
    common = cpu.keys() & gpu.keys()
    assert len(common) > 100
    assert {name: cpu[name] for name in common} == {name: gpu[name] for name in common}
    assert cpu.keys() - gpu.keys() == {"tensorflow-cpu"}
    assert {name for name in gpu.keys() - cpu.keys() if not name.startswith("nvidia-")} == {
        "tensorflow"
    }
    assert cpu["tensorflow-cpu"] == gpu["tensorflow"]


@pytest.mark.parametrize("name", [*LOCKS, "build"])
def test_locks_are_hashed_and_name_no_index(name):
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    assert "://" not in text
    assert "index" not in text
    assert "find-links" not in text
    # Every package is followed by a hash.
    packages = re.findall(r"(?m)^\w\S*==[^\n]*\n[^\n]*", text)
    assert packages
    assert all("\n    --hash=sha256:" in package for package in packages)


@pytest.mark.parametrize("device", LOCKS)
def test_locks_hold_what_the_sources_ask_for(device):
    lock = read_lock(device)
    for name in ("base", "dev", device):
        for line in (ROOT / "requirements" / f"{name}.in").read_text().splitlines():
            line = line.split("#")[0].strip()
            if not line or line.startswith("-r"):
                continue
            one = Requirement(line)
            if one.marker is None or one.marker.evaluate(MACHINE):
                assert one.specifier.contains(lock[canonicalize_name(one.name)]), line


def test_every_script_rule_has_an_environment():
    rules = list(read_rules())
    assert rules
    names = {path.stem for path in ENVIRONMENTS}
    assert {name: env for name, env, _ in rules if env not in names} == {}
    assert {env for _, env, _ in rules} == names
    scripts = ROOT / "workflow" / "scripts"
    assert [script for _, _, script in rules if not (scripts / f"{script}.py").is_file()] == []


@each_environment
def test_environment_holds_what_its_scripts_import(path):
    _, pip = read_environment(path)
    held = {canonicalize_name(one.name) for one in pip}
    # Snakemake brings itself into a script.
    held.add("snakemake")
    missing = {
        script: sorted(packages - held)
        for _, env, script in read_rules()
        if env == path.stem
        for packages in [packages_of(ROOT / "workflow" / "scripts" / f"{script}.py")]
        if packages - held
    }
    assert not missing, f"{path.name} lacks {missing}"


def test_the_training_environment_holds_what_methods_of_attribution_import():
    _, pip = read_environment(ROOT / "envs" / "train.yaml")
    assert packages_of_methods() <= {canonicalize_name(one.name) for one in pip}
    assert "tf-keras-vis" in packages_of_methods()


@each_environment
def test_environment_holds_nothing_that_its_scripts_do_not_import(path):
    _, pip = read_environment(path)
    used = {
        package
        for _, env, script in read_rules()
        if env == path.stem
        for package in packages_of(ROOT / "workflow" / "scripts" / f"{script}.py")
    }
    if path.stem == "train":
        used |= packages_of_methods()
    superfluous = {canonicalize_name(one.name) for one in pip} - used
    assert not superfluous, f"{path.name}: no script of its rules imports {sorted(superfluous)}"


def test_the_workflow_imports_every_package_that_it_asks_for():
    workflow = ROOT / "workflow"
    used = {package for path in workflow.rglob("*.py") for package in packages_of(path)}
    for path in [ROOT / "Snakefile", *workflow.rglob("*.smk")]:
        modules = re.findall(r"(?m)^ *(?:import|from) (\w+)", path.read_text())
        used |= {canonicalize_name(PACKAGE_OF.get(module, module)) for module in modules}
    lines = (ROOT / "requirements" / "base.in").read_text().splitlines()
    wanted = {
        canonicalize_name(Requirement(line.split("#")[0]).name)
        for line in lines
        if line.split("#")[0].strip()
    }
    assert wanted - used == NOT_IMPORTED


@pytest.mark.parametrize(
    ("environment", "package"),
    [("figures", "seaborn"), ("survey", "galsim"), ("survey", "pyimfit")],
)
def test_imports_in_functions_are_seen(environment, package):
    used = {
        functions: {
            found
            for _, env, script in read_rules()
            if env == environment
            for found in packages_of(ROOT / "workflow" / "scripts" / f"{script}.py", functions)
        }
        for functions in (True, False)
    }
    assert package in used[True] - used[False]


def test_only_the_training_environment_loads_tensorflow():
    slow = {"tensorflow", "keras", "tf-keras-vis"}
    found = {
        script: env
        for _, env, script in read_rules()
        if slow & packages_of(ROOT / "workflow" / "scripts" / f"{script}.py") and env != "train"
    }
    assert not found
