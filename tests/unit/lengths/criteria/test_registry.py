import numpy as np
import pytest

from galbar.lengths.criteria.contract import check_contract
from galbar.lengths.criteria.record import Criterion, Mask, Parameter
from galbar.lengths.criteria.registry import CRITERIA, load_criteria, parameters_of
from galbar.lengths.measure import Flag, list_settings, measure_map, setting_keys

OWN = """
from galbar.lengths.criteria import Criterion, Parameter


def isolate(prepared, settings):
    for setting in settings:
        yield prepared.values >= setting["own_level"]


CRITERION = Criterion(
    name="own",
    description="pixels above a level",
    parameters=(Parameter("own_level", "level", grid=(0.5, 0.9), above=0, at_most=1),),
    isolate=isolate,
)
"""


@pytest.fixture
def own(tmp_path):
    """Write a user's criterion; returns its entry in the configuration."""
    path = tmp_path / "own.py"
    path.write_text(OWN)
    return {"name": "own", "file": str(path)}


def criterion(isolate, **changes):
    return Criterion(
        **{
            "name": "made",
            "description": "made up",
            "parameters": (Parameter("made_level", "a level", grid=(0.5,)),),
            "isolate": isolate,
            **changes,
        }
    )


@pytest.mark.parametrize("name", CRITERIA)
def test_the_criteria_of_galbar_keep_the_contract(name):
    check_contract(CRITERIA[name], name)


def test_parameters_come_once_in_the_order_of_the_criteria():
    assert list(parameters_of(CRITERIA)) == [
        *("corr_threshold", "len_threshold", "elongation_threshold", "level_fraction")
    ]
    for parameter in parameters_of(CRITERIA).values():
        assert all(type(value) is parameter.kind for value in parameter.grid)


def test_a_criterion_from_a_file_is_measured_beside_those_of_galbar(own):
    criteria = ["level", own]
    settings = list_settings(
        criteria, ["absolute"], [False], [0], own_level=[0.4], level_fraction=[0.5]
    )
    assert [setting["criterion"] for setting in settings] == ["level", "own"]
    assert all(tuple(setting) == setting_keys(criteria) for setting in settings)
    heatmap = np.zeros((9, 9))
    heatmap[4, 1:8] = 0.45, 0.45, 1, 1, 1, 0.45, 0.45
    length, flag, angle, ratio = measure_map({"absolute": heatmap}, settings, 2, criteria=criteria)
    assert length.tolist() == [4, 12]
    assert flag.tolist() == [Flag.OK, Flag.OK]
    assert angle.tolist() == [0, 0]
    assert ratio == pytest.approx([1 / 3, 1 / 7])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("CRITERION =", "OTHER =", r"own.py: CRITERION is None, expected a .*Criterion"),
        ('name="own"', 'name="other"', r"own.py: the criterion's name is 'other', expected 'own'"),
        ("import Criterion, P", "import Criterio, P", r"own.py: cannot be run: ImportError"),
        ('"own_level", "level"', '"len_threshold", "n"', "its parameter len_threshold differs"),
        ('"own_level", "level"', '"smoothing", "n"', "found a parameter 'smoothing', expected"),
        ('"own_level", "level"', '"my level", "n"', "found a parameter 'my level', expected"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(own, old, new, message):
    with open(own["file"], "w") as file:
        assert old in OWN
        file.write(OWN.replace(old, new))
    with pytest.raises((TypeError, ValueError), match=message):
        load_criteria([own])


def test_unknown_missing_and_repeated_criteria_are_named(tmp_path):
    with pytest.raises(ValueError, match="found 'levl', expected one of pearson, elongation, lev"):
        load_criteria(["levl"])
    with pytest.raises(ValueError, match="names level twice"):
        load_criteria(["level", "level"])
    with pytest.raises(FileNotFoundError, match=r"no.py: no such file of the criterion mine"):
        load_criteria([{"name": "mine", "file": str(tmp_path / "no.py")}])


def too_few(prepared, settings):
    return []


def wrong_shape(prepared, settings):
    return [np.ones((3, 3), dtype=bool) for _ in settings]


def not_boolean(prepared, settings):
    return [prepared.values for _ in settings]


def outside(prepared, settings):
    return [Mask(np.array([0, 20]), np.array([0, 0])) for _ in settings]


def fractional(prepared, settings):
    return [Mask(np.array([0.5, 3.5]), np.array([1, 3])) for _ in settings]


def twice(prepared, settings):
    return [Mask(np.array([4, 4]), np.array([1, 1])) for _ in settings]


def changing(prepared, settings):
    prepared.values[0, 0] += 1
    return [prepared.values > 0.5 for _ in settings]


def random(prepared, settings):
    return [np.random.default_rng().random(prepared.values.shape) > 0.5 for _ in settings]


def failing(prepared, settings):
    return [prepared.values > setting["level"] for setting in settings]


@pytest.mark.parametrize(
    ("isolate", "message"),
    [
        (too_few, "gives 0 masks for 1 settings"),
        (wrong_shape, r"a mask is bool of the shape \(3, 3\), expected bool of the map's shape"),
        (not_boolean, r"a mask is float64 of the shape \(24, 20\), expected bool"),
        (outside, "a mask holds the pixel x 20, y 0, expected columns 0 to 19 and rows 0 to 23"),
        (fractional, "a mask's x is float64, expected integers"),
        (twice, "a mask holds a pixel twice"),
        (changing, r"changes the map that it is given \(a map of a bar\)"),
        (random, "gives another mask for the same map"),
        (failing, "fails on a map of a bar with KeyError: 'level'"),
    ],
)
def test_what_breaks_the_contract_is_named(isolate, message):
    with pytest.raises(ValueError, match=rf"mine.py: criterion made .*{message}"):
        check_contract(criterion(isolate), "mine.py")
