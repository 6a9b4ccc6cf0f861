"""A trial of preemption: a job is interrupted on purpose, and must go on from where it was.

A small training runs once undisturbed, then in copies of that run in which it is interrupted when
it has stored something: as a partition with PreemptMode=REQUEUE does it, and as one with a grace
time.
"""

import io
import json
import re
import shutil
import subprocess
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from galbar.cluster.checks import FAIL, PASS, WARN, Check
from galbar.jobs.takeover import unfinished_folder

MODEL = "results/interrupted/run1/model.keras"
"""The network of ``config/preemption.yaml``."""

# Between two looks at the results [s].
_PAUSE = 0.5


@dataclass(frozen=True)
class Interruption:
    """A way to interrupt a job, as a partition does it.

    Attributes
    ----------
    name : str
        Of the folder of its run.
    command : tuple of str
        Command of SLURM, to which the number of the job is added.
    like, remedy : str
        What does the same, and what to do where the command is refused.
    """

    name: str
    command: tuple
    like: str
    remedy: str


INTERRUPTIONS = (
    Interruption(
        "requeued",
        ("scontrol", "requeue"),
        "PreemptMode=REQUEUE, or a node that is lost",
        "leave slurm-requeue: true in the profile; if it is, ask whether the site forbids it "
        "(JobRequeue). Jobs that are cancelled instead go on by retries",
    ),
    Interruption(
        "terminated",
        ("scancel", "--signal=TERM"),
        "PreemptMode=CANCEL or REQUEUE with GraceTime",
        "try it in a shell: it must be allowed for jobs of your own",
    ),
)


def storing_job(model):
    """Return the number of the job that has stored a state of a network's training, or None."""
    unfinished = unfinished_folder(model)
    try:
        owner = json.loads((unfinished / "owner.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return owner["job"] if any(unfinished.glob("state-*.h5")) else None


def resumed_epoch(log):
    """Return the epoch after which a training went on, by the text of its log; None if anew."""
    lines = re.findall(r"going on after epoch (\d+)", log)
    return int(lines[-1]) if lines else None


def largest_difference(model, reference):
    """Return the largest difference of two networks' weights; infinite if other weights are there.

    Parameters
    ----------
    model, reference : str or Path
        ``.keras`` files. The state of the optimizer is left out.
    """
    weights, expected = _read_weights(model), _read_weights(reference)
    if {name: array.shape for name, array in weights.items()} != {
        name: array.shape for name, array in expected.items()
    }:
        return float("inf")
    differences = [np.abs(weights[name] - expected[name]).max() for name in expected]
    return float(np.max(differences))


def run_interrupted(interruption, undisturbed, command, model=MODEL):
    """Interrupt the training once in a copy of a finished run, and look at what comes of it.

    Parameters
    ----------
    interruption : Interruption
    undisturbed : Path
        Folder of the finished run; the copy is made beside it.
    command : list of str
        Runs Snakemake to the network, in the folder that is added as ``--directory FOLDER``.
    model : str
        File of the network in the folder, results/{model}/run{run}/model.keras.

    Returns
    -------
    list of Check
    """
    folder = _copy_run(undisturbed, interruption.name, model)
    # Ctrl-C reaches Snakemake as well, which then cancels its jobs.
    with subprocess.Popen([*command, "--directory", str(folder)]) as process:
        while (job := storing_job(folder / model)) is None and process.poll() is None:
            time.sleep(_PAUSE)
        if process.poll() is not None:
            return [_ended_before(interruption, process.returncode)]
        done = subprocess.run([*interruption.command, job], capture_output=True, text=True)
        checks = [_check_interruption(interruption, job, done)]
        status = process.wait()
    return [*checks, *_check_end(interruption.name, folder, undisturbed, model, status)]


def _copy_run(undisturbed, name, model):
    folder = undisturbed.with_name(name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(undisturbed, folder, symlinks=True)
    (folder / model).unlink()
    _log(folder, model).unlink(missing_ok=True)
    return folder


def _log(folder, model):
    """Return the log of the training of a network."""
    _, name, run, _ = Path(model).parts
    return folder / f"results/logs/train_model/{name}_{run}.log"


def _ended_before(interruption, status):
    return Check(
        f"{interruption.name}: a training to interrupt",
        FAIL,
        f"snakemake ended with status {status} before anything was stored",
        "read what it printed; where a training took less than a second: raise training.epochs in "
        "config/preemption.yaml",
    )


def _check_interruption(interruption, job, done):
    subject = f"{interruption.name}: interrupted"
    text = f"{' '.join(interruption.command)} {job}"
    if done.returncode:
        answer = (done.stderr or done.stdout).strip()
        return Check(subject, FAIL, f"{text}: {answer}", interruption.remedy)
    return Check(subject, PASS, f"{text}, as does {interruption.like}")


def _check_end(name, folder, undisturbed, model, status):
    log = _log(folder, model)
    if status or not (folder / model).exists():
        yield Check(
            f"{name}: finished",
            FAIL,
            f"snakemake ended with status {status}",
            f"read {log} and the logs in {folder / 'results/logs/slurm'}; retries in the profile "
            "must be 1 at least",
        )
        return
    epoch = resumed_epoch(log.read_text(encoding="utf-8", errors="replace"))
    if epoch is None:
        yield Check(
            f"{name}: went on",
            FAIL,
            "it began anew, or ended before it was interrupted",
            f"read {log}: the node must see what another one has stored in {folder}",
        )
    else:
        yield Check(f"{name}: went on", PASS, f"after epoch {epoch}, which was stored before")
    difference = largest_difference(folder / model, undisturbed / model)
    if difference == 0:
        yield Check(f"{name}: same network", PASS, "to the last bit")
    else:
        yield Check(
            f"{name}: same network",
            WARN,
            f"weights differ by up to {difference:.2g}",
            "nothing if nodes have several kinds of processors or GPUs, which round otherwise; on "
            "the same kind it should not be",
        )


def _read_weights(path):
    """Read all weights of a .keras file but the optimizer's: name -> array."""
    with zipfile.ZipFile(path) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    weights = {}

    def take(name, node):
        if isinstance(node, h5py.Dataset) and not name.startswith("optimizer"):
            weights[name] = np.asarray(node[()], dtype=float)

    with h5py.File(content) as store:
        store.visititems(take)
    return weights
