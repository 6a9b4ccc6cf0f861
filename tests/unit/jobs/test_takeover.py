"""Two copies of a job: the younger one has the output."""

import json
import os
from pathlib import Path

import pytest

from galbar.jobs.takeover import JobTakenOver, OutputOwnership, unfinished_folder


def test_the_younger_copy_has_the_output(tmp_path):
    output = tmp_path / "run1/model.keras"
    older = OutputOwnership(output)
    older.check()
    younger = OutputOwnership(output)
    younger.check()
    with pytest.raises(JobTakenOver, match=f"another copy of this job .{younger.token}, begun"):
        older.check()


def test_a_copy_stops_when_the_other_has_finished(tmp_path):
    older, younger = (OutputOwnership(tmp_path / "a.h5") for _ in range(2))
    younger.release()
    assert not unfinished_folder(tmp_path / "a.h5").exists()
    with pytest.raises(JobTakenOver, match="another copy of this job has finished it"):
        older.check()


def test_owners_of_other_outputs_do_not_meet(tmp_path):
    first, second = (
        OutputOwnership(tmp_path / "noise0.1.h5"),
        OutputOwnership(tmp_path / "noise0.25.h5"),
    )
    first.check()
    second.check()
    assert first.folder != second.folder


def test_each_copy_has_files_of_its_own_and_sees_all(tmp_path):
    first, second = OutputOwnership(tmp_path / "a.h5"), OutputOwnership(tmp_path / "a.h5")
    for ownership in (first, second):
        ownership.own_file("state.h5").write_text(ownership.token)
    assert first.own_file("state.h5") != second.own_file("state.h5")
    found = {path.read_text() for path in first.files("state.h5")}
    assert found == {first.token, second.token}
    assert first.files("maps.journal") == []


def test_the_last_written_file_comes_first(tmp_path):
    ownership = OutputOwnership(tmp_path / "a.h5")
    for age, name in enumerate(("state-b.h5", "state-c.h5", "state-a.h5")):
        (ownership.folder / name).touch()
        os.utime(ownership.folder / name, ns=(0, 10**9 * (10 - age)))
    names = [path.name for path in ownership.files("state.h5")]
    assert names == ["state-b.h5", "state-c.h5", "state-a.h5"]


def test_files_that_another_copy_removes_meanwhile_are_not_listed(tmp_path, monkeypatch):
    older, younger = OutputOwnership(tmp_path / "a.h5"), OutputOwnership(tmp_path / "a.h5")
    for ownership in (older, younger):
        ownership.own_file("state.h5").touch()
    listed = list(older.folder.glob("state-*.h5"))
    younger.release()
    monkeypatch.setattr(Path, "glob", lambda folder, pattern: iter(listed))
    assert older.files("state.h5") == []


def test_the_folder_tells_the_job(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    ownership = OutputOwnership(tmp_path / "a.h5")
    assert json.loads((ownership.folder / "owner.json").read_text())["job"] == "4711"
