"""The model card of a bundle: what it was trained on, how it scores, what limits it."""

import pandas as pd

from galbar.scores.headline import headline_table

#: What a bundle says, wherever it is used, that has seen no real galaxy.
SIMULATED_ONLY = (
    "This bundle has seen SIMULATED GALAXIES ONLY. Its lengths of real galaxies are a trial of the "
    "method, and no measurements to publish."
)
_LIMITS = """\
- Lengths are projected, from tip to tip. Uncertain ones are drawn towards the middle: see slope.
- A galaxy without a bar gets a length, too: read the columns `bar` and `p_bar`.
- Images unlike those of the training are flagged (`outside_training`), not refused.
- Intervals hold for galaxies like those that calibrated the lengths.
- Lengths repeat to the last bit on one machine with the same packages; elsewhere up to rounding."""


def write_card(manifest, networks, scores, interval, truth=None, thresholds=None):
    """Write the model card of a bundle.

    Parameters
    ----------
    manifest : dict, from `galbar.bundle.manifest.make_manifest`
    networks : list of dict, the training_summary.json of each network and run
    scores : DataFrame, results/scores.csv
    interval : float, probability that an interval of the scores covers
    truth : DataFrame, optional, results/scores_truth.csv of a simulated survey
    thresholds : dict, optional, results/bar_thresholds.json

    Returns
    -------
    str, Markdown
    """
    blocks = [
        "# Model card",
        *([f"**{SIMULATED_ONLY}**"] if manifest["trained_on"]["simulated"] else []),
        f"A bundle of galbar {manifest['galbar']} (format {manifest['version']}): networks that "
        "predict the votes of Galaxy Zoo, and the calibration that turns their heat maps into bar "
        "lengths.",
        "## Trained on\n\n" + _describe_training(manifest["trained_on"]),
        "## Networks\n\n" + _markdown(_describe_networks(networks, manifest["configuration"])),
        "## Scores\n\nAgainst the lengths of the catalogue, on galaxies that nothing was fitted "
        f"on; {100 * interval:g} % intervals in brackets.\n\n" + _markdown(headline_table(scores)),
    ]
    if truth is not None:
        blocks.append("Against the true lengths:\n\n" + _markdown(headline_table(truth)))
    if thresholds:
        blocks.append(
            "## Bars\n\nA galaxy is said to have a bar from `p_bar` = "
            f"{_number(thresholds['yes'])} on, and none below {_number(thresholds['no'])}."
        )
    versions = "\n".join(f"- {name} {text}" for name, text in sorted(manifest["versions"].items()))
    blocks += ["## Limits\n\n" + _LIMITS, "## Versions\n\n" + versions]
    return "\n\n".join(blocks) + "\n"


_VOTES = {"kaggle": "Kaggle's Galaxy Challenge", "gz2": "votes of Hart et al. 2016"}


def _describe_training(trained_on):
    survey = (
        f"the simulated survey of galbar, seed {trained_on['survey_seed']}"
        if trained_on["simulated"]
        else f"galaxies of Galaxy Zoo 2 ({_VOTES[trained_on.get('votes', 'kaggle')]}) and the bar "
        "lengths of Hoyle et al. (2011)"
    )
    return (
        f"- Survey: {survey}.\n"
        f"- Votes of {trained_on['training_galaxies']} galaxies trained the networks.\n"
        f"- Lengths of {trained_on['calibrating_galaxies']} galaxies calibrated"
        f"{_describe_looks(trained_on['looks'])}."
    )


def _describe_looks(looks):
    """Say how often the galaxies of the calibration were measured."""
    if not looks:
        return ", each measured in its own colours alone"
    many = "another look" if looks == 1 else f"{looks} further looks"
    return f", each measured in {many}: with its colours changed as in the trainings"


def _describe_networks(networks, configuration):
    image = configuration["image"]
    return pd.DataFrame(
        {
            "network": network["model"],
            "run": str(network["run"]),
            "architecture": network["architecture"],
            "parameters": f"{network['parameters']:,}",
            "input [px]": f"{image['height']} x {image['width']}",
            "RMSE of votes (validation)": _number(network["val_rmse"]),
        }
        for network in networks
    )


def _number(value):
    return "unknown" if value is None else f"{value:.3f}"


def _markdown(table):
    """Write a table of texts in Markdown."""
    rows = [list(table), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
