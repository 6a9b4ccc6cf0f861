"""The correlation table of the test set: only what was chosen on the validation set."""

import numpy as np
import pandas as pd

from galbar.attribution.methods.map_sets import MapSet
from galbar.lengths.averages import mean_length
from galbar.lengths.setting_files import runs_of_setting
from galbar.lengths.units import scaled_from_pixels
from galbar.scores.bootstrap import draw_resamples
from galbar.scores.estimator_scores import samples_of_catalogue
from galbar.scores.setting_grid import correlate, order_columns, setting_frame


def list_choices(choice):
    """List the best setting and the published criterion of each model, each choice with its marks.

    A choice holds model, attribution, smooth_noise and setting, the marks chosen and
    published_criterion; a setting that is both comes once.
    """
    marked = {}
    for group in ("per_model", "published_per_model"):
        for candidate in choice[group].values():
            identity = _identity(candidate)
            marks = {"chosen": False, "published_criterion": False}
            _, marks = marked.setdefault(repr(identity), (candidate, marks))
            marks["published_criterion"] |= group == "published_per_model"
            marks["chosen"] |= identity == _identity(choice)
    return list(marked.values())


def _identity(choice):
    """Return what distinguishes one choice from another."""
    return choice["model"], MapSet.of(choice), choice["setting"]


def chosen_table(inputs, resampling):
    """Correlate the chosen settings with the catalogue, on the test set.

    Parameters
    ----------
    inputs : galbar.scores.inputs.ScoreInputs
    resampling : galbar.scores.estimator_scores.Resampling

    Returns
    -------
    pandas.DataFrame
        The columns of the validation table and ``sample``: "test", or "common" for the
        control network, which was trained on the other test galaxies. The control's
        columns of settings are empty.
    """
    catalogue = inputs.catalogue
    samples = samples_of_catalogue(catalogue)
    test, common = samples["test"], samples["common"]
    resamples = draw_resamples(int(test.sum()), resampling.samples, resampling.seed)
    galaxy_id = catalogue.loc[test, "galaxy_id"].to_numpy()
    tables = []
    for candidate, marks in list_choices(inputs.choice):
        runs = runs_of_setting(inputs.groups, candidate, galaxy_id)
        length = mean_length(runs)[:, np.newaxis]
        scores = correlate(length, catalogue[test], resamples, resampling.level)
        row = setting_frame(candidate["model"], MapSet.of(candidate), [candidate["setting"]])
        tables.append(pd.concat([row, scores], axis=1).assign(**marks, sample="test"))
    pixels = inputs.control[test, np.newaxis] / scaled_from_pixels(1.0)
    # The common galaxies of the same resamples: the others have no reference.
    galaxies = catalogue[test].assign(length_scaled=catalogue["length_scaled"].where(common))
    row = correlate(pixels, galaxies, resamples, resampling.level)
    tables.append(
        row.assign(model="control", chosen=False, published_criterion=False, sample="common")
    )
    # Through records: columns that are empty for the control keep the type of the others.
    rows = [record for table in tables for record in table.to_dict("records")]
    return order_columns(pd.DataFrame(rows))
