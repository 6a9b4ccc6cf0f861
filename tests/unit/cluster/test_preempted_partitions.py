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
    (check,) = check_preemption(["gpu", "gpu"], site(mode, grace))
    assert check.verdict == verdict
    assert text in check.found


@pytest.mark.parametrize("answers", [site("OFF"), site("CANCEL", kind="preempt/none")])
def test_without_preemption_nothing_is_said(answers):
    assert check_preemption(["gpu"], answers) == []
