"""Where the maps lie: on the bar, or on the galaxy as any map of it would (Arras et al. 2022)."""

import numpy as np

from galbar.heatmap_checks.controls import control_maps
from galbar.heatmap_checks.measures import (
    each,
    intersection_over_union,
    pointing,
    rank_accuracy,
    relevance_mass,
)
from galbar.lengths.measure import find_mask
from galbar.lengths.preparation import smooth_positive

_LOCALISATION = {
    "relevance_mass": relevance_mass,
    "rank_accuracy": rank_accuracy,
    "pointing": pointing,
}


def _each_control(sample):
    """Return the controls of all galaxies: name -> list of maps."""
    controls = [
        control_maps(galaxy, window, seed=sample.seed, crop=sample.crop)
        for galaxy, window in zip(sample.galaxy_id, sample.windows, strict=True)
    ]
    return {name: [of_galaxy[name] for of_galaxy in controls] for name in controls[0]}


def localisation_rows(maps, sample, resamples):
    """Compare maps and isolated bars with the masks of the bars, beside the controls."""
    rows = []
    controls = _each_control(sample)
    for kind, stack in maps.trained.items():
        positive = [smooth_positive(heatmap, kind, 0) for heatmap in stack]
        for measure, function in _LOCALISATION.items():
            of_maps = each(function, positive, sample.masks)
            row = maps.named("localisation", kind) | {"measure": measure}
            rows.append(row | resamples.mean(of_maps))
            for control, heatmaps in controls.items():
                values = each(function, heatmaps, sample.masks)
                rows.append(row | {"map": control} | resamples.mean(values, of_maps))
    for (kind, xinput), choice in maps.settings.items():
        of_maps = _overlap(maps, sample, choice, maps.trained[kind])
        row = maps.named("localisation", kind, xinput, choice) | {"measure": "iou"}
        rows.append(row | resamples.mean(of_maps))
        for control, heatmaps in controls.items():
            values = _overlap(maps, sample, choice, heatmaps)
            rows.append(row | {"map": control} | resamples.mean(values, of_maps))
    return rows


def _overlap(maps, sample, choice, heatmaps):
    """Return the IoU (n,) of the bars that a setting isolates on maps of its kind."""
    setting, values = choice["setting"], []
    for heatmap, grey, mask in zip(heatmaps, sample.greys, sample.masks, strict=True):
        _, isolated = find_mask({setting["kind"]: heatmap}, setting, grey, maps.criteria)
        # An empty mask measures nothing; it is no miss.
        usable = isolated.any() and np.isfinite(mask).all()
        values.append(intersection_over_union(isolated, mask) if usable else np.nan)
    return np.array(values)
