"""The summary of a run: all numbers of the tables, none invented."""

import json

import pandas as pd
import pytest

from galbar.scores.summary import summarise_results


def score(estimator, r, **other):
    row = {
        "estimator": estimator,
        "description": f"what {estimator} is",
        "sample": "common",
        "quantity": "length_scaled",
        "n": 70,
        "n_unmeasurable": 2,
        "pearson_r": r,
        "pearson_r_low": r - 0.1,
        "pearson_r_high": r + 0.05,
        "mae": 0.36,
        "mae_low": 0.31,
        "mae_high": 0.42,
        "rmse_raw": 0.5,
        "rmse_raw_low": 0.4,
        "rmse_raw_high": 0.6,
    }
    return {**row, **other}


@pytest.fixture
def results(tmp_path):
    networks = [
        {"model": "small", "run": 1, "set": name, "rmse": rmse, "collapsed": False}
        for name, rmse in (("train", 0.1012), ("validation", 0.1234))
    ]
    networks.append({**networks[0], "run": 2, "rmse": 0.3, "collapsed": True})
    pd.DataFrame(networks).to_csv(tmp_path / "prediction_scores.csv", index=False)
    nan = float("nan")
    scores = [
        score("saliency", 0.81),
        score("size_only", nan),
        score("saliency", 0.72, sample="test"),
    ]
    pd.DataFrame(scores).to_csv(tmp_path / "scores.csv", index=False)
    return tmp_path


def test_holds_every_number(results):
    text = summarise_results(results)
    assert "0.1012" in text
    assert "0.1234" in text
    assert "0.81 (0.71 to 0.86)" in text
    assert "0.72 (0.62 to 0.77)" in text
    assert "0.36 (0.31 to 0.42)  0.50 (0.40 to 0.60)" in text
    assert "what size_only is" in text
    assert "nan" not in text
    assert "true ones" not in text


def test_columns_are_aligned(results):
    lines = summarise_results(results).splitlines()
    table = [line for line in lines if line.startswith("  saliency ") and "0.8" in line]
    header = next(line for line in lines if line.startswith("  estimator"))
    assert {len(line) for line in table} == {len(header)}


def test_warns_of_collapsed_networks(results):
    assert summarise_results(results).count("WARNING: small, run 2,") == 1
    assert "WARNING: small, run 1," not in summarise_results(results)


@pytest.mark.parametrize("collapsed", [True, False])
def test_warns_of_a_collapsed_control(results, collapsed):
    path = results / "control/run1/training_summary.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"collapsed": collapsed}))
    assert ("WARNING: the control is no better" in summarise_results(results)) == collapsed


def test_adds_the_truth(results):
    pd.DataFrame([score("saliency", 0.9)]).to_csv(results / "scores_truth.csv", index=False)
    assert "against the true ones" in summarise_results(results)
    assert "0.90 (0.80 to 0.95)" in summarise_results(results)


def test_names_what_is_missing(results):
    (results / "prediction_scores.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"prediction_scores\.csv is missing"):
        summarise_results(results)


def test_names_missing_columns(results):
    pd.DataFrame({"estimator": ["saliency"]}).to_csv(results / "scores.csv", index=False)
    with pytest.raises(ValueError, match=r"scores\.csv: columns .*pearson_r"):
        summarise_results(results)


@pytest.mark.parametrize("name", ["scores.csv", "scores_truth.csv"])
def test_names_a_table_without_rows(results, name):
    pd.read_csv(results / "scores.csv").iloc[:0].to_csv(results / name, index=False)
    with pytest.raises(ValueError, match=rf"{name}: found no rows, expected one per estimator"):
        summarise_results(results)


def test_says_what_the_checks_say_of_each_networks_best_maps(results):
    assert "by the checks" not in summarise_results(results)
    sentence = "small, signed maps: " + "on the bar more than every control is; " * 6 + "the end."
    table = {"best_of_network": [False, True], "verdict": ["not the best maps.", sentence]}
    pd.DataFrame(table).to_csv(results / "heatmap_verdicts.csv", index=False)
    text = summarise_results(results)
    assert "not the best" not in text
    assert " ".join(text.split()).count(sentence) == 1
    lines = text.split("by the checks\n")[1].split("\n\n")[0].splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= 100
