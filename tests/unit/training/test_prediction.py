import numpy as np
import pandas as pd
import pytest

import average_predictions
import predict_votes
import score_predictions
from galbar.catalogues.decision_tree import VOTE_COLUMNS
from galbar.io.images import centre_crop, load_canvas
from galbar.networks.build import build_network
from galbar.training.vote_scores import average_votes, is_collapsed, rmse, score_votes
from tests.helpers.galaxy_files import decode, votes_table, write_images

VOTES = list(VOTE_COLUMNS)
SIZE = {"height": 64, "width": 64, "crop": 0.5}


@pytest.fixture(scope="module")
def galaxies(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    names, red = write_images(folder, 9, seed=4)
    return folder, votes_table(names, red)


@pytest.fixture(scope="module")
def network():
    # Wide enough apart that images matter.
    model = build_network("xception", cut="block2_add", height=64, width_px=64, seed=5)
    model.get_layer("output").kernel.assign(3 * model.get_layer("output").kernel)
    return model


def random_votes(table, seed):
    result = table[["galaxy_id", "split"]].copy()
    noise = np.random.default_rng(seed).normal(0, 0.1, (len(table), 37))
    result[VOTES] = table[VOTES].to_numpy() + noise
    return result


def test_predict_votes(galaxies, network, tmp_path):
    folder, table = galaxies
    network.save(tmp_path / "model.keras")
    table.to_csv(tmp_path / "training.csv", index=False)
    test = table.iloc[[7, 2, 5]]
    test[["galaxy_id", "image"]].to_csv(tmp_path / "test.csv", index=False)
    decoded = decode(folder, table["image"], tmp_path / "images.h5", **SIZE)
    outputs = [tmp_path / "predictions_train.csv", tmp_path / "predictions_test.csv"]
    predict_votes.main(
        tmp_path / "model.keras",
        [tmp_path / "training.csv", tmp_path / "test.csv"],
        # The galaxies of one table may be a part of the file.
        [decoded, decoded],
        outputs,
        batch_size=4,
        threads=1,
        image=SIZE,
    )
    training, tested = (pd.read_csv(path) for path in outputs)
    assert list(training.columns) == ["galaxy_id", "split", *VOTES]
    assert list(tested.columns) == ["galaxy_id", *VOTES]
    assert training["galaxy_id"].tolist() == table["galaxy_id"].tolist()
    assert training["split"].tolist() == table["split"].tolist()
    assert tested["galaxy_id"].tolist() == test["galaxy_id"].tolist()
    images = [centre_crop(load_canvas(folder / name, **SIZE), 64, 64) for name in table["image"]]
    wanted = network.predict_on_batch(np.stack(images))
    assert np.ptp(wanted, axis=0).max() > 0.001
    np.testing.assert_allclose(training[VOTES], wanted, atol=1e-6)
    np.testing.assert_allclose(tested[VOTES], wanted[[7, 2, 5]], atol=1e-6)


def test_network_for_other_images_is_refused(network, tmp_path):
    network.save(tmp_path / "model.keras")
    size = {**SIZE, "height": 48}
    message = r"model.keras: .* images \(64, 64, 3\), but .* are \(48, 64, 3\)"
    with pytest.raises(ValueError, match=message):
        predict_votes.main(
            tmp_path / "model.keras", [], [], [], batch_size=4, threads=1, image=size
        )


def test_average_matches_galaxies_not_rows(galaxies, tmp_path):
    _, table = galaxies
    tables = [random_votes(table, seed) for seed in (1, 2, 3)]
    paths = [tmp_path / f"{number}.csv" for number in range(3)]
    for number, (found, path) in enumerate(zip(tables, paths, strict=True)):
        found.sample(frac=1, random_state=number).to_csv(path, index=False)
    outputs = [tmp_path / "mean.csv", tmp_path / "first.csv"]
    average_predictions.main([paths, paths[:1]], outputs)
    pd.testing.assert_frame_equal(pd.read_csv(outputs[1]), pd.read_csv(paths[0]))
    mean = pd.read_csv(tmp_path / "mean.csv").set_index("galaxy_id")
    for row in range(len(table)):
        wanted = sum(found.loc[row, VOTES].to_numpy(dtype=float) for found in tables) / 3
        found = mean.loc[table["galaxy_id"][row]]
        np.testing.assert_allclose(found[VOTES].to_numpy(dtype=float), wanted)
        assert found["split"] == table["split"][row]


def test_ids_stay_whole_numbers(galaxies, tmp_path):
    found = random_votes(galaxies[1], 1)
    found["galaxy_id"] += 587722981736120000
    found.to_csv(tmp_path / "one.csv", index=False)
    average_predictions.main([[tmp_path / "one.csv"]], [tmp_path / "mean.csv"])
    mean = pd.read_csv(tmp_path / "mean.csv", dtype={"galaxy_id": np.int64})
    assert mean["galaxy_id"].tolist() == found["galaxy_id"].tolist()


def test_different_galaxies_cannot_be_averaged(galaxies):
    full = random_votes(galaxies[1], 1)
    for other, message in (
        (full.iloc[1:], "b: lacks 1 galaxies, as galaxy_id 1000"),
        (pd.concat([full, full.iloc[:1]]), "b: galaxy_id 1000 occurs twice"),
        (full.assign(galaxy_id=full["galaxy_id"].replace(1000, 5)), "b: lacks 1 galaxies"),
        (pd.concat([full, full.iloc[:1].assign(galaxy_id=5)]), "b: has unknown 1 galaxies"),
    ):
        with pytest.raises(ValueError, match=message):
            average_votes({"a": full, "b": other})
    with pytest.raises(ValueError, match="no predictions"):
        average_votes({})


def test_scores_equal_plain_ones(galaxies, tmp_path):
    _, table = galaxies
    table = table.copy()
    table[VOTES] = np.random.default_rng(6).random((9, 37))
    predicted = random_votes(table, 1)
    paths = []
    for model, run in (("vgg16", 1), ("ensemble", 2)):
        path = tmp_path / "results" / model / f"run{run}" / "predictions_train.csv"
        path.parent.mkdir(parents=True)
        predicted.sample(frac=1, random_state=3).to_csv(path, index=False)
        paths.append(path)
    table.to_csv(tmp_path / "training.csv", index=False)
    score_predictions.main(tmp_path / "training.csv", paths, tmp_path / "scores.csv")
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert list(scores.columns) == [
        *("model", "run", "set", "n", "rmse", "rmse_of_mean", "collapsed", "r_bar")
    ]
    assert scores["model"].tolist() == ["vgg16", "vgg16", "ensemble", "ensemble"]
    assert scores["run"].tolist() == [1, 1, 2, 2]
    is_train = table["split"] == "train"
    mean = [table.loc[is_train, name].mean() for name in VOTES]
    for row, chosen in ((0, is_train), (1, ~is_train)):
        squares = of_mean = 0.0
        for galaxy in np.flatnonzero(chosen):
            for number, name in enumerate(VOTES):
                squares += (predicted[name][galaxy] - table[name][galaxy]) ** 2
                of_mean += (mean[number] - table[name][galaxy]) ** 2
        n = int(chosen.sum())
        assert scores["n"][row] == n
        assert scores["rmse"][row] == pytest.approx(np.sqrt(squares / n / 37))
        assert scores["rmse_of_mean"][row] == pytest.approx(np.sqrt(of_mean / n / 37))
        bars = predicted.loc[chosen, "Class3.1"].corr(table.loc[chosen, "Class3.1"])
        assert scores["r_bar"][row] == pytest.approx(bars)
    assert not scores["collapsed"].any()


def test_the_mean_is_a_collapse(galaxies):
    table = galaxies[1]
    flat = table[["galaxy_id"]].copy()
    flat[VOTES] = table.loc[table["split"] == "train", VOTES].mean().to_numpy()
    for row in score_votes(flat, table, "flat"):
        assert row["collapsed"]
        assert row["rmse"] == pytest.approx(row["rmse_of_mean"])
        assert np.isnan(row["r_bar"])


def test_collapse_and_rmse():
    assert is_collapsed(0.99, 1.0)
    assert is_collapsed(float("nan"), 1.0)
    assert not is_collapsed(0.97, 1.0)
    assert rmse([[0, 3], [0, 4]], np.zeros((2, 2))) == pytest.approx(2.5)
    assert np.isnan(rmse([np.nan, 0], [0, 0]))
