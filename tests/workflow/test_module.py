"""The workflow as a module of another one, from a folder and from the web."""

import http.server
import json
import re
import threading
from functools import partial

import pytest
import yaml

from galbar.gallery.page_files import PAGE_FILES
from tests.helpers import bundles

# Where the importing workflow has a rule of its own with a script at a path like those of galbar.
SNAKEFILE = """
import json
from pathlib import Path

configfile: "my.yaml"

module galbar:
    snakefile: "{source}/Snakefile"
    config: config["galbar"]
    prefix: "bars"

{use}

rule mine:
    default_target: True
    input:
        "bars/results/catalogues/hoyle_split.csv",
    output:
        "mine.txt",
    script:
        "../scripts/own.py"

Path("library.json").write_text(json.dumps(sorted(galbar.LIBRARY)))
files = [each.basedir.join(each.conda_env) for each in workflow.rules if each.conda_env]
outputs = [output for each in workflow.rules for output in each.output]
files += [output.flags["report"].caption for output in outputs if "report" in output.flags]
page = [Path(path) for path in galbar.PAGE]
beside = Path(galbar.LIBRARY["gallery.folder"]).parent / "page"
there = [str(path.relative_to(beside)) for path in page if path.is_file()]
Path("page.json").write_text(json.dumps(there))
Path("files.json").write_text(json.dumps(list(map(workflow.sourcecache.exists, files))))
"""
# What no rule needs: convert_parameters.py and `make docs-config` are run by hand, in a clone.
BY_HAND = {"config.documents", "released_code.parameters"}
ALL = "use rule * from galbar as galbar_*"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; nothing can be listed, as in a hosted repository."""

    def list_directory(self, path):
        self.send_error(404, f"{path} is a folder")

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def source(request, workflow):
    """Give the address of a copy of the workflow."""
    if request.param == "folder":
        yield workflow.folder
        return
    handler = partial(Handler, directory=workflow.folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def importing(source, root, tmp_path, workflow):
    """Give a function that runs a workflow that imports this one, in a folder of its own."""
    folder = tmp_path / "user" / "project"
    (tmp_path / "user/scripts").mkdir(parents=True)
    folder.mkdir()
    (tmp_path / "user/scripts/own.py").write_text("open(snakemake.output[0], 'w').close()\n")
    config = yaml.safe_load((root / "tests/config/tiny.yaml").read_text())
    config["survey"] |= {"training_galaxies": 20, "test_galaxies": 1, "catalogue_galaxies": 10}
    (folder / "my.yaml").write_text(yaml.safe_dump({"galbar": config}))

    def run(*arguments, use=ALL):
        (folder / "Snakefile").write_text(SNAKEFILE.format(source=source, use=use))
        return workflow.run("--directory", folder, "--snakefile", folder / "Snakefile", *arguments)

    run.folder = folder
    return run


def library_of(root):
    """Names of all modules of the library, as files on disk."""
    folder = root / "workflow/scripts/galbar"
    paths = [path.relative_to(folder).with_suffix("") for path in folder.rglob("*.py")]
    return {".".join(path.parts) for path in paths}


@pytest.mark.parametrize("source", ["folder", "web"], indirect=True)
def test_nothing_is_missing(importing, root):
    jobs = importing("--dry-run").stdout
    assert "galbar_split_catalogue" in jobs
    assert "mine" in jobs
    registered = set(json.loads((importing.folder / "library.json").read_text()))
    assert registered <= library_of(root)
    assert library_of(root) - registered <= BY_HAND
    files = json.loads((importing.folder / "files.json").read_text())
    assert len(files) > 40
    assert all(files)
    # The page of the gallery is where the library looks for it.
    assert json.loads((importing.folder / "page.json").read_text()) == list(PAGE_FILES)


@pytest.mark.parametrize("source", ["folder"], indirect=True)
def test_some_rules_may_be_used(importing):
    rules = "simulate_survey, prepare_catalogue, split_catalogue"
    listed = importing("--list-rules", use=f"use rule {rules} from galbar").stdout.split()
    assert set(listed) >= {"mine", *rules.split(", ")}
    assert "train_model" not in listed


@pytest.mark.parametrize("source", ["folder"], indirect=True)
def test_options_reach_a_module(importing, root):
    """Files of a user's stay where they are, rules are found under their new names."""
    folder, config = importing.folder, yaml.safe_load((importing.folder / "my.yaml").read_text())
    (folder / "pics").mkdir()
    (folder / "pics/000123").touch()
    (folder / "mine.csv").write_text("galaxy_id,image\n1,000123\n")
    page = (root / "docs/criteria.md").read_text()
    (folder / "own.py").write_text(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1])
    galbar = config["galbar"]
    galbar["catalogues"] = [
        {"name": "mine", "table": "mine.csv", "images": "pics", "geometry": "galaxy_zoo"}
    ]
    galbar["lengths"]["criteria"] = ["pearson", {"name": "outstanding", "file": "own.py"}]
    galbar["lengths"]["on_cluster"] = True
    galbar["heatmaps"] |= {"keep": False, "batch_size": "auto", "precision": "bfloat16"}
    (folder / "my.yaml").write_text(yaml.safe_dump(config))
    jobs = importing("--dry-run", "bars/results/barlengths_mine.csv").stdout
    assert "input: mine.csv" in jobs
    assert "galbar_plan_heatmaps" in jobs
    jobs = importing("--dry-run", "galbar_check_cluster", "galbar_right_size").stdout
    assert "galbar_report_gpu" in jobs
    assert "bars/results/cluster/right_size.csv" in jobs


@pytest.mark.parametrize("source", ["folder"], indirect=True)
def test_a_module_measures_with_a_bundle(importing, root):
    folder = importing.folder
    (folder / "1.fits").touch()
    (folder / "mine.csv").write_text("id,image,ra,dec\n1,1.fits,1,2\n")
    bundles.write_small_bundle(folder / "tiny.zip", bundles.configuration_of(root))
    own = [{"name": "mine", "table": "mine.csv"}]
    (folder / "my.yaml").write_text(
        yaml.safe_dump({"galbar": {"bundle": "tiny.zip", "catalogues": own}})
    )
    jobs = importing("--dry-run", "bars/results/barlengths_mine.csv").stdout
    assert "input: tiny.zip" in jobs
    assert "bars/results/bundle/vgg16_tiny/run1/model.keras" in jobs
    assert "train_model" not in jobs


@pytest.mark.slow
@pytest.mark.parametrize("source", ["web"], indirect=True)
def test_jobs_import_the_library_from_the_source_cache(importing):
    importing()
    assert (importing.folder / "mine.txt").is_file()
    results = importing.folder / "bars/results"
    assert len((results / "catalogues/hoyle_split.csv").read_text().splitlines()) == 1 + 10
    importing("--report", "report.html")
    assert "galbar_split_catalogue" in (importing.folder / "report.html").read_text()
