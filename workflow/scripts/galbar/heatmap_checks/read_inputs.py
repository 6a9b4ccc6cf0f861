"""What the table of checks is made of, read from the files of a run."""

import numpy as np

from galbar.attribution.heatmap_files import open_heatmaps
from galbar.attribution.methods.map_sets import MapSet
from galbar.attribution.model_average import AVERAGE_HEATMAPS, open_average
from galbar.heatmap_checks.bar_masks import read_bar_masks
from galbar.heatmap_checks.check_maps import read_check_maps
from galbar.heatmap_checks.checked_maps import CheckedMaps
from galbar.heatmap_checks.sample import CheckSample, draw_galaxies
from galbar.heatmap_checks.settings import best_settings
from galbar.io.decoded_images import DecodedImages
from galbar.io.images import centre_crop, scale_canvas
from galbar.lengths.setting_files import rows_of
from galbar.scores.inputs import read_catalogue
from galbar.scores.truth import read_truth


def read_sample(catalogue, decoded, masks, truth, *, image, galaxies, seed):
    """Read the galaxies of the checks.

    Parameters
    ----------
    catalogue, decoded : str or Path, hoyle_split.csv and its decoded images
    masks, truth : str, Path or None, table of masks, and truth.csv of a simulated survey
    image : dict, height, width [pixel] and crop
    galaxies, seed : int, see `galbar.heatmap_checks.sample.draw_galaxies`

    Returns
    -------
    CheckSample
    """
    table = draw_galaxies(read_catalogue(catalogue), galaxies, seed)
    ids = table["galaxy_id"].to_numpy()
    canvases = DecodedImages(decoded, ids, **image).read(np.arange(len(ids)))
    references = {"catalogue": table["length_scaled"].to_numpy(dtype=float)}
    if truth:
        references["truth"] = read_truth(truth, ids)["length_scaled"]
    return CheckSample(
        galaxy_id=ids,
        windows=centre_crop(scale_canvas(canvases), image["height"], image["width"]),
        masks=read_bar_masks(masks, ids, **image) if masks else None,
        references=references,
        crop=image["crop"],
        seed=seed,
    )


def read_checked_maps(
    model, maps, heatmaps, checked, *, sample, correlations, min_measured_share, criteria=()
):
    """Read the heat maps of one network, or the average of several, and their checks.

    Parameters
    ----------
    model, maps : str, network and set of heat maps, as in paths
    heatmaps : list of str or Path, files of heat maps, several for their average
    checked : str, Path or None, file of `galbar.heatmap_checks.check_maps`; None for an average
    sample : CheckSample
    correlations, min_measured_share : see `galbar.heatmap_checks.settings.best_settings`
    criteria : sequence, a user's own, see `galbar.lengths.criteria.registry.load_criteria`

    Returns
    -------
    CheckedMaps

    Raises
    ------
    ValueError : if the file of checks is of other galaxies
    """
    map_set = MapSet.parse(maps)
    is_average = model == AVERAGE_HEATMAPS
    with open_average(heatmaps) if is_average else open_heatmaps(heatmaps[0]) as store:
        rows = rows_of(store.ids, sample.galaxy_id, store.path)
        kinds = store.kinds
        trained = {kind: np.array([store.read(row, kind) for row in rows]) for kind in kinds}
    content = read_check_maps(checked) if checked else None
    if content is not None and not np.array_equal(content.galaxy_id, sample.galaxy_id):
        raise ValueError(
            f"{checked}: found checks of other galaxies than the {len(sample.galaxy_id)} that are "
            "drawn now: compute them again"
        )
    settings = best_settings(correlations, model, map_set, min_measured_share)
    return CheckedMaps(model, map_set, trained, settings, content, tuple(criteria))
