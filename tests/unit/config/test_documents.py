import pytest

from galbar.config.documents import SCHEMA, TABLE, readme_with_table, schema_text


def test_schema_and_table_are_written_from_the_models(root):
    """If this fails: `make docs-config`."""
    assert (root / SCHEMA).read_text() == schema_text()
    readme = (root / TABLE).read_text()
    assert readme_with_table(readme) == readme


def test_a_key_is_one_row_with_type_default_and_meaning(root):
    rows = (root / TABLE).read_text().splitlines()
    (row,) = (row for row in rows if row.startswith("| `image.crop` |"))
    assert row.startswith("| `image.crop` | number | `1.0` | side of the image's central part")
    (row,) = (row for row in rows if row.startswith("| `heatmaps.batch_size` |"))
    assert row.startswith("| `heatmaps.batch_size` | integer or auto | `16` | samples per pass")


def test_a_readme_without_the_table_is_refused():
    with pytest.raises(ValueError, match=r"config/README.md: found 0 tables of keys, expected one"):
        readme_with_table("# Configuration\n")
