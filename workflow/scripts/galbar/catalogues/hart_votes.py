"""The votes of Galaxy Zoo 2 as published by Hart et al. (2016), in the form of Kaggle's.

Hart et al. give for each answer its share of those who were asked the question, corrected for the
redshift (debiased). A column of Kaggle's table holds the share of all volunteers who reached the
question and gave the answer: the product of such shares along the tree.
"""

import logging
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from galbar.catalogues.decision_tree import QUESTIONS, SUMS

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

_ANSWERS = {
    "Class1.1": "t01_smooth_or_features_a01_smooth",
    "Class1.2": "t01_smooth_or_features_a02_features_or_disk",
    "Class1.3": "t01_smooth_or_features_a03_star_or_artifact",
    "Class2.1": "t02_edgeon_a04_yes",
    "Class2.2": "t02_edgeon_a05_no",
    "Class3.1": "t03_bar_a06_bar",
    "Class3.2": "t03_bar_a07_no_bar",
    "Class4.1": "t04_spiral_a08_spiral",
    "Class4.2": "t04_spiral_a09_no_spiral",
    "Class5.1": "t05_bulge_prominence_a10_no_bulge",
    "Class5.2": "t05_bulge_prominence_a11_just_noticeable",
    "Class5.3": "t05_bulge_prominence_a12_obvious",
    "Class5.4": "t05_bulge_prominence_a13_dominant",
    "Class6.1": "t06_odd_a14_yes",
    "Class6.2": "t06_odd_a15_no",
    "Class7.1": "t07_rounded_a16_completely_round",
    "Class7.2": "t07_rounded_a17_in_between",
    "Class7.3": "t07_rounded_a18_cigar_shaped",
    "Class8.1": "t08_odd_feature_a19_ring",
    "Class8.2": "t08_odd_feature_a20_lens_or_arc",
    "Class8.3": "t08_odd_feature_a21_disturbed",
    "Class8.4": "t08_odd_feature_a22_irregular",
    "Class8.5": "t08_odd_feature_a23_other",
    "Class8.6": "t08_odd_feature_a24_merger",
    "Class8.7": "t08_odd_feature_a38_dust_lane",
    "Class9.1": "t09_bulge_shape_a25_rounded",
    "Class9.2": "t09_bulge_shape_a26_boxy",
    "Class9.3": "t09_bulge_shape_a27_no_bulge",
    "Class10.1": "t10_arms_winding_a28_tight",
    "Class10.2": "t10_arms_winding_a29_medium",
    "Class10.3": "t10_arms_winding_a30_loose",
    "Class11.1": "t11_arms_number_a31_1",
    "Class11.2": "t11_arms_number_a32_2",
    "Class11.3": "t11_arms_number_a33_3",
    "Class11.4": "t11_arms_number_a34_4",
    "Class11.5": "t11_arms_number_a36_more_than_4",
    "Class11.6": "t11_arms_number_a37_cant_tell",
}

HART_COLUMNS = MappingProxyType({name: f"{answer}_debiased" for name, answer in _ANSWERS.items()})
"""Column of Kaggle's table -> column of Hart et al., in the order of Kaggle's."""


#: How far outside 0 to 1 a share may be by its decimals: it is then taken as 0 or 1.
SHARE_TOLERANCE = 1e-5

#: Deviation of the sum of a question's shares from 1 that is logged.
NOTED_DEVIATION = 0.01

#: The largest one that is still scaled away: such shares have lost what they were shares of.
LARGEST_DEVIATION = 0.5


def accumulate_votes(fractions: "pd.DataFrame") -> "pd.DataFrame":
    """Multiply the shares of answers along the decision tree.

    Parameters
    ----------
    fractions : DataFrame, n rows
        The columns `HART_COLUMNS`, 0 to 1; NaN where nobody was asked. Those of a question are
        scaled to sum to 1, which they should do up to their decimals.

    Returns
    -------
    DataFrame, n rows with the index of ``fractions``
        The 37 columns `galbar.catalogues.decision_tree.VOTE_COLUMNS`. The answers of a question
        that nobody was asked (all are NaN or 0) are 0; where the answer that leads to it is not,
        they do not add up to it (`galbar.catalogues.published_tables.wrong_sums` finds them). Those
        of a question that cannot be used (`find_unusable`), and of all below it, are NaN.
    """
    # Here, as in `galbar.io.csv_columns`: the workflow imports this module when it is parsed.
    import pandas as pd

    votes = {}
    for question, names in QUESTIONS.items():
        given, total = _read_question(fractions, names)
        unusable = np.any(list(_question_faults(given, total).values()), axis=0)
        given, total = np.nan_to_num(np.clip(given, 0, 1), nan=0.0), total[:, np.newaxis]
        shares = np.divide(given, total, out=np.zeros_like(given), where=total > 0)
        shares[unusable] = np.nan
        parent = SUMS[question]
        reached = 1.0 if parent is None else votes[parent]
        votes |= {name: shares[:, column] * reached for column, name in enumerate(names)}
    return pd.DataFrame(votes, index=fractions.index)


def find_unusable(fractions: "pd.DataFrame") -> list[str]:
    """Find the rows with a question whose shares cannot be used.

    Parameters
    ----------
    fractions : DataFrame, n rows, as of `accumulate_votes`

    Returns
    -------
    list of n str
        "" for a good row, else what is wrong with its first such question: a share outside 0 to 1
        by more than 1e-5; some answers empty and others not; a sum that is off by more than 0.5
        from 1 (but not 0: nobody was asked). Such as "incomplete votes: t03_bar_a06_bar_debiased is
        empty, others of its question are not".
    """
    reasons = [""] * len(fractions)
    for names in QUESTIONS.values():
        given, total = _read_question(fractions, names)
        columns = [HART_COLUMNS[name] for name in names]
        for fault, rows in _question_faults(given, total).items():
            for row in np.flatnonzero(rows):
                text = _describe_fault(fault, columns, given[row], total[row])
                reasons[row] = reasons[row] or text
    return reasons


def log_deviations(fractions: "pd.DataFrame", path: str | Path) -> None:
    """Log for each question in how many rows its shares sum to other than 1, and by how much.

    `fractions` are as of `accumulate_votes`; `path` is named. Questions that nobody was asked, or
    with an answer that is empty, are not counted.
    """
    for names in QUESTIONS.values():
        given, total = _read_question(fractions, names)
        asked = (total > 0) & ~np.isnan(given).any(axis=1)
        deviation = np.abs(total[asked] - 1)
        far = deviation[deviation > NOTED_DEVIATION]
        if len(far):
            logger.warning(
                "%s: the shares of %s sum to other than 1 by more than %g in %d of %d rows: by %.3g"
                " in the median, %.3g at most; they are scaled to 1, rows above %g are not used",
                path,
                _question_of(HART_COLUMNS[names[0]]),
                NOTED_DEVIATION,
                len(far),
                asked.sum(),
                np.median(far),
                far.max(),
                LARGEST_DEVIATION,
            )


def _read_question(fractions, names):
    """Return the shares of a question's answers, (n, answers), and their sums, (n,)."""
    given = fractions[[HART_COLUMNS[name] for name in names]].to_numpy(dtype=float)
    return given, np.nansum(np.clip(given, 0, 1), axis=1)


def _question_faults(given, total):
    """Return in which rows the shares of a question cannot be used: fault -> (n,), the worst first.

    `given` (n, answers) and `total` (n,) are those of `_read_question`.
    """
    empty = np.isnan(given)
    outside = (given < -SHARE_TOLERANCE) | (given > 1 + SHARE_TOLERANCE)
    return {
        "outside": outside.any(axis=1),
        "incomplete": empty.any(axis=1) & ~empty.all(axis=1),
        # Half a unit of the float's last digits must not decide on a value at the limit.
        "sum": (total > 0) & (np.abs(total - 1) > LARGEST_DEVIATION + 1e-12),
    }


def _describe_fault(fault, columns, given, total):
    """Say what is wrong with the shares of one galaxy for one question."""
    if fault == "incomplete":
        column = columns[int(np.flatnonzero(np.isnan(given))[0])]
        return f"incomplete votes: {column} is empty, others of its question are not"
    if fault == "sum":
        question = _question_of(columns[0])
        return f"votes do not add up: the shares of {question} sum to {total:.6g}, expected 1"
    bad = (given < -SHARE_TOLERANCE) | (given > 1 + SHARE_TOLERANCE)
    worst = int(np.flatnonzero(bad)[0])
    return f"impossible votes: {columns[worst]} is {given[worst]:.6g}, expected 0 to 1"


def _question_of(column):
    """Return the part of a column's name before its answer, such as t03_bar."""
    return re.split(r"_a\d\d_", column)[0]
