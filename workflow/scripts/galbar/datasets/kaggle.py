"""Files of a competition, by Kaggle's own client: they are given to participants only."""

import logging
import os
import shutil
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)

_VARIABLES = (("KAGGLE_USERNAME", "KAGGLE_KEY"), ("KAGGLE_API_TOKEN",))
# Of the client, without output or growth of its file [s]. It has no limit of its own.
_LONGEST_SILENCE = 1800.0
_FILES = ("kaggle.json", "access_token")


def fetch_from_kaggle(dataset, part):
    """Fetch a file of a competition.

    Parameters
    ----------
    dataset : galbar.datasets.dataset.Dataset, with the key kaggle
    part : Path, file to write

    Raises
    ------
    ConnectionError : if there is no client or no token, with the three steps; if it failed, or
        did nothing for half an hour
    """
    competition, file = dataset.kaggle["competition"], dataset.kaggle["file"]
    program = shutil.which("kaggle")
    if program is None or not _has_token():
        lacking = "no program kaggle" if program is None else "no token of Kaggle"
        raise ConnectionError(f"found {lacking}. {_steps(competition)}")
    # Its own folder: the client goes on with what it has left there.
    folder = part.with_name(f".{Path(dataset.name).name}.kaggle")
    folder.mkdir(parents=True, exist_ok=True)
    command = [program, "competitions", "download", "-c", competition, "-f", file]
    logger.info("kaggle competitions download -c %s -f %s", competition, file)
    status, last_line = _run([*command, "-p", str(folder)], folder)
    if status:
        raise ConnectionError(
            f"kaggle ended with {status} and said {last_line[:300]!r}. {_steps(competition)}"
        )
    files = [path for path in folder.iterdir() if path.name in (file, f"{file}.zip")]
    if len(files) != 1:
        listed = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
        raise ConnectionError(f"kaggle has written {listed}, expected {file}")
    files[0].replace(part)
    shutil.rmtree(folder)


def _run(command, folder):
    """Run a program with its output in the log; return its exit status and what it said last.

    ConnectionError if it neither says nor writes anything into ``folder`` for too long.
    """
    lines = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # Its progress bar, a line each time: not ten a second.
        env={**os.environ, "TQDM_MININTERVAL": "10"},
        # With all that it starts: what holds its output would be waited for.
        start_new_session=True,
    ) as process:
        reader = threading.Thread(target=_print_lines, args=(process.stdout, lines))
        reader.start()
        try:
            _wait_for(process, lambda: (len(lines), _size_of(folder)))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            reader.join()
    return process.returncode, next(filter(None, map(str.strip, reversed(lines))), "")


def _print_lines(output, lines):
    """Print what a program says, and keep it."""
    for line in output:
        print(line, end="", flush=True)
        lines.append(line)


def _wait_for(process, get_progress):
    """Wait for the end of a process; ConnectionError if it makes no progress for too long."""
    progress, since = get_progress(), time.monotonic()
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_LONGEST_SILENCE / 60)
            return
        if (latest := get_progress()) != progress:
            progress, since = latest, time.monotonic()
        elif time.monotonic() - since > _LONGEST_SILENCE:
            raise ConnectionError(
                f"kaggle was stopped: it has said and written nothing for {_LONGEST_SILENCE:.0f} s."
                " What it has written is kept; run fetch_data again"
            )


def _size_of(folder):
    """Return how much there is in a folder [bytes]."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _has_token():
    """Return whether the user has a token, in variables or in a file of Kaggle's folder."""
    if any(all(os.environ.get(name) for name in names) for names in _VARIABLES):
        return True
    folders = [Path.home() / ".kaggle", Path.home() / ".config/kaggle"]
    if os.environ.get("KAGGLE_CONFIG_DIR"):
        folders.insert(0, Path(os.environ["KAGGLE_CONFIG_DIR"]))
    return any((folder / name).is_file() for folder in folders for name in _FILES)


def _steps(competition):
    return (
        f"Three steps: (1) an account on kaggle.com, and accept the rules at "
        f"https://www.kaggle.com/c/{competition}/rules; (2) a token: Settings, API, create one, "
        "and put it into ~/.kaggle/kaggle.json, or its content into KAGGLE_USERNAME and KAGGLE_KEY "
        "or KAGGLE_API_TOKEN; (3) `pip install kaggle` (not into the environment of galbar), then "
        "run fetch_data again. Or download the file in a browser, put it into the data directory"
        " as it is, and run fetch_data again. Without Kaggle: data.votes: gz2 (docs/data.md)"
    )
