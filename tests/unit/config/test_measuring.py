"""What `make measure` asks the workflow for, and in which folder."""

import inspect
import re

import pytest
import yaml

import measure
from galbar.config.measuring import configure_measuring, keep_configuration


def catalogue_of(table, **more):
    (catalogue,) = configure_measuring(str(table), "theirs.zip", **more)["catalogues"]
    return catalogue


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("mine.csv", "mine"),
        ("mine.v1.csv", "mine_v1"),
        ("mine.v2.csv", "mine_v2"),
        ("a b.fits.gz", "a_b"),
        ("Virgo.VOTable", "Virgo"),
        ("mine.tsv", "mine_tsv"),
    ],
)
def test_a_table_names_its_catalogue_but_for_endings_of_formats(table, name):
    assert catalogue_of(table)["name"] == name
    assert catalogue_of(table, name="virgo")["name"] == "virgo"


@pytest.mark.parametrize(
    "table", ["test.csv", "look1.csv", "Hoyle.csv", "training.fits", "my_dropped.csv", ".csv"]
)
def test_names_that_galbar_uses_ask_for_another(table):
    with pytest.raises(ValueError, match=rf"{table}: found .* expected .*with NAME="):
        catalogue_of(table)


def test_names_that_files_cannot_have_are_refused():
    with pytest.raises(ValueError, match=r"NAME: found '\.\./up', expected up to 100 letters"):
        catalogue_of("mine.csv", name="../up")


def test_images_are_in_a_folder_or_downloaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "images" not in catalogue_of("mine.csv")
    assert catalogue_of("mine.csv", images="mine.zip")["images"] == str(tmp_path / "mine.zip")
    survey = {"survey": "hips:CDS/P/DECaLS/DR5/r"}
    assert catalogue_of("mine.csv", survey=survey["survey"])["images"] == survey
    with pytest.raises(ValueError, match="IMAGES and SURVEY: found a and legacy, expected one"):
        catalogue_of("mine.csv", images="a", survey="legacy")


def test_the_address_of_a_bundle_needs_a_configuration():
    with pytest.raises(ValueError, match=r"BUNDLE: found the address https://.*docs/bundles.md"):
        configure_measuring("mine.csv", "https://example.org/theirs.zip")


def test_a_folder_is_of_one_table(tmp_path):
    first, second = (configure_measuring(f"{k}/mine.csv", "theirs.zip") for k in "ab")
    path = keep_configuration(first, tmp_path / "mine")
    assert keep_configuration(first, tmp_path / "mine") == path
    assert yaml.safe_load(path.read_text()) == first
    with pytest.raises(ValueError, match=r"mine/config.yaml: found .*a/mine.csv, .*with NAME="):
        keep_configuration(second, tmp_path / "mine")
    assert yaml.safe_load(path.read_text()) == first
    path.write_text("[]")
    with pytest.raises(ValueError, match="found results of the table None"):
        keep_configuration(first, tmp_path / "mine")


def test_make_hands_over_what_the_script_takes(root):
    text = (root / "Makefile").read_text()
    recipe = re.search(r"^measure:.*\n\t(.*)", text, re.MULTILINE)[1]
    exported = re.search(r"^export (TABLE.*)", text, re.MULTILINE)[1]
    taken = [name.upper() for name in inspect.signature(measure.main).parameters]
    assert re.findall(r"\$\$(\w+)", recipe) == exported.split() == taken


@pytest.mark.parametrize(
    ("survey", "force", "forced"),
    [
        ("", "", []),
        ("", "0", []),
        ("", "1", ["--forcerun", "make_stamps"]),
        ("legacy", "1", ["--forcerun", "make_stamps", "download_images"]),
    ],
)
def test_images_are_looked_at_again_when_it_is_forced(
    root, tmp_path, monkeypatch, survey, force, forced
):
    commands = []

    class Ended:
        returncode = 1

        def __init__(self, command):
            commands.append(command)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(measure.subprocess, "run", Ended)
    bundle = str(root / "examples/bundle.zip")
    assert measure.main("mine.csv", bundle, "", "", survey, force) == 1
    (command,) = commands
    behind = command.index("--configfile") + 2
    assert command[behind:] == forced
    assert command[behind - 1].is_file()
