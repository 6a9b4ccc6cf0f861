"""The votes of Galaxy Zoo 2 as published by Hart et al. (2016), in the form of Kaggle's.

Hart et al. give for each answer its share of those who were asked the question, corrected for the
redshift (debiased). A column of Kaggle's table holds the share of all volunteers who reached the
question and gave the answer: the product of such shares along the tree.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from galbar.catalogues.decision_tree import QUESTIONS, SUMS

if TYPE_CHECKING:
    import pandas as pd

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


def accumulate_votes(fractions: "pd.DataFrame") -> "pd.DataFrame":
    """Multiply the shares of answers along the decision tree.

    Parameters
    ----------
    fractions : DataFrame, n rows
        The columns `HART_COLUMNS`, 0 to 1; NaN where nobody was asked. Those of a question are
        scaled to sum to 1, which they do up to their decimals.

    Returns
    -------
    DataFrame, n rows with the index of ``fractions``
        The 37 columns `galbar.catalogues.decision_tree.VOTE_COLUMNS`. The answers of a question
        that nobody was asked are 0; where the answer that leads to it is not, they do not add up to
        it (`galbar.catalogues.published_tables.wrong_sums` finds them).
    """
    # Here, as in `galbar.io.csv_columns`: the workflow imports this module when it is parsed.
    import pandas as pd

    votes = {}
    for question, names in QUESTIONS.items():
        given = fractions[[HART_COLUMNS[name] for name in names]].to_numpy(dtype=float)
        given = np.nan_to_num(given, nan=0.0)
        total = given.sum(axis=1, keepdims=True)
        shares = np.divide(given, total, out=np.zeros_like(given), where=total > 0)
        parent = SUMS[question]
        reached = 1.0 if parent is None else votes[parent]
        votes |= {name: shares[:, column] * reached for column, name in enumerate(names)}
    return pd.DataFrame(votes, index=fractions.index)
