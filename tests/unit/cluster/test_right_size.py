"""What jobs used and what to ask for, from recorded answers of accounting and benchmarks."""

import math

import numpy as np
import pandas as pd
import pytest
import yaml

from galbar.cluster.accounting import megabytes_of, read_jobs, seconds_of
from galbar.cluster.right_size import compare_sizes, format_sizes, format_snippet, read_benchmarks

FOLDER = "/scratch/ada/galbar"
# As a real cluster answers: out of memory and out of time are FAILED there, and a requeued job has
# its number twice. The last two are not of this workflow, and of another folder.
SACCT = f"""\
17|run1|FAILED|9:0|00:00:03|00:00.461|2|300M||00:05:00|{FOLDER}|rule_train_model_wildcards_vgg16_1
17.batch|batch|FAILED|9:0|00:00:03|00:00.012|2||4096K||||
17.0|python|CANCELLED by 0|0:9|00:00:03|00:00.449|2||699392K||||
18|run1|FAILED|15:0|00:47:00|10:00.000|2|300M||00:48:00|{FOLDER}|rule_train_model_wildcards_xc_1
18.batch|batch|FAILED|15:0|00:47:00|00:00.010|2||4096K||||
18.0|python|CANCELLED|0:15|00:46:00|10:00.000|2||102400K||||
20|run1|COMPLETED|0:0|01:00:00|00:30:00|2|600M||02:00:00|{FOLDER}|rule_train_model_wildcards_vgg16_1
20.batch|batch|COMPLETED|0:0|01:00:00|00:00.010|2||100M||||
20.extern|extern|COMPLETED|0:0|01:00:00|00:00.010|2||0||||
20.0|python|COMPLETED|0:0|01:00:00|00:30:00|2||460800K||||
19|run1|REQUEUED|0:0|00:00:05|00:00.934|2|16G||04:00:00|{FOLDER}|rule_predict_votes_wildcards_a_b|c
19.batch|batch|CANCELLED|0:15|00:00:05|00:00.001|2||4M||||
19|run1|COMPLETED|0:0|00:20:00|00:20:00|2|16G||04:00:00|{FOLDER}|rule_predict_votes_wildcards_a_b|c
19.batch|batch|COMPLETED|0:0|00:20:00|00:00.010|2||100M||||
19.0|python|COMPLETED|0:0|00:20:00|00:20:00|2||1.5G||||
21|run1|RUNNING|0:0|00:20:00|00:00:00|2|16G||04:00:00|{FOLDER}|rule_predict_votes_wildcards_d
22_1|run2|CANCELLED by 1000|0:0|00:02:00|00:00:00|2|2000Mc||UNLIMITED|{FOLDER}|
23|bash|COMPLETED|0:0|00:02:00|00:00:00|1|1G||01:00:00|{FOLDER}|a comment of mine
24|run1|COMPLETED|0:0|09:00:00|00:00:00|1|1G||10:00:00|/else|rule_train_model_wildcards_vgg16_1
"""
REQUESTS = {
    "train_model": {"cpus": 8, "mem_mb": 32000, "runtime": 1440, "is_job": True},
    "predict_votes": {"cpus": 8, "mem_mb": 16000, "runtime": 240, "is_job": True},
    "compute_heatmaps": {"cpus": 8, "mem_mb": 16000, "runtime": 1440, "is_job": True},
    "measure_lengths": {"cpus": 1, "mem_mb": 2000, "runtime": 60, "is_job": False},
}
HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


@pytest.fixture
def jobs(tmp_path):
    log = tmp_path / "rule_compute_heatmaps/22_1.log"
    log.parent.mkdir()
    log.touch()
    return read_jobs(FOLDER, tmp_path, lambda *command: (0, SACCT))


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


def test_no_accounting_is_no_job(tmp_path):
    jobs = read_jobs(FOLDER, tmp_path, lambda *command: (1, "Slurm accounting is disabled"))
    assert jobs.empty
    assert compare_sizes(REQUESTS, read_benchmarks(tmp_path), jobs)["jobs"].tolist() == [0] * 4


def test_what_is_asked_used_and_to_be_asked(jobs, benchmarks):
    sizes = compare_sizes(REQUESTS, benchmarks, jobs).set_index("rule")
    row = sizes.loc["train_model"]
    assert (row["jobs"], row["seen_by"]) == (1, "sacct and benchmarks")
    # The benchmark's peak and the two Snakemakes are more than accounting has seen.
    assert row["used_mem_mb"] == 1200
    assert row["next_mem_mb"] == 1500
    assert (row["mean_min"], row["longest_min"]) == (60, 60)
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
        *("1", "32000", "1200", "1500", "1440", "60.0", "1440", "8", "0.5"),
        *("memory", "1,", "time", "1"),
    ]
    assert table[-1] == "no job seen of: compute_heatmaps"


def test_a_file_that_is_no_benchmark_is_named(tmp_path):
    (tmp_path / "train_model").mkdir()
    (tmp_path / "train_model/vgg16.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(ValueError, match=r"vgg16.tsv: found columns \['a', 'b'\], expected s"):
        read_benchmarks(tmp_path)
