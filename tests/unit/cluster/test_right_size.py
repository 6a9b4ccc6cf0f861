"""What jobs used and what to ask for, from recorded answers of accounting and benchmarks."""

import math

import numpy as np
import pandas as pd
import pytest
import yaml

from galbar.cluster.accounting import megabytes_of, read_jobs, seconds_of
from galbar.cluster.right_size import (
    compare_sizes,
    format_sizes,
    format_snippet,
    limit_runtimes,
    read_benchmarks,
)

FOLDER = "/scratch/ada/galbar"
# As a real cluster answers: out of memory and out of time are FAILED there, and a requeued job has
# its number twice. The last two are not of this workflow, and of another folder.
SACCT = f"""\
17|FAILED|9:0|00:00:03|00:00.461|2|300M||00:05:00|run1|{FOLDER}|rule_train_model_wildcards_vgg16_1
17.batch|FAILED|9:0|00:00:03|00:00.012|2||4096K||batch|||
17.0|CANCELLED by 0|0:9|00:00:03|00:00.449|2||699392K||python|||
18|FAILED|15:0|00:47:00|10:00.000|2|300M||00:48:00|run1|{FOLDER}|rule_train_model_wildcards_xc_1
18.batch|FAILED|15:0|00:47:00|00:00.010|2||4096K||batch|||
18.0|CANCELLED|0:15|00:46:00|10:00.000|2||102400K||python|||
20|COMPLETED|0:0|01:00:00|00:30:00|2|600M||02:00:00|run1|{FOLDER}|rule_train_model_wildcards_vgg16_1
20.batch|COMPLETED|0:0|01:00:00|00:00.010|2||100M||batch|||
20.extern|COMPLETED|0:0|01:00:00|00:00.010|2||0||extern|||
20.0|COMPLETED|0:0|01:00:00|00:30:00|2||460800K||python|||
19|REQUEUED|0:0|00:00:05|00:00.934|2|16G||04:00:00|run1|{FOLDER}|rule_predict_votes_wildcards_a_b|c
19.batch|CANCELLED|0:15|00:00:05|00:00.001|2||4M||batch|||
19|COMPLETED|0:0|00:20:00|00:20:00|2|16G||04:00:00|run1|{FOLDER}|rule_predict_votes_wildcards_a_b|c
19.batch|COMPLETED|0:0|00:20:00|00:00.010|2||100M||batch|||
19.0|COMPLETED|0:0|00:20:00|00:20:00|2||1.5G||python|||
21|RUNNING|0:0|00:20:00|00:00:00|2|16G||04:00:00|run1|{FOLDER}|rule_predict_votes_wildcards_d
22_1|CANCELLED by 1000|0:0|00:02:00|00:00:00|2|2000Mc||UNLIMITED|run2|{FOLDER}|
23|COMPLETED|0:0|00:02:00|00:00:00|1|1G||01:00:00|bash|{FOLDER}|a comment of mine
24|COMPLETED|0:0|09:00:00|00:00:00|1|1G||10:00:00|run1|/else|rule_train_model_wildcards_vgg16_1
"""
REQUESTS = {
    "train_model": {
        "cpus": 8,
        "mem_mb": 32000,
        "runtime": 1440,
        "most_runtime": np.inf,
        "is_job": True,
    },
    "predict_votes": {
        "cpus": 8,
        "mem_mb": 16000,
        "runtime": 240,
        "most_runtime": np.inf,
        "is_job": True,
    },
    "compute_heatmaps": {
        "cpus": 8,
        "mem_mb": 16000,
        "runtime": 1440,
        "most_runtime": np.inf,
        "is_job": True,
    },
    "measure_lengths": {
        "cpus": 1,
        "mem_mb": 2000,
        "runtime": 60,
        "most_runtime": np.inf,
        "is_job": False,
    },
}
HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


@pytest.fixture
def jobs(tmp_path):
    log = tmp_path / "rule_compute_heatmaps/22_1.log"
    log.parent.mkdir()
    log.touch()
    return read(SACCT, tmp_path)[0]


def read(text, folder, status=0):
    return read_jobs(FOLDER, folder, lambda *command: (status, text))


@pytest.fixture
def benchmarks(tmp_path):
    folder = tmp_path / "benchmarks"
    for name, row in {
        "train_model/vgg16_run1": "3000.0\t0:50:00\t900.0\t1\t1\t1\t0\t0\t50\t1500.0",
        "measure_lengths/vgg16_run1/own/1-of-2": "120.0\t0:02:00\t100.0\t1\t1\t1\t0\t0\t90\t108.0",
        "measure_lengths/vgg16_run1/own/2-of-2": "0.3\t0:00:00\tNA\tNA\tNA\tNA\tNA\tNA\tNA\tNA",
    }.items():
        path = folder / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + row + "\n")
    return read_benchmarks(folder)


def test_every_time_that_a_job_ran_is_a_row(jobs):
    shown = ["job", "rule", "wildcards", "attempt", "outcome"]
    expected = [
        ("17", "train_model", "vgg16_1", 1, "memory"),
        ("18", "train_model", "xc_1", 1, "time"),
        ("20", "train_model", "vgg16_1", 2, "completed"),
        ("19", "predict_votes", "a_b|c", 1, "requeued"),
        ("19", "predict_votes", "a_b|c", 1, "completed"),
        ("21", "predict_votes", "d", 1, "running"),
        # By its log: the comment of an array is that of its first task, or none is stored.
        ("22_1", "compute_heatmaps", "", np.nan, "cancelled"),
    ]
    pd.testing.assert_frame_equal(jobs[shown], pd.DataFrame(expected, columns=shown))


def test_memory_is_that_of_the_batch_and_the_largest_other_step(jobs):
    used = jobs.set_index("outcome")["used_mem_mb"]
    assert used["memory"] == 4 + 683
    assert list(used["completed"]) == [100 + 450, 100 + 1536]
    assert math.isnan(used["cancelled"])
    assert list(jobs["asked_mem_mb"]) == [300, 300, 600, 16384, 16384, 16384, 4000]
    assert list(jobs["limit_min"]) == [5, 48, 120, 240, 240, 240, np.inf]


@pytest.mark.parametrize(
    ("text", "cpus", "megabytes"),
    [("1024K", 1, 1), ("2G", 8, 2048), ("1.5G", 1, 1536), ("500Mc", 8, 4000), ("4Gn", 8, 4096)],
)
def test_memory_in_every_unit(text, cpus, megabytes):
    assert megabytes_of(text, cpus) == megabytes


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:02.341", 2.341), ("01:02:03", 3723), ("1-02:03:04", 93784), ("10:00", 600)],
)
def test_times_of_accounting(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("convert", [megabytes_of, seconds_of])
def test_what_is_not_told_is_nan(convert):
    assert math.isnan(convert(""))


@pytest.mark.parametrize(
    ("status", "text", "remark"),
    [
        (127, "", "no sacct here: from benchmarks only"),
        (1, "Slurm accounting storage is disabled", "1 (Slurm accounting storage is disabled)"),
        (1, "sacct: error: slurm_persist_conn_open\nrefused", "open): from benchmarks only"),
        (124, "no answer within 60 s", "status 124 (no answer within 60 s): from benchmarks only"),
        (1, "", "status 1 (without a word)"),
    ],
)
def test_without_accounting_the_table_says_why(tmp_path, benchmarks, status, text, remark):
    jobs, remarks = read(text, tmp_path, status)
    assert jobs.empty
    sizes = compare_sizes(REQUESTS, benchmarks, jobs)
    assert sizes["jobs"].tolist() == [1, 0, 0, 2]
    assert remark in format_sizes(sizes, remarks).splitlines()[0]


def test_what_users_write_in_other_jobs_misaligns_nothing(tmp_path, jobs):
    other = "COMPLETED|0:0|01:00:00|00:00:00|1|1G||02:00:00"
    text = (
        f"1|{other}|a|b|c|/else|mine\n1.batch|{other}|batch||\n"
        f"2|{other}|a name\nof|two lines|/else|\n2.batch|{other}|batch||\n"
        f"{SACCT}3|{other}|c|/else|a comment\n\n|of|lines\n4.batch|{other}|batch||\n"
    )
    again, remarks = read(text, tmp_path)
    pd.testing.assert_frame_equal(again, jobs)
    assert remarks[0].startswith("sacct: 3 lines left out")
    assert read(SACCT, tmp_path)[1] == []


def test_a_job_of_ours_that_cannot_be_read_is_counted(tmp_path):
    ours = f"COMPLETED|0:0|01:00:00|00:00:00|two|1G||02:00:00|run1|{FOLDER}|rule_train_model"
    jobs, remarks = read(f"1|{ours}\n{SACCT}", tmp_path)
    assert "1" not in set(jobs["job"])
    assert remarks[0].startswith("sacct: 1 lines left out")


INTERRUPTED = f"""\
19|REQUEUED|0:0|05:00:00|00:00:05|8|16G||24:00:00|run1|{FOLDER}|rule_train_model_wildcards_vgg16_1
19.0|CANCELLED|0:15|05:00:00|00:00:05|8||14000M||python||
19|COMPLETED|0:0|00:20:00|00:20:00|8|16G||24:00:00|run1|{FOLDER}|rule_train_model_wildcards_vgg16_1
19.0|COMPLETED|0:0|00:20:00|00:20:00|8||2000M||python||
30|FAILED|1:0|07:00:00|00:00:05|8|16G||24:00:00|run1|{FOLDER}|rule_train_model_wildcards_xc_1
30.0|FAILED|1:0|07:00:00|00:00:05|8||9000M||python||
31|COMPLETED|0:0|00:10:00|00:10:00|8|16G||24:00:00|run2|{FOLDER}|rule_train_model_wildcards_xc_1
31.0|COMPLETED|0:0|00:10:00|00:10:00|8||2000M||python||
"""


def test_what_was_interrupted_counts(tmp_path):
    """The end of a job needs little of what the job needs."""
    jobs, _ = read(INTERRUPTED, tmp_path)
    row = (
        compare_sizes(REQUESTS, read_benchmarks(tmp_path), jobs)
        .set_index("rule")
        .loc["train_model"]
    )
    assert (row["jobs"], row["used_mem_mb"], row["next_mem_mb"]) == (2, 14000, 17500)
    assert (row["longest_min"], row["mean_min"]) == (7 * 60 + 10, (5 * 60 + 20 + 7 * 60 + 10) / 2)
    # 1.25 times 430 min, and the two minutes before the limit.
    assert row["next_runtime_min"] == 540


def test_work_that_was_begun_anew_is_a_time_of_its_own(tmp_path):
    again = f"COMPLETED|0:0|02:00:00|00:10:00|8|16G||24:00:00|run3|{FOLDER}|rule_train_model"
    tasks = "".join(f"50_{number}|{again}_wildcards_vgg16_1\n" for number in (1, 2))
    jobs, _ = read(f"{INTERRUPTED}40|{again}_wildcards_xc_1\n{tasks}", tmp_path)
    sizes = compare_sizes(REQUESTS, read_benchmarks(tmp_path), jobs).set_index("rule")
    minutes = [320, 430, 120, 120, 120]
    assert sizes.loc["train_model", "longest_min"] == 430
    assert sizes.loc["train_model", "mean_min"] == np.mean(minutes)


@pytest.mark.parametrize(
    ("most", "partition", "entry"),
    [
        (2880, "gpu", "min(540 * attempt, 2880)"),
        (np.inf, "gpu", "min(540 * attempt, 4320)"),
        (np.inf, "gpu,short", "min(540 * attempt, 4320)"),
        (np.inf, "short", "60"),
        (720, "SET_ME", "min(540 * attempt, 720)"),
        (480, "gpu", "480"),
        (np.inf, "SET_ME", "540 * attempt"),
    ],
)
def test_no_attempt_gets_longer_than_it_may_be(tmp_path, most, partition, entry):
    """As the profile that `make slurm-profile` has written, or the partition, has it."""
    jobs, _ = read(INTERRUPTED, tmp_path)
    request = REQUESTS["train_model"] | {"most_runtime": most, "partition": partition}
    partitions = {"gpu": {"time": 4320}, "short": {"time": 60}}
    limited = limit_runtimes({"train_model": request}, partitions)
    sizes = compare_sizes(limited, read_benchmarks(tmp_path), jobs)
    entries = yaml.safe_load(format_snippet(sizes, []))
    assert entries["train_model"]["runtime"] == (int(entry) if entry.isdecimal() else entry)


def test_what_is_no_job_has_no_limit():
    request = REQUESTS["measure_lengths"] | {"most_runtime": 30, "partition": "gpu"}
    limited = limit_runtimes({"measure_lengths": request}, {"gpu": {"time": 60}})
    assert limited["measure_lengths"]["most_runtime"] == np.inf


def test_what_is_asked_used_and_to_be_asked(jobs, benchmarks):
    sizes = compare_sizes(REQUESTS, benchmarks, jobs).set_index("rule")
    row = sizes.loc["train_model"]
    assert (row["jobs"], row["seen_by"]) == (1, "sacct and benchmarks")
    # The benchmark's peak and the two Snakemakes are more than accounting has seen.
    assert row["used_mem_mb"] == 1200
    assert row["next_mem_mb"] == 1500
    # With the three seconds of the attempt before.
    assert (row["mean_min"], row["longest_min"]) == (60.05, 60.05)
    # One ran out of time with what is asked for: not less.
    assert row["next_runtime_min"] == 1440
    assert (row["used_cpus"], row["cpu_efficiency"]) == (0.5, 0.25)
    assert row["next_cpus"] == 1
    assert (row["out_of_memory"], row["out_of_time"], row["last_failed_attempt"]) == (1, 1, 1)
    row = sizes.loc["predict_votes"]
    assert (row["jobs"], row["seen_by"]) == (1, "sacct")
    assert row["next_mem_mb"] == 2500
    assert row["next_runtime_min"] == 30
    assert row["next_cpus"] == 2
    assert math.isnan(row["last_failed_attempt"])


def test_a_rule_of_which_nothing_is_known_is_nan(jobs, benchmarks):
    row = compare_sizes(REQUESTS, benchmarks, jobs).set_index("rule").loc["compute_heatmaps"]
    unknown = ["used_cpus", "cpu_efficiency", "used_mem_mb", "mean_min", "longest_min"]
    unknown += ["next_cpus", "next_mem_mb", "next_runtime_min"]
    assert row["jobs"] == 0
    assert row[unknown].isna().all()


def test_a_job_too_short_to_be_looked_at_counts_without_numbers(jobs, benchmarks):
    row = compare_sizes(REQUESTS, benchmarks, jobs).set_index("rule").loc["measure_lengths"]
    assert (row["jobs"], row["seen_by"]) == (2, "benchmarks")
    assert row["used_mem_mb"] == 400
    assert row["mean_min"] == pytest.approx(120.3 / 2 / 60)
    assert row["used_cpus"] == pytest.approx(0.9)
    # Never more than is asked for.
    assert row["next_cpus"] == 1


def test_more_than_what_was_too_little_is_asked_for(benchmarks, jobs):
    """Where a job failed with more than others have used."""
    failed = jobs[jobs["outcome"] == "memory"].assign(asked_mem_mb=4000.0)
    sizes = compare_sizes(REQUESTS, benchmarks, failed).set_index("rule")
    assert sizes.loc["train_model", "next_mem_mb"] == 5000


def test_the_entries_fit_into_the_profile(jobs, benchmarks, root):
    sizes = compare_sizes(REQUESTS, benchmarks, jobs)
    entries = format_snippet(sizes, ["train_model", "predict_votes", "compute_heatmaps"])
    assert "compute_heatmaps" not in entries
    assert "measure_lengths" not in entries
    text = (root / "profiles/slurm/config.yaml").read_text()
    for rule in ("train_model", "predict_votes"):
        text = text.replace(f"  {rule}: *gpu\n", "")
    text = text.replace("  train_control: *gpu\n", f"  train_control: *gpu\n{entries}")
    asked = yaml.safe_load(text)["set-resources"]
    shared = asked["train_control"]
    assert asked["train_model"] == shared | {
        "mem_mb": "1500 * attempt",
        "runtime": "1440 * attempt",
    }
    assert asked["predict_votes"] == shared | {
        "mem_mb": "2500 * attempt",
        "runtime": "30 * attempt",
    }
    assert "# 1.0 CPUs were busy on average: cpus_per_task: 2" in entries


def test_the_table_tells_what_failed_and_what_is_not_known(jobs, benchmarks):
    table = format_sizes(compare_sizes(REQUESTS, benchmarks, jobs)).splitlines()
    (line,) = [line for line in table if line.startswith("train_model")]
    assert line.split()[1:] == [
        "1",
        "32000",
        "1200",
        "1500",
        "1440",
        "60.0",
        "1440",
        "8",
        "0.5",
        "memory",
        "1,",
        "time",
        "1",
    ]
    assert table[-1] == "no job seen of: compute_heatmaps"


def test_a_file_that_is_no_benchmark_is_named(tmp_path):
    (tmp_path / "train_model").mkdir()
    (tmp_path / "train_model/vgg16.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(ValueError, match=r"vgg16.tsv: found columns \['a', 'b'\], expected s"):
        read_benchmarks(tmp_path)
