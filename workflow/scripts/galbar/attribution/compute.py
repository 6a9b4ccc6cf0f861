"""Heat maps of many galaxies: one after another, and stored as they come."""

import json
from pathlib import Path

import numpy as np

from galbar.attribution.class_heatmaps import average_maps, write_class_heatmaps
from galbar.attribution.heatmap_files import (
    METHOD_KEYS,
    SETTING_ATTRIBUTES,
    create_heatmaps,
)
from galbar.attribution.journal import HeatmapJournal
from galbar.attribution.methods.map_sets import MapSet
from galbar.attribution.methods.record import NEUTRAL
from galbar.attribution.methods.registry import METHODS
from galbar.attribution.monte_carlo_error import with_mc_error
from galbar.io.decoded_images import each_image
from galbar.io.images import centre_crop, read_canvas, scale_canvas
from galbar.io.job_log import progress
from galbar.io.result_tables import read_result_table
from galbar.io.shards import rows_of_shard
from galbar.jobs.devices import software_versions
from galbar.jobs.sigterm import check_interruption
from galbar.jobs.takeover import OutputOwnership
from galbar.networks.linear_output import load_for_saliency, load_linear, select_output
from galbar.networks.mixed_precision import in_precision


def make_method(network, map_set, settings):
    """Make the attribution method of a `MapSet` for one network, of `load_for_saliency`.

    ``settings`` are those of `galbar.attribution.methods.record.AttributionMethod.make` but for the
    noise, and the precision; a missing one is neutral. The method is a function of (canvas,
    galaxy_id): a dict, kind -> map (ny, nx), float32, not normalised.
    """
    network = in_precision(network, settings.get("precision", NEUTRAL["precision"]))
    method = METHODS[map_set.attribution]
    return method.make(network, **settings, smooth_noise=map_set.smooth_noise)


def update_weights(method, network):
    """Tell a method, of `make_method` and float32, that the weights of its network have changed.

    Most methods use the network that they are given, and see it; others have a copy.
    """
    update = getattr(method, "update_weights", None)
    if update is not None:
        update(network)


def compute_heatmaps(
    model,
    catalogue,
    heatmaps,
    *,
    name,
    maps,
    shard,
    directory,
    image,
    votes,
    settings,
    watched,
    measure,
    decoded=None,
):
    """Write the maps (n, ny, nx) of the n galaxies of a shard, keeping those already done.

    Parameters
    ----------
    model, catalogue, heatmaps : str or Path
        Network, table of galaxies, and file to be written, see `galbar.attribution.heatmap_files`.
    name : str, of the model
    maps, shard : str, the set of heat maps and the part of the catalogue, as in paths
    directory : str or Path, that the images are relative to
    image : dict, height, width [pixel] and crop
    votes : dict, output and against, see `galbar.networks.linear_output.load_for_saliency`
    settings : dict, see `make_method`
    watched : list of dict, settings of the p watched lengths
    measure : callable
        Of (maps, grey), see `galbar.attribution.monte_carlo_error.MonteCarloAttribution`.
    decoded : str, Path or None, see `galbar.io.decoded_images.each_image`
    """
    ownership = OutputOwnership(heatmaps)
    table = read_result_table(catalogue, columns=["galaxy_id", "image"])
    table = table.iloc[rows_of_shard(shard, len(table))]
    shape = (image["height"], image["width"])
    network, digest = load_for_saliency(model, shape=shape, **votes)
    map_set, kinds = MapSet.parse(maps), settings["kinds"]
    method = make_method(network, map_set, settings)
    attribute = with_mc_error(method, {setting["kind"]: 0 for setting in watched}, measure)
    attributes = {
        "model": name,
        "model_sha256": digest,
        "output": votes["output"],
        "against": votes["against"] or "",
        **_describe(map_set, settings),
        "watched": json.dumps({"settings": watched}) if watched else "",
        **{key if key == "crop" else f"image_{key}": value for key, value in image.items()},
        "versions": json.dumps(software_versions()),
    }
    with HeatmapJournal(ownership, attributes, kinds, shape) as journal:
        _compute_missing(journal, attribute, table, directory, decoded, image)
        ownership.check()
        with create_heatmaps(heatmaps, table["galaxy_id"], kinds, shape, attributes) as writer:
            for row, galaxy in enumerate(table["galaxy_id"]):
                writer.write(row, *journal.read(galaxy))
    ownership.release()


def _describe(map_set, settings):
    """Return the attributes that define the maps; NaN where the method has no such key."""
    honoured = METHODS[map_set.attribution].settings
    values = settings | {"smooth_noise": map_set.smooth_noise}
    described = {
        name: values[name] if name in honoured and name in values else NEUTRAL.get(name, np.nan)
        for name in SETTING_ATTRIBUTES
    }
    own = {name: values[name] for name in METHOD_KEYS if name in honoured}
    return {"attribution": map_set.attribution} | described | own


def _compute_missing(journal, attribute, table, directory, decoded, image):
    """Compute the galaxies that the journal does not hold yet."""
    missing = table[~table["galaxy_id"].isin(journal.done)]
    if missing.empty:
        # The images may be gone by now.
        return
    paths = [Path(directory) / path for path in missing["image"]]
    canvases = each_image(decoded, missing["galaxy_id"], paths, **image)
    galaxies = zip(missing["galaxy_id"], canvases, strict=True)
    for galaxy, canvas in progress(galaxies, len(missing), "galaxies"):
        journal.write(galaxy, *attribute(canvas, galaxy))
        check_interruption(f"{len(journal.done)} of {len(table)} galaxies are stored")


def compute_class_heatmaps(
    models, selected, heatmaps, *, maps, directory, image, columns, settings
):
    """Write the maps of n galaxies for several votes, averaged over the networks.

    Parameters
    ----------
    models : sequence of str or Path
    selected : str or Path, table of the galaxies
    heatmaps : str or Path
        The file to be written, see `galbar.attribution.class_heatmaps`: images (n, ny, nx, 3) and
        normalised maps (n, columns, ny, nx).
    maps, directory, image : see `compute_heatmaps`
    columns : sequence of str, votes whose gradient is taken
    settings : sequence of dict, see `make_method`
        One per network; the kind is "absolute", whatever they say.

    Raises
    ------
    ValueError, if there are no models, or see `galbar.networks.linear_output.load_for_saliency`
    """
    if not models:
        raise ValueError(f"{heatmaps}: no networks whose heat maps are to be averaged")
    table = read_result_table(selected, columns=["galaxy_id", "image"])
    shape, map_set = (image["height"], image["width"]), MapSet.parse(maps)
    canvases = [read_canvas(Path(directory) / path, **image) for path in table["image"]]
    stack = np.zeros((len(models), len(table), len(columns), *shape), dtype=np.float32)
    settings = [setting | {"kinds": ["absolute"]} for setting in settings]
    for model, of_model, of_stack in zip(models, settings, stack, strict=True):
        network = load_linear(model, shape)
        for column, output in enumerate(columns):
            method = make_method(select_output(network, output), map_set, of_model)
            for row, (galaxy, canvas) in enumerate(zip(table["galaxy_id"], canvases, strict=True)):
                of_stack[row, column] = method(scale_canvas(canvas), galaxy)["absolute"]
    images = [centre_crop(canvas, *shape) for canvas in canvases]
    described = [_describe(map_set, setting) for setting in settings]
    write_class_heatmaps(
        heatmaps,
        table["galaxy_id"],
        np.reshape(images, (len(table), *shape, 3)),
        average_maps(stack),
        columns,
        {
            **described[0],
            "precision": [setting["precision"] for setting in described],
            "batch_size": [setting["batch_size"] for setting in described],
            "crop": image["crop"],
            "models": [str(path) for path in models],
        },
    )
