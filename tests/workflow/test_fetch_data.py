"""The published files are fetched into an empty folder, and the workflow is content with them."""

import gzip
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.helpers.cutout_server import serve
from tests.helpers.file_server import ranged
from tests.helpers.published_files import write_gz2, write_kaggle

KAGGLE_IMAGES = ("images_training_rev1", "images_test_rev1")


@pytest.fixture
def server(tmp_path):
    """Serve the files under their published names, as a user's own mirror would."""
    source = tmp_path / "source"
    write_gz2(source)
    write_kaggle(source)
    with serve() as server:
        server.begins = []
        for name in ("gz2sample.csv", "gz2_hart16.csv"):
            content = gzip.compress((source / name).read_bytes())
            server.answers[f"/data/{name}.gz"] = [ranged(content)]
        for name in ("gz2_filename_mapping.csv", "hoyle_barlengths.csv"):
            server.answers[f"/data/{name}"] = [ranged((source / name).read_bytes())]
        # As published: those of Galaxy Zoo 2 lie in a folder of another name.
        for stem, base in (("images_gz2", "images"), *((name, name) for name in KAGGLE_IMAGES)):
            root = source / stem if base == "images" else source
            path = shutil.make_archive(tmp_path / stem, "zip", root_dir=root, base_dir=base)
            server.answers[f"/data/{stem}.zip"] = [ranged(Path(path).read_bytes())]
        (source / "votes").mkdir()
        shutil.copy(source / "training_solutions_rev1.csv", source / "votes")
        path = shutil.make_archive(source / "votes", "zip", root_dir=source / "votes")
        server.answers["/data/training_solutions_rev1.zip"] = [ranged(Path(path).read_bytes())]
        yield server


@pytest.fixture
def configured(workflow, server):
    """Write a configuration whose list of data sets is the published one for small files."""

    def write(**data):
        path = workflow.folder / "config/datasets.yaml"
        listed = yaml.safe_load(path.read_text())
        for dataset in listed["datasets"]:
            # Those of the real files.
            dataset |= {"checksum": None, "size": None, "disk_mb": 1}
            dataset["mirrors"] = [f"{server.url}/elsewhere/{dataset['name']}"]
        path.with_name("small.yaml").write_text(yaml.safe_dump(listed))
        data |= {"datasets": "config/small.yaml", "mirror": f"{server.url}/data"}
        data["directory"] = "my/survey"
        text = yaml.safe_dump({"data": data, "download": {"timeout": 60}})
        (workflow.folder / "my.yaml").write_text(text)
        return "--configfile", "my.yaml"

    return write


def test_the_published_workflow_is_content_with_what_was_fetched(workflow, server, configured):
    config = configured()
    assert workflow.plan("fetch_data", *config) == {"fetch_data": 1}
    assert not (workflow.folder / "my").exists()
    server.answers["/data/gz2sample.csv.gz"].insert(0, ranged(b"0" * 99, tag="", end=50))
    workflow.run("fetch_data", *config)
    jobs = workflow.plan(*config)
    assert (jobs["prepare_training"], jobs["prepare_test"], jobs["prepare_catalogue"]) == (1, 1, 1)
    assert "fetch_data" not in jobs
    folder = workflow.folder / "my/survey"
    lock = json.loads((folder / "datasets.lock.json").read_text())
    assert sorted(lock) == sorted(path.name for path in folder.glob("[!.d]*"))
    assert len(lock) == 7
    assert "gz2_hart16.csv" not in lock
    asked = server.requests.total()
    workflow.run("fetch_data", *config)
    assert server.requests.total() == asked
    # What has changed since then stops it, and is left alone.
    (folder / "hoyle_barlengths.csv").write_text("mine\n")
    done = workflow.run("fetch_data", *config, check=False)
    assert done.returncode == 1
    log = (workflow.folder / "results/logs/fetch_data/fetch_data.log").read_text()
    for text in (log, done.stdout + done.stderr):
        assert "hoyle_barlengths.csv: wrong checksum, found sha256:" in text
    assert (folder / "hoyle_barlengths.csv").read_text() == "mine\n"


def test_galaxy_zoo_2_alone_is_enough(workflow, server, configured):
    config = configured(votes="gz2", gz2_training=16, gz2_test=10)
    workflow.run("fetch_data", *config)
    assert not [path for path in server.requests if "rev1" in path]
    jobs = workflow.plan(*config)
    assert (jobs["prepare_gz2_votes"], jobs["prepare_catalogue"]) == (2, 1)
    assert not {"prepare_training", "prepare_test"} & set(jobs)
    tables = {name: f"results/catalogues/{name}.csv" for name in ("training", "test", "hoyle")}
    workflow.run(*tables.values(), *config)
    rows = {name: pd.read_csv(workflow.folder / path) for name, path in tables.items()}
    assert {name: len(table) for name, table in rows.items()} == {
        "training": 16,
        "test": 10,
        "hoyle": 12,
    }
    ids = [set(table["galaxy_id"]) for table in rows.values()]
    assert len(set.union(*ids)) == 16 + 10 + 12
    assert len(rows["training"].columns) == 3 + 37
    # Another test set trains no network again; another training set must be apart from the test's.
    config = configured(votes="gz2", gz2_training=16, gz2_test=9)
    assert workflow.plan(tables["training"], *config) == {}
    assert workflow.plan(tables["test"], *config) == {"prepare_gz2_votes": 1}
    config = configured(votes="gz2", gz2_training=15, gz2_test=10)
    assert workflow.plan(*tables.values(), *config) == {"prepare_gz2_votes": 2}


def test_a_fault_of_the_list_is_named_with_its_file_and_key(workflow, configured):
    config = configured()
    path = workflow.folder / "config/small.yaml"
    listed = yaml.safe_load(path.read_text())
    listed["datasets"][2] |= {"checksum": "md5:1"}
    path.write_text(yaml.safe_dump(listed))
    done = workflow.run("fetch_data", *config, check=False)
    assert done.returncode == 1
    text = done.stdout + done.stderr
    assert "config/small.yaml: the list of data sets cannot be used:" in text
    assert "datasets[2].checksum: found 'md5:1', expected a string" in text


def test_nothing_is_fetched_for_a_simulated_survey(workflow):
    workflow.run("fetch_data", "--configfile", "config/demo.yaml")
    assert not (workflow.folder / "data").exists()


def test_only_the_target_itself_fetches(workflow, configured):
    """Not another argument of that name; and with other targets, planned without data, neither."""
    config = configured()
    folder = workflow.folder / "runs/fetch_data"
    folder.mkdir(parents=True)
    for name in ("config", "my.yaml"):
        (folder / name).symlink_to(workflow.folder / name)
    place = ("--snakefile", "Snakefile", "--directory", "runs/fetch_data")
    for arguments in (place, ("--forcerun", "fetch_data"), ("prefetch_data",)):
        done = workflow.run(*arguments, "--dry-run", *config, check=False)
        assert "`snakemake --cores 1 fetch_data` fetches them" in done.stdout + done.stderr
    assert workflow.plan(*place, "fetch_data", *config) == {"fetch_data": 1}
    done = workflow.run("fetch_data", "all", "--dry-run", *config, check=False)
    assert done.returncode == 1
    message = "fetch_data: found it with the targets all, expected it alone"
    assert message in done.stdout + done.stderr


def test_missing_data_are_answered_with_the_target(workflow):
    done = workflow.run("--dry-run", check=False)
    assert "`snakemake --cores 1 fetch_data` fetches them" in done.stdout + done.stderr
