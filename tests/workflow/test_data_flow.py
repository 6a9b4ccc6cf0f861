"""The picture of the data flow in the README shows the workflow as it is."""

import importlib.util
import json

from PIL import Image


def test_the_picture_has_the_arrows_of_the_graph_of_rules(root):
    """If this fails: `make dag`."""
    spec = importlib.util.spec_from_file_location("draw", root / "docs/draw_data_flow.py")
    draw = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draw)
    edges = draw.reduce(draw.read_edges())
    assert ("heatmaps", "lengths") in edges
    with Image.open(root / "docs/images/data_flow.png") as picture:
        drawn = json.loads(picture.info["Description"])
    assert {tuple(edge) for edge in drawn} == edges
