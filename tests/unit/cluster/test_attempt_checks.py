"""Who tries a job again, and what an allocation shows, on the answers of several clusters."""

import pytest

from galbar.cluster.attempt_checks import check_allocation, check_attempts, count_gpus

SLURM = {"profiles/slurm/config.yaml": ["executor", "jobs", "retries", "set-resources"]}
SETTINGS = {"profiles": SLURM, "environment_profile": None, "requeue": True}
REPORT = {"retries": {"train_model": 0}, "asked": 1, "visible": "0", "devices": 1}


def answers(text, status=0):
    def run(*command):
        assert command == ("scontrol", "show", "config")
        return status, text

    return run


def by_subject(checks):
    return {check.subject: check for check in checks}


def test_a_profile_alone_that_asks_for_a_requeue_passes():
    checks = by_subject(check_attempts(SETTINGS, answers("JobRequeue              = 0")))
    assert {check.verdict for check in checks.values()} == {"pass"}
    assert checks["profiles"].found == "profiles/slurm/config.yaml"
    assert "JobRequeue is 0" in checks["requeue"].found


def test_what_a_second_profile_replaces_is_named():
    both = {**SLURM, "profiles/default/config.yaml": ["keep-going", "retries", "set-resources"]}
    check = by_subject(check_attempts({**SETTINGS, "profiles": both}, answers("")))["profiles"]
    assert check.verdict == "warn"
    assert "and its retries, set-resources take their place" in check.found
    assert "--workflow-profile none" in check.change
    apart = {**SLURM, "profiles/default/config.yaml": ["keep-going"]}
    check = by_subject(check_attempts({**SETTINGS, "profiles": apart}, answers("")))["profiles"]
    assert check.verdict == "warn"
    assert "take their place" not in check.found


def test_a_profile_of_the_environment_is_a_warning():
    settings = {**SETTINGS, "environment_profile": "home/cluster/config.yaml"}
    check = by_subject(check_attempts(settings, answers("")))["SNAKEMAKE_PROFILE"]
    assert (check.verdict, "home/cluster/config.yaml" in check.found) == ("warn", True)


@pytest.mark.parametrize(
    ("text", "status", "found"),
    [
        ("JobRequeue = 1", 0, "SLURM may start the old one again"),
        ("JobRequeue = 0", 0, "a job whose node dies is lost"),
        ("no answer", 124, "the site's is not told"),
    ],
)
def test_a_missing_requeue_is_a_warning(text, status, found):
    settings = {**SETTINGS, "requeue": False}
    check = by_subject(check_attempts(settings, answers(text, status)))["requeue"]
    assert check.verdict == "warn"
    assert found in check.found
    assert "slurm-requeue: true" in check.change


def test_an_allocation_as_it_should_be_passes():
    assert {check.verdict for check in check_allocation(REPORT)} == {"pass"}


def test_rules_that_are_tried_again_within_an_allocation_are_named():
    retries = {"train_model": 1, "predict_votes": 0, "compute_heatmaps": 2}
    check, _ = check_allocation({**REPORT, "retries": retries})
    assert check.verdict == "warn"
    assert check.found.startswith("3 of compute_heatmaps, 2 of train_model: ")
    assert "predict_votes" not in check.found


@pytest.mark.parametrize(
    ("changes", "found", "change"),
    [
        ({"asked": 2}, "2 asked, 1 given", "other form"),
        ({"visible": ""}, "1 asked, 0 given", "other form"),
        ({"visible": "0,1,2,3"}, "1 asked, 4 given", "their own GPUs only"),
        ({"visible": None, "devices": 4}, "1 asked, 4 given", "their own GPUs only"),
        ({"asked": 2, "visible": "0,1"}, "2 asked, 2 given", "set gpu: 1"),
        ({"visible": "GPU-f1,GPU-f2"}, "1 asked, 2 given", "their own GPUs only"),
    ],
)
def test_other_numbers_of_gpus_are_a_warning(changes, found, change):
    _, check = check_allocation({**REPORT, **changes})
    assert check.verdict == "warn"
    assert check.found.startswith(found)
    assert change in check.change


@pytest.mark.parametrize(
    ("gpu", "gres", "number"),
    [
        (1, None, 1),
        (2, None, 2),
        (0, "gpu:1", 1),
        (0, "'gpu:1'", 1),
        (0, "gpu", 1),
        (0, "gpu:a100", 1),
        (0, "gpu:a100:2", 2),
        (0, "gpu:1g.5gb:3", 3),
        (0, "shard:3", 0),
        (None, None, 0),
    ],
)
def test_gpus_are_counted_in_every_form(gpu, gres, number):
    assert count_gpus(gpu, gres) == number
