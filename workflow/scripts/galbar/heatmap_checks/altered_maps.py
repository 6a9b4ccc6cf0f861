"""What is left of maps and lengths when the network, the answer or the galaxy is another one."""

import numpy as np

from galbar.attribution.heatmap_files import normalise
from galbar.heatmap_checks.measures import each, rank_correlation, structural_similarity
from galbar.io.images import pixel_scale
from galbar.lengths.measure import length_function
from galbar.lengths.preparation import smooth_positive


def _lengths(maps, sample, choice, heatmaps, greys):
    """Return the lengths (n,) [pixel of the 424 px image] by one setting."""
    scale = pixel_scale(sample.windows.shape[2], sample.crop)
    setting = choice["setting"]
    measure = length_function([setting], scale, maps.criteria)
    return np.array(
        [
            measure({setting["kind"]: heatmap}, grey)[0]
            for heatmap, grey in zip(heatmaps, greys, strict=True)
        ]
    )


def _length_rows(row, maps, sample, resamples, choice, heatmaps, greys):
    """Correlate the lengths on altered maps with each reference, beside those on the maps."""
    trained = _lengths(maps, sample, choice, maps.trained[choice["setting"]["kind"]], sample.greys)
    lengths = _lengths(maps, sample, choice, heatmaps, greys)
    return [
        row
        | {"measure": f"r_{name}"}
        | resamples.correlation(lengths, reference, None if row["altered"] == "" else trained)
        for name, reference in sample.references.items()
    ]


def _similarity_rows(row, resamples, kind, trained, heatmaps):
    """Compare maps with the maps as they are, galaxy by galaxy."""
    ranks = each(rank_correlation, trained, heatmaps)
    shown = [
        [normalise(smooth_positive(heatmap, kind, 0)) for heatmap in stack]
        for stack in (trained, heatmaps)
    ]
    structures = each(structural_similarity, *shown)
    return [
        row | {"measure": "rank_correlation"} | resamples.mean(ranks),
        row | {"measure": "structural_similarity"} | resamples.mean(structures),
    ]


def other_galaxy_rows(maps, sample, resamples):
    """Measure the maps as they are, and then the map of each galaxy for the next one.

    The galaxies of a sample are in no order, so that the next one is any other.
    """
    rows = []
    for kind, stack in maps.trained.items():
        row = maps.named("other_galaxy", kind) | {"altered": "galaxy"}
        rows += _similarity_rows(row, resamples, kind, stack, np.roll(stack, 1, axis=0))
    for (kind, xinput), choice in maps.settings.items():
        row = maps.named("other_galaxy", kind, xinput, choice)
        stack = maps.trained[kind]
        arguments = maps, sample, resamples, choice
        rows += _length_rows(row, *arguments, stack, sample.greys)
        row |= {"altered": "galaxy"}
        rows += _length_rows(row, *arguments, np.roll(stack, 1, axis=0), sample.greys)
    return rows


def altered_rows(maps, sample, resamples):
    """Compare the maps of altered networks with the maps as they are, and their lengths."""
    rows = []
    for number, (check, altered) in enumerate(maps.checked.alterations):
        for kind, stacks in maps.checked.maps.items():
            row = maps.named(check, kind) | {"altered": altered}
            rows += _similarity_rows(row, resamples, kind, maps.trained[kind], stacks[number])
        for (kind, xinput), choice in maps.settings.items():
            row = maps.named(check, kind, xinput, choice) | {"altered": altered}
            stack = maps.checked.maps[kind][number]
            rows += _length_rows(row, maps, sample, resamples, choice, stack, sample.greys)
    return rows
