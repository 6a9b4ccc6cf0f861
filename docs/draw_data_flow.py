"""Draw docs/images/data_flow.png: the stages of the workflow and what passes between them.

A stage is a file of workflow/rules. The arrows are those of the graph of rules that Snakemake finds
for the demo, without those that a longer way implies. Run in the root of the project (`make dag`).
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

ROOT = Path(__file__).resolve().parents[1]
# Stage -> column, row, title, what comes out of it.
STAGES = {
    "survey": (0, 1, "data", "published tables and\nimages, or simulated"),
    "images": (1, 1, "catalogues", "usable galaxies, splits"),
    "training": (2, 0, "networks", "VGG16, ResNet50V2,\nXception: 37 votes"),
    "predictions": (3, 0, "predictions", "votes, their errors"),
    "heatmaps": (2, 1, "heat maps", "pixels that speak\nfor a bar (SmoothGrad)"),
    "control": (2, 2, "control", "network that learns\nlengths directly"),
    "lengths": (3, 1, "bar lengths", "mask, largest distance:\npx, arcsec, kpc/h, error"),
    "scores": (3, 2, "scores", "calibration, chosen\nsetting, baselines"),
    "figures": (4, 1, "figures", "report, tables"),
}
WIDTH, HEIGHT = 1.9, 0.95
ACROSS, DOWN = 2.55, 1.45


def stages_of_rules():
    """Map each rule to its stage."""
    stages = {}
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        stage = "figures" if path.stem.startswith(("figures", "gallery")) else path.stem
        # Both look at all lengths of the validation galaxies.
        stage = "scores" if stage == "calibration" else stage
        names = re.findall(r"^rule (\w+):", path.read_text(), flags=re.MULTILINE)
        stages |= dict.fromkeys(names, stage)
    return stages


def read_edges():
    """Return the pairs of stages between which files pass, from Snakemake's graph of rules."""
    graph = subprocess.run(
        [
            sys.executable,
            "-m",
            "snakemake",
            "--profile",
            "profiles/demo",
            "--rulegraph",
            "mermaid-js",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rules = dict(re.findall(r"^\s*(id\d+)\[(\w+)\]", graph, flags=re.MULTILINE))
    stages = stages_of_rules()
    edges = set()
    for begin, end in re.findall(r"^\s*(id\d+) --> (id\d+)", graph, flags=re.MULTILINE):
        edge = stages.get(rules[begin]), stages.get(rules[end])
        if all(stage in STAGES for stage in edge) and edge[0] != edge[1]:
            edges.add(edge)
    return edges


def reduce(edges):
    """Return the edges from earlier to later stages that no longer way implies."""
    order = list(STAGES)
    forward = {edge for edge in edges if order.index(edge[0]) < order.index(edge[1])}

    def reaches(begin, end):
        return any(
            (begin, middle) in forward and (middle == end or reaches(middle, end))
            for middle in order
        )

    return {
        (begin, end)
        for begin, end in forward
        if not any((begin, middle) in forward and reaches(middle, end) for middle in order)
    }


def centre(stage):
    """Place of a stage in the picture [inch]."""
    column, row, *_ = STAGES[stage]
    return column * ACROSS, -row * DOWN


def draw(edges):
    """Draw the stages and the arrows between them."""
    width = 4 * ACROSS + WIDTH + 0.3
    height = 2 * DOWN + HEIGHT + 0.3
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-WIDTH / 2 - 0.15, 4 * ACROSS + WIDTH / 2 + 0.15))
    axes.set(ylim=(-2 * DOWN - HEIGHT / 2 - 0.15, HEIGHT / 2 + 0.15))
    axes.axis("off")
    for stage, (_, _, title, text) in STAGES.items():
        x, y = centre(stage)
        axes.add_patch(
            FancyBboxPatch(
                (x - WIDTH / 2, y - HEIGHT / 2),
                WIDTH,
                HEIGHT,
                boxstyle="round,pad=0,rounding_size=0.12",
                facecolor="#eef3f8",
                edgecolor="#35566f",
                linewidth=1.2,
            )
        )
        axes.text(x, y + 0.25, title, ha="center", va="center", fontsize=14, weight="bold")
        axes.text(x, y - 0.17, text, ha="center", va="center", fontsize=10.5, linespacing=1.25)
    for begin, end in sorted(reduce(edges)):
        both = (end, begin) in edges
        axes.add_patch(_arrow(begin, end, "<|-|>" if both else "-|>"))
    return figure


def _arrow(begin, end, style):
    """Arrow from the side of one box to the side of another."""
    (x1, y1), (x2, y2) = centre(begin), centre(end)
    if x1 == x2:
        down = -1 if y2 < y1 else 1
        tips = (x1, y1 + down * HEIGHT / 2), (x2, y2 - down * HEIGHT / 2)
    else:
        # Apart where several meet: towards the row that they come from.
        shift = 0.22 * (0 if y1 == y2 else (1 if y1 > y2 else -1))
        tips = (x1 + WIDTH / 2, y1 - shift), (x2 - WIDTH / 2, y2 + shift)
    return FancyArrowPatch(
        *tips,
        arrowstyle=style,
        mutation_scale=14,
        color="#35566f",
        linewidth=1.3,
        shrinkA=1,
        shrinkB=1,
    )


if __name__ == "__main__":
    found = read_edges()
    # The arrows are written into the file, too: a test compares them with the workflow's.
    about = {"Description": json.dumps(sorted(reduce(found)))}
    draw(found).savefig(ROOT / "docs/images/data_flow.png", dpi=150, metadata=about)
