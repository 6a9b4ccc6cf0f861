"""The part of the configuration that a length depends on: it travels with the networks."""

#: What each section says of a length; None: the section is a value, or all of it counts.
DEFINING = {
    "seed": None,
    "image": None,
    "training": ("runs", "batch_size"),
    "heatmaps": (
        "methods",
        "output",
        "against",
        "smooth_samples",
        "smooth_noise",
        "kinds",
        "batch_size",
        "precision",
        "antithetic",
        "jitter",
        "symmetries",
        "watched_lengths",
        "integration_steps",
        "occlusion_patch",
        "occlusion_stride",
        "baseline_blur",
    ),
    "calibration": (
        "models",
        "methods",
        "smooth_noise",
        "kinds",
        "criteria",
        "xinput",
        "smoothing",
    ),
    "cosmology": ("omega_m",),
}
#: Keys that bundles made before these keys were lack: what stands for how they were made. None of
#: their attribution methods looks at those of heatmaps.
ADDED_KEYS = {
    "heatmaps": {
        "integration_steps": 32,
        "occlusion_patch": 16,
        "occlusion_stride": 8,
        "baseline_blur": 4.0,
    },
    "calibration": {"methods": []},
}
#: Keys that a user may set otherwise than the bundle: other last digits, but what a device holds.
FREE_KEYS = ("heatmaps.batch_size",)
#: Sections that no length depends on, but checks of the configuration do.
ACCOMPANYING = ("control", "scores")


def sections_of(config):
    """Return what a bundle keeps of a complete configuration.

    Returns
    -------
    dict
        Sections with their keys, as in the configuration: those that a length depends on, the
        networks used (``models``), and of `ACCOMPANYING` what the former are checked against.
    """
    sections = {
        name: config[name] if keys is None else {key: config[name][key] for key in keys}
        for name, keys in DEFINING.items()
    }
    lengths = {key: value for key, value in config["lengths"].items() if key != "on_cluster"}
    return sections | {
        "lengths": lengths,
        "models": [without_sources(model) for model in used_models(config)],
        "scores": {"published": config["scores"]["published"]},
        "control": {"model": without_sources(config["control"]["model"])},
    }


def with_added_keys(sections):
    """Complete the sections of a bundle with `ADDED_KEYS`; what is no mapping stays."""
    added = {
        name: keys | sections[name]
        for name, keys in ADDED_KEYS.items()
        if isinstance(sections.get(name), dict)
    }
    return sections | added


def used_models(config):
    """Return the models that are used, in order."""
    selected = config["selected_models"]
    return [model for model in config["models"] if not selected or model["name"] in selected]


def without_sources(network):
    """Return the settings of a network without where its weights came from: files elsewhere."""
    emptied = {"weights": "random"} | ({"trained": None} if "trained" in network else {})
    return network | emptied
