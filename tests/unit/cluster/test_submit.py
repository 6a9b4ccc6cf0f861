"""Decisions of profiles/slurm/submit.sh, with stand-ins for SLURM's commands and for Snakemake.

On a real SLURM it runs in tests/slurm/test_submit.py.
"""

import os
import shutil
import subprocess
import time

import pytest

# A safety net [s].
LIMIT = 300
JOB = "100"
OF_JOB = {"SLURM_JOB_ID": JOB, "SLURM_JOB_PARTITION": "main", "SLURM_JOB_NAME": "galbar-main"}
# Each writes how it was called, and does what a file says, if there is one.
PROGRAM = """#!/bin/sh
echo "$(basename "$0") $*" >> "{folder}/calls"
[ -f "{folder}/answers/$(basename "$0")" ] && . "{folder}/answers/$(basename "$0")"
exit 0
"""
# Of the job itself only: its limit and its end; it is the only one in the queue.
SQUEUE = """case "$*" in
*"--jobs 100"*%l*) echo 1-00:00:00 ;;
*"--jobs 100"*%T*) echo RUNNING ;;
*--jobs*) echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1 ;;
esac
"""


class Folder:
    """A folder with the script, a profile and the stand-ins."""

    def __init__(self, root, folder):
        self.folder = folder
        (folder / "profiles/slurm").mkdir(parents=True)
        shutil.copy2(root / "profiles/slurm/submit.sh", folder / "profiles/slurm")
        self.write_profile("slurm", "galaxies", "main")
        # As SLURM names its copy of the script.
        (folder / "spool").mkdir()
        shutil.copy2(root / "profiles/slurm/submit.sh", folder / "spool/slurm_script")
        for name in ("squeue", "sbatch", "scancel", "sacct", "sinfo"):
            self._write_program(folder / "bin" / name)
        self._write_program(folder / ".venv/bin/snakemake")
        (folder / "answers").mkdir()
        self.answer("squeue", SQUEUE)
        self.answer("sbatch", "echo 101\n")

    def _write_program(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PROGRAM.format(folder=self.folder))
        path.chmod(0o755)

    def write_profile(self, name, account, partition):
        """Write a profile with an account and a partition."""
        path = self.folder / "profiles" / name / "config.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"default-resources:\n  slurm_account: {account}\n  slurm_partition: {partition}\n"
        )

    def answer(self, program, lines):
        """Set what a stand-in does: lines of shell."""
        (self.folder / "answers" / program).write_text(lines)

    def write_state(self, main, successor="", killed=0):
        """Write what the turn before has left."""
        (self.folder / ".snakemake").mkdir(exist_ok=True)
        (self.folder / ".snakemake/submit").write_text(f"{main}\n{successor}\n{killed}\n")

    def environment(self, **variables):
        """Return the variables that the script is started with."""
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(("SLURM", "SBA"))
        }
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        quick = {"GALBAR_SUBMIT_PAUSE": "0", "GALBAR_SUBMIT_PATIENCE": "1"}
        return {**kept, "PATH": path, **quick, **variables}

    def run(self, *arguments, script="profiles/slurm/submit.sh", **variables):
        """Run the script; the completed process."""
        return subprocess.run(
            [script, *arguments],
            cwd=self.folder,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def run_job(self, *arguments, **variables):
        """Run it as SLURM does; the exit status and the log."""
        script = self.folder / "spool/slurm_script"
        done = self.run(*arguments, script=script, **OF_JOB, **variables)
        assert done.stdout == ""
        return done.returncode, self.log()

    def log(self):
        """Return the log of the job."""
        return (self.folder / f"results/logs/submit/{JOB}.log").read_text()

    def calls(self, program):
        """Return the arguments of each call of a stand-in."""
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.partition(" ")[2] for line in lines if line.split(" ")[0] == program]


@pytest.fixture
def folder(root, tmp_path):
    return Folder(root, tmp_path)


def test_the_profile_of_the_site_comes_before_the_template(folder):
    folder.write_profile("site", "ours", "long")
    assert folder.run("all_lengths").returncode == 0
    (call,) = folder.calls("sbatch")
    assert call.startswith("--account=ours --partition=long profiles/slurm/submit.sh")
    assert call.endswith("--profile=profiles/site all_lengths")


def test_a_profile_may_be_named(folder):
    folder.write_profile("site", "ours", "long")
    folder.write_profile("theirs", "guest", "short")
    folder.run(
        "--profile", "profiles/theirs", GALBAR_SUBMIT_OPTIONS="--constraint=cpu --wckey=bars"
    )
    (call,) = folder.calls("sbatch")
    assert call.startswith("--account=guest --partition=short --constraint=cpu --wckey=bars")
    assert call.endswith("--profile=profiles/theirs")


@pytest.mark.parametrize(
    ("limits", "option"), [("12:00:00", "--time=12:00:00"), ("7-00:00:00", ""), ("infinite", "")]
)
def test_a_partition_that_allows_less_than_a_day_is_not_asked_for_one(folder, limits, option):
    folder.answer("sinfo", f"echo {limits}\n")
    folder.run()
    (call,) = folder.calls("sbatch")
    assert ("--time" in call) == bool(option)
    assert option in call


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--directory", "results"], "found --directory, expected no folder but this one"),
        (["-dresults"], "found -dresults, expected no folder but this one"),
        (["--forcerun", "train_model"], "found --forcerun, which each job after this one"),
        (["-R", "train_model"], "found -R, which each job after this one"),
        (["--profile=profiles/none"], "found no profiles/none/config.yaml, expected a profile"),
        (["--profile"], "found --profile alone, expected a folder"),
    ],
)
def test_arguments_that_would_mislead_it_are_refused(folder, arguments, message):
    done = folder.run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    status, log = folder.run_job(*arguments)
    assert status == 2
    assert message in log


def test_within_another_job_it_submits_one_of_its_own(folder):
    assert folder.run(SLURM_JOB_ID="77", SLURM_JOB_PARTITION="interactive").returncode == 0
    assert folder.calls("snakemake") == []
    (call,) = folder.calls("sbatch")
    assert "--partition=main" in call


def test_a_successor_asks_for_what_the_job_has(folder):
    status, log = folder.run_job("all_lengths", GALBAR_SUBMIT_OPTIONS="--constraint=cpu")
    assert status == 0, log
    (call,) = folder.calls("sbatch")
    for option in ("--dependency=afterany:100", "--time=1-00:00:00", "--constraint=cpu"):
        assert option in call
    assert call.endswith("profiles/slurm/submit.sh --profile=profiles/slurm all_lengths")
    assert folder.calls("scancel") == ["101"]
    (run,) = folder.calls("snakemake")
    assert run == "--slurm-jobname-prefix main-100 --profile=profiles/slurm all_lengths"
    assert not (folder.folder / ".snakemake/submit").exists()


def test_where_no_successor_can_be_had_the_turn_is_not_lost(folder):
    folder.answer("sbatch", "exit 1\n")
    status, log = folder.run_job()
    assert status == 0, log
    assert "sbatch failed: no job comes after this one" in log
    # A scheduler has its moments.
    assert len(folder.calls("sbatch")) == 20
    assert len(folder.calls("snakemake")) == 1


def test_an_answer_that_fails_once_is_asked_for_again(folder):
    folder.write_state("99", JOB)
    flag = folder.folder / "asked"
    busy = f'case "$*" in *"--jobs 99 "*) [ -f {flag} ] || {{ touch {flag}; exit 1; }} ;; esac\n'
    folder.answer("squeue", busy + SQUEUE)
    status, log = folder.run_job()
    assert status == 0, log
    assert "at work" not in log


def test_what_was_cancelled_by_sigkill_does_not_go_on(folder):
    folder.write_state("99", JOB)
    folder.answer("sacct", "echo CANCELLED by 0\n")
    status, log = folder.run_job()
    assert status == 3
    assert "job 99 was cancelled by its user: not going on" in log
    assert folder.calls("snakemake") == ["--profile=profiles/slurm --unlock"]
    # Who submits anew wants it to go on.
    folder.write_state("99", "98")
    assert folder.run_job()[0] == 0


@pytest.mark.parametrize(
    ("left", "status", "cancelled"),
    [("0:00", 75, []), ("5:00:00", 143, ["101"]), ("10:05", 143, ["101"])],
)
def test_sigterm_at_the_limit_is_no_cancel(folder, left, status, cancelled):
    """SLURM sends the same signal for both."""
    queue = f'case "$*" in *%L*) echo {left}; exit ;; *"--jobs 101"*) echo PENDING; exit ;; esac\n'
    folder.answer("squeue", queue + SQUEUE)
    begun = folder.folder / "begun"
    run = f'touch "{begun}"; exec sleep {LIMIT}'
    folder.answer("snakemake", f'case "$*" in *unlock*) ;; *) {run} ;; esac\n')
    process = subprocess.Popen(
        [folder.folder / "spool/slurm_script"], cwd=folder.folder, env=folder.environment(**OF_JOB)
    )
    deadline = time.monotonic() + LIMIT
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.terminate()
    assert process.wait(LIMIT) == status, folder.log()
    assert folder.calls("scancel") == cancelled
    assert (folder.folder / ".snakemake/submit").exists() == (not cancelled)


@pytest.mark.parametrize(("killed", "status"), [(3, 0), (4, 3)])
def test_after_five_turns_that_were_killed_it_gives_up(folder, killed, status):
    folder.write_state("99", JOB, killed)
    folder.answer("sacct", "echo NODE_FAIL\n")
    ended, log = folder.run_job()
    assert ended == status
    assert ("5 turns in a row were killed" in log) == bool(status)
    assert len(folder.calls("snakemake")) == (not status)


def test_a_job_that_is_requeued_again_and_again_gives_up(folder):
    folder.write_state(JOB, "101", 4)
    ended, log = folder.run_job()
    assert ended == 3
    assert "5 turns in a row were killed" in log


def test_locks_of_a_snakemake_that_was_started_by_hand_stay(folder):
    lock = folder.folder / ".snakemake/locks/0.output.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    status, log = folder.run_job()
    assert status == 3
    assert "a lock in" in log
    assert "that is not of submit.sh" in log
    # With a turn before: newer than what that one has written last, ...
    folder.write_state("99", JOB)
    before = folder.folder / "results/logs/submit/99.log"
    before.touch()
    os.utime(before, (1, 1))
    assert folder.run_job()[0] == 3
    assert lock.exists()
    assert folder.calls("snakemake") == []
    # ... or of that turn.
    os.utime(lock, (0, 0))
    assert folder.run_job()[0] == 0
    assert folder.calls("snakemake")[0] == "--profile=profiles/slurm --unlock"


def test_in_the_wrong_folder_it_says_so_where_it_is_seen(folder, tmp_path):
    shutil.rmtree(folder.folder / "profiles")
    script = folder.folder / "spool/slurm_script"
    done = folder.run(script=script, SLURM_JOB_ID=JOB, HOME=str(tmp_path))
    assert done.returncode == 2
    log = (tmp_path / f"galbar-main-{JOB}.log").read_text()
    assert "found no profiles/slurm/submit.sh, expected the folder of the repository" in log
