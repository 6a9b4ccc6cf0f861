"""Tables of predicted votes: their mean over models, and how well they agree with the volunteers.

No TensorFlow here: what scores and averages is light.
"""

import numpy as np
import pandas as pd

from galbar.catalogues.decision_tree import BAR, VOTE_COLUMNS

#: A network with an RMSE above this share of that of the mean explains less than 4 % of the
#: variance: it has learned nothing that is of use.
COLLAPSED_ABOVE = 0.98


def rmse(predicted, true):
    """Return the root mean square error over all elements; NaN makes it NaN."""
    difference = np.asarray(predicted, dtype=float) - np.asarray(true, dtype=float)
    return float(np.sqrt(np.mean(difference**2)))


def is_collapsed(error, error_of_mean):
    """Return whether a network is no better than the mean of its targets, or not finite."""
    return not error < COLLAPSED_ABOVE * error_of_mean


def match_rows(table, galaxy_ids, name):
    """Bring a table's rows into the order of ``galaxy_ids`` (n,); ValueError unless they match."""
    ids_in_table, requested_ids = pd.Index(table["galaxy_id"]), pd.Index(galaxy_ids)
    if ids_in_table.has_duplicates:
        raise ValueError(
            f"{name}: galaxy_id {ids_in_table[ids_in_table.duplicated()][0]} occurs twice"
        )
    for first, second, problem in (
        (requested_ids, ids_in_table, "lacks"),
        (ids_in_table, requested_ids, "has unknown"),
    ):
        odd = first.difference(second)
        if len(odd):
            raise ValueError(f"{name}: {problem} {len(odd)} galaxies, as galaxy_id {odd[0]}")
    return table.set_index("galaxy_id").loc[requested_ids].reset_index()


def average_votes(tables):
    """Average predictions over models.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        Name -> columns galaxy_id, the 37 votes and perhaps others (the first table's are kept);
        rows in any order.

    Returns
    -------
    pandas.DataFrame, in the order of the first table

    Raises
    ------
    ValueError, if there is no table, or the tables hold different galaxies
    """
    if not tables:
        raise ValueError("no predictions to average")
    result = next(iter(tables.values())).copy()
    votes = list(VOTE_COLUMNS)
    matched = [match_rows(table, result["galaxy_id"], name) for name, table in tables.items()]
    result[votes] = np.mean([table[votes].to_numpy() for table in matched], axis=0)
    return result


def score_votes(predicted, true, name):
    """Score predictions on the training and on the validation set.

    Parameters
    ----------
    predicted : pandas.DataFrame, columns galaxy_id and the 37 votes
    true : pandas.DataFrame
        The training table: columns galaxy_id, split ("train" or "validation") and the 37 votes.
    name : str, of the predictions, for messages

    Returns
    -------
    list of dict
        One per set: set, n, rmse (over all 37 columns), rmse_of_mean (of predicting the mean of the
        set "train"), collapsed, r_bar (Pearson r of Class3.1; NaN if either is constant).
    """
    votes = list(VOTE_COLUMNS)
    predicted = match_rows(predicted, true["galaxy_id"], name)
    mean = true.loc[true["split"] == "train", votes].mean().to_numpy()
    rows = []
    for kind in ("train", "validation"):
        chosen = (true["split"] == kind).to_numpy()
        true_votes = true.loc[chosen, votes].to_numpy()
        predicted_votes = predicted.loc[chosen, votes].to_numpy()
        error, error_of_mean = rmse(predicted_votes, true_votes), rmse(mean, true_votes)
        rows.append(
            {
                "set": kind,
                "n": int(chosen.sum()),
                "rmse": error,
                "rmse_of_mean": error_of_mean,
                "collapsed": is_collapsed(error, error_of_mean),
                "r_bar": _pearson(
                    predicted_votes[:, votes.index(BAR)], true_votes[:, votes.index(BAR)]
                ),
            }
        )
    return rows


def _pearson(first, second):
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])
