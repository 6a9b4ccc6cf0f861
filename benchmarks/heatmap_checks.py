"""The measures of the checks of heat maps, against independent packages on the demo's maps.

Usage, from the root of the repository, after ``make demo``: ``make benchmark``, or
``.venv/bin/python benchmarks/heatmap_checks.py [demo/results]``. Relevance mass, rank accuracy and
pointing against Quantus, structural similarity against scikit-image, deletion and insertion against
xplique, on the galaxies, maps and masks of the demo's checks. The ratio of times is of the same
numbers, one after the other in this process. The packages are installed aside, and what they load
for other purposes is replaced by empty modules.
"""

import argparse
import sys
import time
import types
import warnings
from pathlib import Path

import keras
import numpy as np
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
sys.path.insert(0, str(ROOT / "benchmarks"))
sys.path.append(str(ROOT / "build" / "benchmark"))
for name in ("cv2", "tensorflow_probability"):
    sys.modules.setdefault(name, types.ModuleType(name))

import quantus  # noqa: E402
from machine import describe_machine  # noqa: E402
from skimage.metrics import structural_similarity as similarity_of_skimage  # noqa: E402
from xplique.metrics import Deletion, Insertion  # noqa: E402

from galbar.attribution.heatmap_files import normalise, open_heatmaps  # noqa: E402
from galbar.catalogues.decision_tree import VOTE_COLUMNS  # noqa: E402
from galbar.heatmap_checks import measures  # noqa: E402
from galbar.heatmap_checks.faithfulness import STEPS, areas_under_curves, without_bar  # noqa: E402
from galbar.heatmap_checks.read_inputs import read_sample  # noqa: E402
from galbar.lengths.preparation import smooth_positive  # noqa: E402
from galbar.lengths.setting_files import rows_of  # noqa: E402

BAR = VOTE_COLUMNS.index("Class3.1")


def timed(function):
    """Return what a function gives, and the seconds that it took."""
    begin = time.perf_counter()
    result = np.array(function())
    return result, time.perf_counter() - begin


def report(name, package, ours, theirs):
    """Print how far two implementations are apart, and the ratio of their times."""
    (values, seconds), (reference, seconds_of_reference) = ours, theirs
    difference = np.abs(values - reference).max()
    print(
        f"{name:22} {package:13} mean {values.mean():.4f} and {reference.mean():.4f}, largest "
        f"difference {difference:.1e}, time over theirs {seconds / seconds_of_reference:.2f}"
    )


def by_quantus(metric, maps, masks):
    """Evaluate a metric of Quantus, which takes images with their channel first."""
    measure = metric(disable_warnings=True, abs=False, normalise=False)
    shape = (len(maps), 1, *maps[0].shape)
    stacks = (np.reshape(stack, shape) for stack in (maps, maps, np.array(masks) > 0.5))
    images, attributions, segments = stacks
    answers = np.zeros(len(maps), dtype=int)
    return measure(None, images, answers, attributions, segments.astype(int))


def by_skimage(first, second):
    """Evaluate the structural similarity of scikit-image as Wang et al. (2004) define it."""
    how = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1}
    # The mean over all pixels: that of the package leaves out the edge.
    return similarity_of_skimage(first, second, full=True, **how)[1].mean()


def by_xplique(metric, network, windows, maps):
    """Evaluate deletion or insertion of xplique, galaxy by galaxy."""
    vote = keras.Model(network.inputs[0], network.outputs[0][:, BAR : BAR + 1])
    areas = []
    for window, heatmap in zip(windows, maps, strict=True):
        base = without_bar(window)[np.newaxis]
        how = {"baseline_mode": lambda _, base=base: base, "steps": STEPS}
        curve = metric(vote, window[np.newaxis], np.ones((1, 1), np.float32), **how)
        areas.append(curve.evaluate(heatmap[np.newaxis]))
    return areas


def compare_localisation(sample, maps):
    """Compare the three measures of where a map lies, on masks of whole pixels."""
    masks = [(mask > 0.5).astype(float) for mask in sample.masks]
    for name, metric in (
        ("relevance_mass", quantus.RelevanceMassAccuracy),
        ("rank_accuracy", quantus.RelevanceRankAccuracy),
        ("pointing", quantus.PointingGame),
    ):
        function = getattr(measures, name)
        ours = timed(lambda function=function: list(map(function, maps, masks)))
        theirs = timed(lambda metric=metric: by_quantus(metric, maps, masks))
        report(name, "Quantus", ours, theirs)


def compare_faithfulness(network, sample, maps):
    """Compare the areas under the curves of deletion and insertion."""

    def predict(images):
        return network.predict_on_batch(images)[:, BAR]

    areas_under_curves(sample.windows[0], maps[0], predict)
    areas, seconds = timed(
        lambda: [
            areas_under_curves(window, heatmap, predict)
            for window, heatmap in zip(sample.windows, maps, strict=True)
        ]
    )
    for number, metric in enumerate((Deletion, Insertion)):
        theirs = timed(lambda metric=metric: by_xplique(metric, network, sample.windows, maps))
        report(metric.__name__.lower(), "xplique", (areas[:, number], seconds / 2), theirs)


def main():
    """Compare all measures on the maps of one network of a demo."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="?", type=Path, default=ROOT / "demo/results")
    results = parser.parse_args().results
    warnings.simplefilter("ignore")
    print(describe_machine())
    config = yaml.safe_load((ROOT / "config/demo.yaml").read_text(encoding="utf-8"))
    model = config["models"][-1]["name"]
    sample = read_sample(
        *(results / "catalogues/hoyle_split.csv", results / "images/hoyle.h5"),
        *(results / "survey/bar_masks.csv", None),
        image=config["image"],
        galaxies=config["checks"]["galaxies"],
        seed=42,
    )
    noise = config["heatmaps"]["smooth_noise"][0]
    with open_heatmaps(results / f"{model}/run1/heatmaps/hoyle/noise{noise:g}.h5") as store:
        rows = rows_of(store.ids, sample.galaxy_id, store.path)
        maps = [
            smooth_positive(store.read(row, "gradient_input"), "gradient_input", 0) for row in rows
        ]
        # Of these no two pixels are equal, so that their order is the same for everyone.
        absolute = [store.read(row, "absolute") for row in rows]
    print(f"{model}, maps of {len(maps)} galaxies")
    compare_localisation(sample, maps)
    shown = [normalise(heatmap) for heatmap in maps]
    pairs = shown, np.roll(shown, 1, axis=0)
    report(
        *("structural_similarity", "scikit-image"),
        timed(lambda: list(map(measures.structural_similarity, *pairs))),
        timed(lambda: list(map(by_skimage, *pairs))),
    )
    network = keras.models.load_model(results / f"{model}/run1/model.keras", compile=False)
    compare_faithfulness(network, sample, absolute)


if __name__ == "__main__":
    main()
