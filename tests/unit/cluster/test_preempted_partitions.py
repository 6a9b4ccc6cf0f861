"""Partitions that preempt jobs, as scontrol shows them."""

import pytest

from galbar.cluster.checks import PASS, WARN
from galbar.cluster.preempted_partitions import check_preemption


def site(mode, grace=0, kind="preempt/partition_prio"):
    """Answer like a site with one partition."""

    def run(*command):
        if command == ("scontrol", "show", "config"):
            return 0, f"PreemptMode             = REQUEUE\nPreemptType             = {kind}"
        assert command == ("scontrol", "show", "partition", "gpu")
        return 0, f"PartitionName=gpu\n   GraceTime={grace} Hidden=NO\n   PreemptMode={mode}"

    return run


@pytest.mark.parametrize(
    ("mode", "grace", "verdict", "text"),
    [
        ("REQUEUE", 0, PASS, "PreemptMode=REQUEUE, GraceTime 0 s"),
        ("REQUEUE", 60, WARN, "counts as an attempt"),
        ("CANCEL", 60, WARN, "counts as an attempt"),
        ("CANCEL", 0, WARN, "waits for ever"),
        ("GANG,SUSPEND", 0, PASS, "GANG,SUSPEND"),
    ],
)
def test_each_mode_has_its_verdict(mode, grace, verdict, text):
    (check,) = check_preemption(["gpu", "gpu"], {"bars"}, site(mode, grace))
    assert check.verdict == verdict
    assert text in check.found


@pytest.mark.parametrize("answers", [site("OFF"), site("CANCEL", kind="preempt/none")])
def test_without_preemption_nothing_is_said(answers):
    assert check_preemption(["gpu"], {"bars"}, answers) == []


def qos_site(
    qos, associations="bars|||normal|normal,scavenger\nastro||||scavenger", mode="REQUEUE"
):
    """Answer like a site with preempt/qos; without accounting where qos is None."""

    def run(*command):
        if command == ("scontrol", "show", "config"):
            return 0, f"PreemptMode             = {mode}\nPreemptType             = preempt/qos"
        if command[0] == "sacctmgr":
            text = qos if command[4] == "qos" else associations
            return (1, "error") if qos is None else (0, text)
        assert command == ("id", "-un")
        return 0, "ada"

    return run


QOS = "normal|{}|00:00:00|\nscavenger|cancel|00:00:00|100\nslow|requeue|00:02:00|"


@pytest.mark.parametrize(
    ("account", "mode", "verdicts"),
    [
        # A default QOS is that of the jobs.
        (
            "bars",
            "cluster",
            {"QOS normal: preemption": (PASS, "PreemptMode=REQUEUE, GraceTime 0 s")},
        ),
        ("bars", "off", {}),
        ("astro", "off", {"QOS scavenger: preemption": (WARN, "waits for ever")}),
    ],
)
def test_the_qos_of_the_jobs_has_its_verdict(account, mode, verdicts):
    checks = check_preemption(["gpu"], {account}, qos_site(QOS.format(mode)))
    assert [check.subject for check in checks] == list(verdicts)
    for check in checks:
        verdict, text = verdicts[check.subject]
        assert check.verdict == verdict
        assert text in check.found


def test_without_associations_every_qos_is_looked_at():
    checks = check_preemption(["gpu"], {"bars"}, qos_site(QOS.format("off"), associations=""))
    assert [check.subject for check in checks] == [
        "QOS scavenger: preemption",
        "QOS slow: preemption",
    ]
    assert "GraceTime 120 s: a preempted job ends by itself" in checks[1].found


def test_qos_that_cannot_be_looked_at_are_a_warning():
    (check,) = check_preemption(["gpu"], {"bars"}, qos_site(None))
    assert check.verdict == WARN
    assert "not looked at: preempt/qos" in check.found
