"""The profile of a site, from what the commands of several clusters answer."""

import re

import pytest
import yaml

from galbar.cluster.profile_text import fill_profile, list_unset
from galbar.cluster.site import read_site
from galbar.cluster.site_profile import cap_runtime, read_runtimes

# Without accounting, old: one kind of GPU that has no name, --gres only, squeue forgets soon.
OLD = {
    "sacctmgr": None,
    "id": "ada",
    "scontrol show": "SelectType = select/cons_res\nMinJobAge = 30 sec",
    "scontrol --oneliner": (
        "PartitionName=all AllowAccounts=ALL Default=YES MaxTime=2-00:00:00 State=UP TotalNodes=9\n"
        "PartitionName=titan AllowAccounts=ALL Default=NO MaxTime=12:00:00 State=UP TotalNodes=1"
    ),
    "sinfo": "all|9|(null)\ntitan|1|gpu:2",
}
# Several accounts, kinds of GPUs and partitions, some of them not for this user.
LARGE = {
    "sacctmgr --noheader --parsable2 show associations": "stars\nbars\nbars\nastro",
    "sacctmgr --noheader --parsable2 show user": "bars",
    "id": "ada",
    "scontrol show": "SelectType              = select/cons_tres\nMinJobAge     = 300 sec",
    "scontrol --oneliner": "\n".join(
        f"PartitionName={name} AllowAccounts={accounts} Default=NO MaxTime={time} RootOnly={root} "
        f"State={state} TotalNodes={nodes}"
        for name, accounts, time, root, state, nodes in [
            ("short", "ALL", "30:00", "NO", "UP", 500),
            ("long", "ALL", "UNLIMITED", "NO", "UP", 20),
            ("admin", "ALL", "UNLIMITED", "YES", "UP", 40),
            ("a100", "ALL", "2-00:00:00", "NO", "UP", 10),
            ("h100", "stars,physics", "7-00:00:00", "NO", "UP", 90),
            ("mixed", "astro,bars", "2-00:00:00", "NO", "UP", 2),
            ("rtx", "ALL", "7-00:00:00", "NO", "DOWN", 99),
            ("gpudebug", "ALL", "1:00:00", "NO", "UP", 99),
        ]
    ),
    "sinfo": (
        "short|500|(null)\nlong|20|(null)\na100|7|gpu:a100:4(S:0-1)\n"
        "a100|3|gpu:a100:2(S:0),nvme:1\nh100|90|gpu:h100:8\n"
        "mixed|2|gpu:a100:4(S:0,1),gpu:1g.5gb:7\nrtx|99|gpu:rtx:8\ngpudebug|99|gpu:8"
    ),
}
# One partition for everything; accounts without a default.
SINGLE = {
    "sacctmgr --noheader --parsable2 show associations": "stars\nbars",
    "id": "ada",
    "scontrol --oneliner": "PartitionName=nodes Default=YES MaxTime=UNLIMITED State=UP",
    "sinfo": "nodes|1|gpu:4",
}
RUNTIMES = {"train_model": 1440, "predict_votes": 240, "decode_images": 60, "report_gpu": 10}


def cluster(answers):
    def run(*command):
        for length in range(len(command), 0, -1):
            text = answers.get(" ".join(command[:length]), "")
            if text is None:
                return 127, ""
            if text:
                return 0, text
        return 1, "error"

    return run


@pytest.fixture
def template(root):
    return (root / "profiles/slurm/config.yaml").read_text()


@pytest.fixture
def written(template):
    """Write the profile of a cluster; its text and what YAML makes of it."""

    def write(answers, runtimes=RUNTIMES):
        rules = re.findall(r"(?m)^  (\w+): [&*]gpu$", template)
        text = fill_profile(template, read_site(cluster(answers)), runtimes, rules)
        return text, yaml.safe_load(text)

    return write


def comment_above(text, line):
    """Words of the comment above a line."""
    above = text[: text.index(f"{line}\n")].splitlines()
    start = max(number for number, words in enumerate(above) if "# >>" in words)
    return " ".join(words.strip(" #>") for words in above[start:])


def test_a_site_without_accounting_that_knows_gres_only(written):
    text, profile = written(OLD)
    assert profile["default-resources"]["slurm_account"] == ""
    assert profile["default-resources"]["slurm_partition"] == "all"
    asked = profile["set-resources"]["predict_votes"]
    assert asked == {"slurm_partition": "titan", "gpu": 0, "gres": "'gpu:1'"}
    # Twelve hours in the partition.
    asked = profile["set-resources"]["train_model"]
    assert asked == {"slurm_partition": "titan", "gpu": 0, "gres": "'gpu:1'", "runtime": 720}
    assert profile["slurm-init-seconds-before-status-checks"] == 10
    assert "a third of MinJobAge, 30 s" in text
    assert list_unset(text) == []


def test_a_site_of_many_accounts_partitions_and_kinds(written):
    text, profile = written(LARGE)
    assert profile["default-resources"]["slurm_account"] == "bars"
    assert "your default account; also yours: astro, stars" in text
    # Without a default partition the longest; those of administrators are nobody's.
    assert profile["default-resources"]["slurm_partition"] == "long"
    assert "admin" not in text
    # h100 is not for bars, rtx is down, gpudebug is too short.
    asked = profile["set-resources"]["predict_votes"]
    assert asked == {"slurm_partition": "a100", "gpu": 1}
    reason = comment_above(text, "    slurm_partition: a100")
    assert "2880 min, 10 nodes, 34 a100)" in reason
    assert "mixed (2880 min, 2 nodes, 14 1g.5gb, 8 a100)" in reason
    assert '"a100,mixed,gpudebug"' in reason
    assert not {"h100", "rtx"} & set(re.findall(r"\w+", reason))
    assert "gpu_model: a100" in comment_above(text, "    gpu: 1")
    # The third attempt would be longer than two days.
    assert profile["set-resources"]["train_model"]["runtime"] == "min(1440 * attempt, 2880)"
    assert profile["slurm-init-seconds-before-status-checks"] == 20


def test_what_is_not_told_stays_to_be_set_with_its_candidates(written):
    text, profile = written(SINGLE)
    assert profile["default-resources"]["slurm_account"] == "SET_ME"
    assert "one of bars, stars: sacctmgr tells of no default" in text
    assert profile["default-resources"]["slurm_partition"] == "nodes"
    assert "which has GPUs, as all have" in comment_above(text, "  slurm_partition: nodes")
    assert "does not tell SelectType" in text
    assert "does not tell MinJobAge" in text
    assert list_unset(text) == ["slurm_account"]
    without = {**SINGLE, "sinfo": "nodes|1|(null)"}
    text, profile = written(without)
    assert profile["set-resources"]["train_model"]["slurm_partition"] == "SET_ME"
    assert list_unset(text) == ["slurm_account", "slurm_partition"]


def test_a_runtime_without_a_gpu_is_capped_too(written):
    short = LARGE["scontrol --oneliner"].replace("MaxTime=UNLIMITED", "MaxTime=2:00:00")
    _, profile = written({**LARGE, "scontrol --oneliner": short})
    assert profile["set-resources"]["decode_images"] == {"runtime": "min(60 * attempt, 120)"}


@pytest.mark.parametrize("answers", [OLD, LARGE, SINGLE])
def test_all_else_is_as_in_the_template(written, template, answers):
    text, profile = written(answers)
    original = yaml.safe_load(template)
    assert list(profile) == list(original)
    for key in set(original) - {"default-resources", "set-resources"}:
        if key != "slurm-init-seconds-before-status-checks":
            assert profile[key] == original[key]
    gpu_rules = set(original["set-resources"])
    assert gpu_rules <= set(profile["set-resources"])
    partitions = {profile["set-resources"][rule]["slurm_partition"] for rule in gpu_rules}
    assert len(partitions) == 1
    comments = re.findall(r"(?m)^ *# .*$", template)
    assert [line for line in comments if line not in text.splitlines()] == []


@pytest.mark.parametrize("default", ["YES", "NO"])
def test_few_nodes_with_gpus_are_few_gpus(written, default):
    """A general partition with two such nodes has fewer than one of forty."""
    partitions = "\n".join(
        f"PartitionName={name} Default={default} MaxTime=7-00:00:00 State=UP TotalNodes={nodes}"
        for name, default, nodes in [("general", default, 500), ("gpu", "NO", 40)]
    )
    sinfo = "general|498|(null)\ngeneral|2|gpu:2\ngpu|40|gpu:4"
    text, profile = written({**LARGE, "scontrol --oneliner": partitions, "sinfo": sinfo})
    assert profile["set-resources"]["train_model"]["slurm_partition"] == "gpu"
    reason = comment_above(text, "    slurm_partition: gpu")
    assert "(10080 min, 40 nodes, 160 GPUs); also general (10080 min, 500 nodes, 4 GPUs)" in reason


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("DenyAccounts=stars,bars", "open"),
        ("AllowAccounts=stars", "open"),
        ("AllowGroups=wheel,physics", "open"),
        ("AllowGroups=wheel,ada AllowAccounts=bars", "closed"),
        ("DenyAccounts=stars", "closed"),
        ("AllowGroups=ALL", "closed"),
    ],
)
def test_a_partition_that_is_closed_to_the_user_is_left_out(written, field, name):
    partitions = (
        f"PartitionName=closed {field} MaxTime=UNLIMITED State=UP TotalNodes=9\n"
        "PartitionName=open MaxTime=UNLIMITED State=UP TotalNodes=1"
    )
    sinfo = "closed|9|(null)\nopen|1|(null)"
    _, profile = written({**LARGE, "scontrol --oneliner": partitions, "sinfo": sinfo})
    assert profile["default-resources"]["slurm_partition"] == name


def test_a_cluster_that_does_not_answer_is_named():
    with pytest.raises(OSError, match="scontrol show partition: error"):
        read_site(cluster({"id": "ada"}))


def test_a_template_that_lacks_a_line_is_named(template):
    broken = template.replace("    gpu: 1\n", "")
    with pytest.raises(ValueError, match=r"found no line .*gpu: 1"):
        fill_profile(broken, read_site(cluster(LARGE)), RUNTIMES, [])


@pytest.mark.parametrize(
    ("minutes", "limit", "cap"),
    [(60, 180, None), (60, 179, "min(60 * attempt, 179)"), (60, 60, "60"), (90, 60, "60")],
)
def test_no_attempt_is_longer_than_the_partition_allows(minutes, limit, cap):
    (partition,) = read_site(
        cluster({**SINGLE, "scontrol --oneliner": f"PartitionName=p MaxTime={limit} State=UP"})
    ).partitions
    assert cap_runtime(minutes, 3, partition) == cap


def test_runtimes_are_those_of_the_rules(root):
    runtimes = read_runtimes(path.read_text() for path in (root / "workflow/rules").glob("*.smk"))
    assert (runtimes["train_model"], runtimes["decode_images"]) == (1440, 60)
    assert {"report_gpu", "compute_heatmaps", "simulate_survey"} <= set(runtimes)
