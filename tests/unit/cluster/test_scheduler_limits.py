"""What a profile would submit, against the limits of several sites."""

import pytest

from galbar.cluster.checks import FAIL, PASS, WARN
from galbar.cluster.scheduler_limits import check_limits, read_limits

CONFIG = """\
MaxArraySize            = 501
MaxJobCount             = 10000"""


ASSOCIATIONS = "bars|100|||normal,long\nbars||2000|normal|normal,small\nastro|10|||small"
QOS = "normal|cluster|00:00:00|\nlong|cluster|00:00:00|150\nsmall|cluster|00:00:00|5"


def site(config=CONFIG, associations=ASSOCIATIONS, qos=QOS):
    """Answer like a site: an association or QOS per line with its limits, which may be empty."""

    def run(*command):
        if command == ("scontrol", "show", "config"):
            return 0, config
        if command[:5] == ("sacctmgr", "--parsable2", "--noheader", "show", "qos"):
            return 0, qos
        if command[0] == "sacctmgr":
            assert command[-1] == "user=ada"
            return (127, "") if associations is None else (0, associations)
        assert command == ("id", "-un")
        return 0, "ada"

    return run


def profile(**changes):
    given = {"jobs": 50, "per_second": 100, "array_rules": "", "array_limit": 25, "ready": 36}
    return {**given, **changes}


def verdicts(profile, run):
    return {
        check.subject: (check.verdict, check.found, check.change)
        for check in check_limits(profile, {"bars"}, run)
    }


@pytest.mark.parametrize(
    ("run", "accounts", "expected"),
    [
        (site(), {"bars"}, {"array_tasks": 500, "submitted": 100}),
        # The QOS of an account has less than the account.
        (site(), {"astro"}, {"array_tasks": 500, "submitted": 5}),
        (site(), {"bars", "astro"}, {"array_tasks": 500, "submitted": 5}),
        (site(qos=QOS.replace("150", "60")), {"bars"}, {"array_tasks": 500, "submitted": 60}),
        # The plugin takes the account of the last job, any of them.
        (site(), {"None"}, {"array_tasks": 500, "submitted": 5}),
        (site(associations="bars||||"), {"bars"}, {"array_tasks": 500, "submitted": None}),
        (site("error", None), {"bars"}, {"array_tasks": None, "submitted": None}),
    ],
)
def test_limits_are_read(run, accounts, expected):
    assert read_limits(accounts, run) == expected


def test_without_arrays_only_the_number_of_jobs_counts():
    assert list(verdicts(profile(array_limit=9999, ready=9999), site())) == ["jobs in the queue"]


@pytest.mark.parametrize(
    ("changes", "subject", "verdict", "change"),
    [
        ({}, "jobs in the queue", PASS, ""),
        ({"jobs": 101}, "jobs in the queue", WARN, "set jobs: 100"),
        ({}, "slurm-array-limit", PASS, ""),
        ({"array_limit": 501}, "slurm-array-limit", FAIL, "set slurm-array-limit: 25"),
        ({"array_limit": 26}, "slurm-array-limit", FAIL, "set slurm-array-limit: 25"),
        ({"ready": 50}, "jobs for arrays", PASS, ""),
        ({"ready": 51}, "jobs for arrays", FAIL, "set jobs: 51"),
        ({"jobs": 99, "per_second": 35}, "jobs for arrays", FAIL, "max-jobs-per-timespan: 36/1s"),
        ({"jobs": 99, "per_second": None}, "jobs for arrays", PASS, ""),
    ],
)
def test_what_does_not_fit_is_told(changes, subject, verdict, change):
    result = verdicts(profile(array_rules="compute_heatmaps", **changes), site())[subject]
    assert result[0] == verdict
    assert change in result[2]


def test_an_array_above_that_of_the_site_names_both():
    small = site(config="MaxArraySize = 11")
    _, message, change = verdicts(profile(array_rules="all"), small)["slurm-array-limit"]
    assert message == "25, but MaxArraySize allows arrays of 10"
    assert change == "set slurm-array-limit: 10 in the profile"
