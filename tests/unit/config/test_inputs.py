"""The configuration against the tables that it names, before a job runs."""

import pytest

from galbar.config.check import check_config
from galbar.config.inputs import check_inputs


def table(folder, galaxies):
    folder.mkdir(parents=True)
    lines = [f"{number},1,0.1,1,2" for number in range(1, galaxies + 1)]
    header = "objid,length_avg,length_stdev,length_scaled,bar_meas"
    (folder / "hoyle_barlengths.csv").write_text("\n".join([header, *lines]) + "\n")


def test_galaxies_to_be_shown_are_in_the_survey(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = check_config({"survey": {"simulate": True}, "figures": {"galaxies": [3, 7, 11]}})
    # The survey is still to come.
    check_inputs(config)
    table(tmp_path / "results/survey", 10)
    with pytest.raises(ValueError, match=r"figures.galaxies: found 11, expected objids of results"):
        check_inputs(config)


def test_splits_fit_the_rows_of_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr("galbar.config.inputs.check_headers", lambda *arguments, thorough: None)
    table(tmp_path / "data", 12)
    asked = {"data": {"directory": str(tmp_path / "data")}}
    check_inputs(check_config(asked))
    few = check_config(asked | {"catalogue": {"validation_split": 0.05}})
    with pytest.raises(ValueError, match="of 12 galaxies give 0 for validation and 2 for the con"):
        check_inputs(few)
    few = check_config(asked | {"augmentation": {"validation_split": 0.05}})
    with pytest.raises(ValueError, match=r"augmentation.validation_split = 0.05 of 10 gala"):
        check_inputs(few)


def test_tables_of_other_methods_are_looked_at_before_a_job_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text("objid,bar\n1,2\n")
    entries = [{"name": name, "table": f"{name}.csv"} for name in ("mine", "none")]
    config = check_config({"survey": {"simulate": True}, "scores": {"external": entries}})
    with pytest.raises(ValueError, match=r"mine.csv: missing columns, expected one of") as error:
        check_inputs(config)
    assert "none.csv: No such file or directory (scores.external)" in str(error.value)
