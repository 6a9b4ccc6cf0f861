"""Tables of the workflow are read as what they were written from, whatever they look like."""

import numpy as np
import pandas as pd
import pytest

from galbar.io.atomic import write_csv
from galbar.io.result_tables import read_result_table

ID = 587722981736120347


def test_names_stay_texts_and_ids_integers(tmp_path):
    table = pd.DataFrame(
        {
            "galaxy_id": [ID, ID + 1, ID + 2],
            "image": ["000123", "NA", "1e5"],
            "split": ["test", "", "validation"],
            "redshift": [0.1, np.nan, 1 / 3],
            "asset_id": [1, 2, 3],
        }
    )
    path = tmp_path / "table.csv"
    write_csv(table, path)
    found = read_result_table(path)
    assert found["image"].tolist() == table["image"].tolist()
    assert found["split"].tolist() == table["split"].tolist()
    assert found["galaxy_id"].tolist() == table["galaxy_id"].tolist()
    np.testing.assert_array_equal(found["redshift"], table["redshift"])
    some = read_result_table(path, columns=["galaxy_id", "image"], rows=2)
    assert some["image"].tolist() == ["000123", "NA"]


def test_faults_name_the_file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("galaxy_id,image\n1,a\nx,b\n")
    with pytest.raises(ValueError, match=r"table\.csv: .*x"):
        read_result_table(path)
    with pytest.raises(ValueError, match=r"table\.csv: missing columns split; found galaxy_id"):
        read_result_table(path, columns=["galaxy_id", "split"])
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        read_result_table(tmp_path / "none.csv")


def test_no_other_reader_guesses_types(root):
    """Tables of the workflow are read in one place, those of users and surveys in another."""
    scripts = root / "workflow/scripts"
    readers = {
        str(path.relative_to(scripts))
        for path in scripts.rglob("*.py")
        if "read_csv(" in path.read_text()
    }
    assert readers == {"galbar/io/csv_columns.py", "galbar/io/result_tables.py"}
