import json

import h5py
import keras
import numpy as np
import pandas as pd
import pytest
from galaxy_files import votes_table, write_images

import average_predictions
import import_model
import predict_votes
import score_predictions
from galbar.datasets import Canvases, plain_batches
from galbar.networks import build_network, count_swish
from galbar.vote_scores import average_votes, is_collapsed, rmse, score_votes
from galbar.votes import VOTE_COLUMNS

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
    outputs = [tmp_path / "predictions_train.csv", tmp_path / "predictions_test.csv"]
    predict_votes.main(
        tmp_path / "model.keras",
        [tmp_path / "training.csv", tmp_path / "test.csv"],
        outputs,
        directory=folder,
        batch_size=4,
        threads=1,
        **SIZE,
    )
    training, tested = (pd.read_csv(path) for path in outputs)
    assert list(training.columns) == ["galaxy_id", "split", *VOTES]
    assert list(tested.columns) == ["galaxy_id", *VOTES]
    assert training["galaxy_id"].tolist() == table["galaxy_id"].tolist()
    assert training["split"].tolist() == table["split"].tolist()
    assert tested["galaxy_id"].tolist() == test["galaxy_id"].tolist()
    canvases = Canvases([folder / name for name in table["image"]], threads=1, **SIZE)
    wanted = network.predict_on_batch(next(iter(plain_batches(canvases, range(9), batch_size=9))))
    assert np.ptp(wanted, axis=0).max() > 0.001
    np.testing.assert_allclose(training[VOTES], wanted, atol=1e-6)
    np.testing.assert_allclose(tested[VOTES], wanted[[7, 2, 5]], atol=1e-6)


def test_network_for_other_images_is_refused(network, tmp_path):
    network.save(tmp_path / "model.keras")
    size = {**SIZE, "height": 48}
    message = r"model.keras: .* images \(64, 64, 3\), but .* are \(48, 64, 3\)"
    with pytest.raises(ValueError, match=message):
        predict_votes.main(
            tmp_path / "model.keras", [], [], directory="", batch_size=4, threads=1, **size
        )


def test_average_matches_galaxies_not_rows(galaxies, tmp_path):
    _, table = galaxies
    tables = [random_votes(table, seed) for seed in (1, 2, 3)]
    paths = [tmp_path / f"{number}.csv" for number in range(3)]
    for number, (found, path) in enumerate(zip(tables, paths, strict=True)):
        found.sample(frac=1, random_state=number).to_csv(path, index=False)
    average_predictions.main(paths, tmp_path / "mean.csv")
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
    average_predictions.main([tmp_path / "one.csv"], tmp_path / "mean.csv")
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


def write_as_keras_2(network, path):
    """Save a network as the original code did, with the description of Keras 2.4."""
    network.save(path)
    with h5py.File(path, "r+") as store:
        config = json.loads(store.attrs["model_config"])
        config["class_name"] = "Functional"
        for layer in config["config"]["layers"]:
            describe_as_keras_2(layer)
        for key in ("input_layers", "output_layers"):
            if not isinstance(config["config"][key][0], list):
                config["config"][key] = [config["config"][key]]
        store.attrs["model_config"] = json.dumps(config)
        store.attrs["keras_version"] = "2.4.0"


def describe_as_keras_2(layer):
    config = layer["config"]
    for key in ("module", "registered_name", "build_config"):
        layer.pop(key, None)
    # Connections: [[["name", node, tensor, {}], ...]] in place of a description of the call.
    layer["inbound_nodes"] = [
        [[*history, {}] for history in find_histories(node["args"])]
        for node in layer["inbound_nodes"]
    ]
    for key, value in list(config.items()):
        if isinstance(value, dict) and "class_name" in value:
            config[key] = {"class_name": value["class_name"], "config": value["config"]}
    if isinstance(config.get("dtype"), dict):
        config["dtype"] = "float32"
    if config.get("activation") == "silu":
        config["activation"] = "swish"
    kind = layer["class_name"]
    if kind == "InputLayer":
        config["batch_input_shape"] = config.pop("batch_shape")
        config["ragged"] = False
        config.pop("optional", None)
    elif kind == "BatchNormalization":
        config["axis"] = [3]
        for key in ("renorm", "synchronized"):
            config.pop(key, None)
    elif kind == "SeparableConv2D":
        config["groups"] = 1
        for key in ("kernel_regularizer", "kernel_constraint"):
            config[key] = None
        config["kernel_initializer"] = {
            "class_name": "GlorotUniform",
            "config": {"seed": None},
        }


def find_histories(value):
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return [value["config"]["keras_history"]]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [history for item in value for history in find_histories(item)]
    return []


@pytest.mark.parametrize(
    ("architecture", "cut"),
    [("vgg16", "block2_pool"), ("resnet50v2", "conv2_block3_out"), ("xception", "block3_add")],
)
def test_networks_of_the_original_code_are_taken_over(architecture, cut, tmp_path):
    network = build_network(architecture, cut=cut, height=64, width_px=64, seed=5)
    original = tmp_path / "model.h5"
    write_as_keras_2(network, original)
    before = original.read_bytes()
    import_model.main(
        original,
        tmp_path / "model.keras",
        tmp_path / "summary.json",
        name="old",
        run=2,
        height=64,
        width=64,
    )
    assert original.read_bytes() == before
    imported = keras.models.load_model(tmp_path / "model.keras")
    assert count_swish(imported) == count_swish(network)
    images = np.random.default_rng(1).random((2, 64, 64, 3), dtype=np.float32)
    np.testing.assert_allclose(imported(images), network(images), atol=1e-6)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["model"] == "old"
    assert summary["run"] == 2
    assert summary["parameters"] == network.count_params()
    assert summary["relu_layers"] == 0
    assert summary["imported_from"] == str(original)


def test_what_is_no_network_of_the_original_code_is_refused(network, tmp_path):
    outputs = tmp_path / "model.keras", tmp_path / "summary.json"

    def load(path, **changes):
        settings = {"name": "old", "run": 1, "height": 64, "width": 64, **changes}
        import_model.main(path, *outputs, **settings)

    path = tmp_path / "model.h5"
    with pytest.raises(FileNotFoundError, match=r"model.h5: no such file; models\[\].trained"):
        load(path)
    path.write_text("nothing")
    with pytest.raises(ValueError, match=r"model\.h5: found no network"):
        load(path)
    with h5py.File(path, "w") as store:
        store.attrs["layer_names"] = ["a"]
    with pytest.raises(ValueError, match=r"model\.h5: found weights without a network"):
        load(path)
    network.save(path)
    with pytest.raises(ValueError, match=r"takes images \(64, 64, 3\), but .* are \(224, 64, 3\)"):
        load(path, height=224)
    other = build_network("vgg16", cut="block1_pool", height=64, width_px=64, outputs=5, seed=1)
    other.save(path)
    with pytest.raises(ValueError, match=r"gives \(5,\), expected \(37,\)"):
        load(path)
    assert not any(output.exists() for output in outputs)
