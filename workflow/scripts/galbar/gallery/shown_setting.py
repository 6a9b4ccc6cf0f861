"""The setting whose heat maps and masks the gallery shows: one network's, of the first run."""

from galbar.attribution.methods.map_sets import MapSet


def pick_heatmaps(files, choice):
    """Return the heat maps that a setting is measured on.

    Parameters
    ----------
    files : iterable of galbar.attribution.heatmap_files.Heatmaps, open
    choice : dict with model, attribution, smooth_noise, "within_calibration" of the chosen setting

    Raises
    ------
    ValueError : if none of the files is of that network and set of heat maps
    """
    wanted = MapSet.of(choice)
    available = []
    for file in files:
        if file.attributes["model"] == choice["model"] and MapSet.of(file.attributes) == wanted:
            return file
        available.append(f"{file.attributes['model']} with {MapSet.of(file.attributes).label}")
    raise ValueError(
        f"no heat maps of {choice['model']} with {wanted.label}; found {', '.join(available)}"
    )


def setting_in_words(choice):
    """Return a setting in words, such as "vgg16, noise 0.1, signed, level, level_fraction 0.5"."""
    setting = choice["setting"]
    parts = [choice["model"], MapSet.of(choice).label, setting["kind"], setting["criterion"]]
    others = (key for key in setting if key not in ("kind", "criterion", "xinput"))
    parts += [f"{key} {setting[key]:g}" for key in others if setting[key] is not None]
    return ", ".join(parts + ["times the image"] * bool(setting["xinput"]))
