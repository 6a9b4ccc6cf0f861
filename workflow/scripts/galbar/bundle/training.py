"""Which galaxies a bundle has learned from."""

from galbar.catalogues.splits import is_calibrating


def count_galaxies(training, catalogue):
    """Count the galaxies that networks were trained on, and those that calibrated lengths.

    Parameters
    ----------
    training : DataFrame, with split, of the galaxies with votes
    catalogue : DataFrame, with split and length_scaled, of the bar length catalogue

    Returns
    -------
    dict of int, training_galaxies and calibrating_galaxies
    """
    return {
        "training_galaxies": int((training["split"] == "train").sum()),
        "calibrating_galaxies": int(is_calibrating(catalogue).sum()),
    }
