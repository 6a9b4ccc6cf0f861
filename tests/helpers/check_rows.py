"""Tables of checks of heat maps, with rows as `galbar.heatmap_checks.table` makes them."""

import numpy as np
import pandas as pd

from galbar.heatmap_checks.checked_maps import CHECK_COLUMNS, HEATMAP
from galbar.heatmap_checks.controls import CONTROLS

NAMES = {"model": "vgg16", "attribution": "smoothgrad", "smooth_noise": 0.1, "kind": "signed"}


def row(check, measure, value, lost=np.nan, **columns):
    """Make a row whose intervals reach 0.1 to both sides."""
    numbers = {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 50}
    numbers |= {"lost": lost, "lost_low": lost - 0.1, "lost_high": lost + 0.1}
    plain = {"map": HEATMAP, "altered": "", "xinput": None, "setting": ""}
    return NAMES | plain | {"check": check, "measure": measure} | numbers | columns


def good_rows():
    """Make the table of the maps of one network that pass every check."""
    rows = []
    for measure in ("relevance_mass", "rank_accuracy"):
        rows.append(row("localisation", measure, 0.6))
        rows += [row("localisation", measure, 0.3, 0.3, map=name) for name in CONTROLS]
    for measure, sign in (("deletion", -1), ("insertion", 1)):
        rows.append(row("faithfulness", measure, 0.4))
        rows += [row("faithfulness", measure, 0.4, sign * 0.2, map=name) for name in CONTROLS]
    rows.append(row("other_galaxy", "rank_correlation", 0.05, altered="galaxy"))
    rows.append(row("other_answer", "rank_correlation", 0.4, altered="Class5.3"))
    for share, similarity in (("0", 0.9), ("1", 0.1)):
        rows.append(row("random_weights", "rank_correlation", similarity, altered=share))
    rows.append(row("localisation", "pointing", 0.7))
    for xinput, r in ((False, 0.5), (True, 0.8)):
        lengths = {"measure": "r_catalogue", "xinput": xinput}
        rows.append(row("other_galaxy", value=r, **lengths))
        rows.append(row("other_galaxy", value=0.1, lost=r - 0.1, altered="galaxy", **lengths))
        for share, left in (("0", r), ("1", 0.2)):
            altered = {"value": left, "lost": r - left, "altered": share}
            rows.append(row("random_weights", **altered, **lengths))
        rows.append(row("localisation", "iou", 0.4, xinput=xinput))
        for answer in ("Class5.3", "Class11.3"):
            rows.append(row("other_answer", value=0.3, lost=r - 0.3, altered=answer, **lengths))
    return pd.DataFrame(rows)[list(CHECK_COLUMNS)]


def all_checks(models):
    """Make the table of some networks with two kinds of maps, all good."""
    tables = []
    for number, model in enumerate(models):
        for kind in ("absolute", "signed"):
            table = good_rows().assign(model=model, kind=kind)
            shift = 0.05 * number + 0.1 * (kind == "absolute")
            for column in ("value", "low", "high"):
                table[column] -= shift
            tables.append(table)
    return pd.concat(tables, ignore_index=True)
