"""The lengths that every estimator, baselines included, gives the galaxies of the catalogue."""

from dataclasses import replace

import numpy as np

from galbar.attribution.methods.map_sets import MapSet
from galbar.calibration.intervals import LEVELS, interval_columns
from galbar.lengths.averages import mean_length
from galbar.lengths.error_model import assign_sigma, sigma_of_runs
from galbar.lengths.setting_files import runs_of_setting
from galbar.lengths.units import scaled_from_pixels
from galbar.scores.baselines import BASELINES, galaxy_size
from galbar.scores.estimator_lengths import EstimatorLengths, describe_mask, kpc_h_of_pixels
from galbar.scores.rival_lengths import rival_lengths
from galbar.scores.selection import few_galaxies

# Standard error of a length of the control network: the published value [kpc/h].
CONTROL_SIGMA = 1.0


def setting_lengths(name, description, choice, groups, catalogue, omega_m):
    """Return the lengths of one model and setting, the mean over runs, with their error model.

    ``choice`` holds model, attribution, smooth_noise and setting; ``groups`` come from
    `galbar.lengths.setting_files.group_barlengths`. sigma is by decile of the length on the test
    set; NaN with one run only.
    """
    pixels = runs_of_setting(groups, choice, catalogue["galaxy_id"].to_numpy())
    runs = {
        "length_kpc_h": kpc_h_of_pixels(pixels, catalogue, omega_m),
        "length_scaled": scaled_from_pixels(pixels),
    }
    test = (catalogue["split"] == "test").to_numpy()
    length, sigma = {}, {}
    for quantity, values in runs.items():
        length[quantity] = mean_length(values)
        sigma[quantity] = assign_sigma(length[quantity], sigma_of_runs(values[:, test]))
    return EstimatorLengths(name, description, choice["model"], length, sigma)


def calibrated_lengths(table, catalogue, omega_m, model=""):
    """Return the calibrated lengths with their intervals.

    Parameters
    ----------
    table : pandas.DataFrame, n rows
        results/calibrated_lengths/hoyle.csv, or the rows of one network of
        results/calibrated_by_network.csv.
    catalogue, omega_m : as for `kpc_h_of_pixels`
    model : str, the network; "" for all of them

    Returns
    -------
    EstimatorLengths, whose sigma is half the width of the 68 % interval, NaN without one
    """
    ends = {level: [] for level in LEVELS}
    for name, (level, _) in interval_columns("length_scaled").items():
        ends[level].append(table[name].to_numpy(dtype=float))
    scaled = table["length_scaled"].to_numpy(dtype=float)
    # Of a galaxy all lengths have one factor.
    factor = {
        "length_scaled": np.ones(len(table)),
        "length_kpc_h": kpc_h_of_pixels(
            np.full(len(table), 1 / scaled_from_pixels(1.0)), catalogue, omega_m
        ),
    }
    intervals = {
        quantity: {level: (low * of_one, high * of_one) for level, (low, high) in ends.items()}
        for quantity, of_one in factor.items()
    }
    sigma = {quantity: np.diff(of[LEVELS[0]], axis=0)[0] / 2 for quantity, of in intervals.items()}
    (kind,) = table["calibration"].unique()
    (note,) = table["note"].unique()
    return EstimatorLengths(
        name=f"calibrated_{model}" if model else "calibrated",
        description=f"calibrated on the settings of {model or 'all networks selected'}: {kind}",
        model=model,
        length={quantity: scaled * of_one for quantity, of_one in factor.items()},
        sigma=sigma,
        note=note,
        intervals=intervals,
    )


def control_lengths(scaled, catalogue, omega_m):
    """Return the lengths of the control, which is never scored on its training galaxies.

    Parameters
    ----------
    scaled : ndarray, shape (n,)
        Predicted length_scaled; to kpc/h by the same scales as the heat maps' lengths.
    catalogue : pandas.DataFrame, n rows, from `galbar.scores.inputs.read_catalogue`
    omega_m : as for `kpc_h_of_pixels`

    Returns
    -------
    EstimatorLengths
    """
    length = {
        "length_kpc_h": kpc_h_of_pixels(scaled / scaled_from_pixels(1.0), catalogue, omega_m),
        "length_scaled": scaled,
    }
    return EstimatorLengths(
        name="control",
        description="network trained directly on the catalogue's lengths",
        model="control",
        length=length,
        sigma=_published_sigma(catalogue),
        samples=("common",),
    )


def catalogue_lengths(catalogue):
    """Return the lengths of the catalogue, by quantity.

    Parameters
    ----------
    catalogue : pandas.DataFrame, n rows, from `galbar.scores.inputs.read_catalogue`

    Returns
    -------
    dict of str to ndarray, shape (n,)
        "length_kpc_h" (column length_avg) [kpc/h] and "length_scaled".
    """
    return {
        "length_kpc_h": catalogue["length_avg"].to_numpy(dtype=float),
        "length_scaled": catalogue["length_scaled"].to_numpy(dtype=float),
    }


def human_lengths(catalogue):
    """Return the catalogue's own lengths, to be scored against the truth of a simulated survey.

    Returns
    -------
    EstimatorLengths
        sigma 0: the published weights already hold the 17 % of the catalogue.
    """
    length = catalogue_lengths(catalogue)
    sigma = {quantity: np.zeros(len(catalogue)) for quantity in length}
    description = "mean of the human measurements: the ceiling of what the catalogue can show"
    return EstimatorLengths("human", description, "", length, sigma)


def lengths_of_estimators(inputs, omega_m):
    """Return the lengths of all estimators, the calibrated first and baselines last.

    Parameters
    ----------
    inputs : galbar.scores.inputs.ScoreInputs
    omega_m : float, matter density, for the angular diameter distance

    Returns
    -------
    list of EstimatorLengths
    """
    best = inputs.choice
    choices = [("saliency", "chosen on the validation set", best)]
    if best["published"]:
        choices.append(("saliency_published", "published criterion", best["published"]))
    for model, best_of_model in best["per_model"].items():
        origin = f"best of {model} on the validation set"
        choices.append((f"saliency_{model}", origin, best_of_model))
    estimators = []
    for name, origin, choice in choices:
        description = f"{origin}: {describe_setting(choice)}"
        lengths = setting_lengths(
            name, description, choice, inputs.groups, inputs.catalogue, omega_m
        )
        # The published criterion was not chosen here.
        note = "" if name == "saliency_published" else few_galaxies(choice["n"])
        estimators.append(replace(lengths, note=note))
    baselines = _baselines(estimators[0], inputs.catalogue)
    return [
        calibrated_lengths(inputs.calibrated, inputs.catalogue, omega_m),
        *(
            calibrated_lengths(table, inputs.catalogue, omega_m, model)
            for model, table in inputs.networks.items()
        ),
        *estimators,
        control_lengths(inputs.control, inputs.catalogue, omega_m),
        *rival_lengths(inputs, omega_m),
        *baselines,
    ]


def describe_setting(choice):
    """Describe a model, set of heat maps and setting in one line.

    Parameters
    ----------
    choice : dict with model, attribution, smooth_noise and setting

    Returns
    -------
    str
    """
    setting = choice["setting"]
    map_in_words = f"{setting['kind']} map" + (" x image" if setting["xinput"] else "")
    phrases = [choice["model"], MapSet.of(choice).label, *describe_mask(setting, map_in_words)]
    return ", ".join(phrases)


def _published_sigma(catalogue):
    """Return the control's published error, used for the baselines too."""
    lengths = catalogue_lengths(catalogue)
    size = galaxy_size(lengths["length_kpc_h"], lengths["length_scaled"])
    return {
        "length_kpc_h": np.full(len(catalogue), CONTROL_SIGMA),
        "length_scaled": CONTROL_SIGMA / size,
    }


def _baselines(chosen, catalogue):
    """Return the lengths of all baselines, from the catalogue's own sizes of the galaxies.

    These sizes carry no error of ours, so the baselines are at least as good as they could
    be with the scales that the other estimators use.
    """
    lengths = catalogue_lengths(catalogue)
    size = galaxy_size(lengths["length_kpc_h"], lengths["length_scaled"])
    estimators = []
    for baseline in BASELINES.values():
        scaled = baseline.scaled_lengths(catalogue, chosen.length["length_scaled"])
        estimators.append(
            EstimatorLengths(
                name=baseline.name,
                description=baseline.description,
                model=chosen.model if baseline.of_chosen else "",
                length={"length_kpc_h": scaled * size, "length_scaled": scaled},
                sigma=_published_sigma(catalogue),
                shuffled=baseline.shuffled,
            )
        )
    return estimators
