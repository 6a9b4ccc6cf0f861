"""What checks of heat maps need the network for: the only module here that loads TensorFlow."""

import json
from pathlib import Path

import keras
import numpy as np

from galbar.attribution.compute import make_method, update_weights
from galbar.attribution.heatmap_files import open_heatmaps, without_partial_map
from galbar.attribution.methods.map_sets import MapSet
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.heatmap_checks.check_maps import CheckMaps, list_alterations, write_check_maps
from galbar.heatmap_checks.controls import control_maps
from galbar.heatmap_checks.faithfulness import areas_under_curves, without_bar
from galbar.heatmap_checks.random_weights import Cascade
from galbar.heatmap_checks.sample import draw_galaxies
from galbar.io.decoded_images import each_image
from galbar.io.images import centre_crop
from galbar.io.job_log import progress
from galbar.io.result_tables import read_result_table
from galbar.jobs.devices import software_versions
from galbar.lengths.preparation import smooth_positive
from galbar.lengths.setting_files import rows_of
from galbar.networks.linear_output import load_linear, select_output


def compute_checks(
    model,
    heatmaps,
    catalogue,
    checked,
    *,
    name,
    directory,
    decoded,
    image,
    votes,
    settings,
    checks,
    seed,
):
    """Write what the checks of one network and set of heat maps need the network for.

    Parameters
    ----------
    model, heatmaps, catalogue, checked : str or Path
        Network, its heat maps, hoyle_split.csv, and the file to be written, see
        `galbar.heatmap_checks.check_maps`.
    name : str, the set of heat maps, as in paths
    directory, decoded, image, votes : see `galbar.attribution.compute.compute_heatmaps`
    settings : dict, see `galbar.attribution.compute.make_method`
        The precision is float32, whatever they say: a change of the weights would not reach the
        copy in another one.
    checks : dict, the section of the configuration
    seed : int, of the galaxies, the random weights and the controls
    """
    galaxies = draw_galaxies(read_result_table(catalogue), checks["galaxies"], seed)
    ids = galaxies["galaxy_id"].to_numpy()
    paths = [Path(directory) / path for path in galaxies["image"]]
    canvases = list(each_image(decoded, ids, paths, **image))
    windows = [centre_crop(canvas, image["height"], image["width"]) for canvas in canvases]
    alterations = list_alterations(checks["randomised"], checks["answers"])
    with open_heatmaps(heatmaps) as store:
        rows = rows_of(store.ids, ids, heatmaps)
        trained = {kind: [store.read(row, kind) for row in rows] for kind in store.kinds}
    settings = settings | {"kinds": list(trained), "precision": "float32"}
    altered = _Altered(model, MapSet.parse(name), votes, settings, image, checks, seed)
    shape = (len(alterations), *np.shape(canvases)[:1], *windows[0].shape[:2])
    stacks = {kind: np.empty(shape, dtype=np.float32) for kind in trained}
    for number, alteration in enumerate(progress(alterations, len(alterations), "alterations")):
        for row, maps in enumerate(altered.maps(alteration, canvases, ids)):
            for kind in trained:
                stacks[kind][number, row] = without_partial_map(maps[kind], ids[row], kind)
    faithful = _faithfulness(model, votes["output"], trained, windows, ids, seed, image)
    content = CheckMaps(galaxy_id=ids, alterations=alterations, maps=stacks, **faithful)
    versions = json.dumps(software_versions())
    write_check_maps(checked, content, {"maps": name, "versions": versions})


class _Altered:
    """One network, and its maps with random weights or for another answer."""

    def __init__(self, model, map_set, votes, settings, image, checks, seed):
        self._network = load_linear(model, (image["height"], image["width"]))
        self._map_set, self._settings = map_set, settings
        self._networks = checks["random_networks"]
        self._cascade = Cascade(self._network, self._networks, seed)
        self._selected = select_output(self._network, votes["output"], votes["against"])
        self._method = self._make(self._selected)

    def _make(self, network):
        return make_method(network, self._map_set, self._settings)

    def maps(self, alteration, canvases, ids):
        """Compute the maps of all galaxies: a list of dicts, kind -> (ny, nx)."""
        if alteration.check == "other_answer":
            method = self._make(select_output(self._network, alteration.altered))
            return [method(*pair) for pair in zip(canvases, ids, strict=True)]
        maps = [None] * len(ids)
        # Galaxy after galaxy goes to the next random network: none decides alone.
        for number in range(self._networks):
            self._cascade.randomise(float(alteration.altered), number)
            update_weights(self._method, self._selected)
            for row in range(number, len(ids), self._networks):
                maps[row] = self._method(canvases[row], ids[row])
        self._cascade.restore()
        return maps


def _faithfulness(model, output, trained, windows, ids, seed, image):
    """Delete and insert pixels in the order of each kind of map and of each control."""
    network = keras.models.load_model(model, compile=False)
    column = VOTE_COLUMNS.index(output) if network.output_shape[-1] > 1 else 0

    def predict(images):
        return network.predict_on_batch(images)[:, column]

    ranked, areas = list(trained), []
    for row, window in enumerate(windows):
        controls = control_maps(ids[row], window, seed=seed, crop=image["crop"])
        maps = [smooth_positive(trained[kind][row], kind, 0) for kind in trained]
        ranked = [*trained, *controls]
        areas.append(
            [areas_under_curves(window, each, predict) for each in [*maps, *controls.values()]]
        )
    deletion, insertion = np.reshape(areas, (len(ids), len(ranked), 2)).T
    return {
        "ranked": ranked,
        "deletion": deletion,
        "insertion": insertion,
        "vote": _each_vote(predict, windows),
        "vote_blurred": _each_vote(predict, map(without_bar, windows)),
    }


def _each_vote(predict, windows):
    """Return the votes (n,) of images, one by one: together they may be more than memory holds."""
    return np.array([predict(window[np.newaxis])[0] for window in windows])
