"""The start of a job: imported by every entry script before anything else.

The import opens the job's log, so that it says what happens from here on (a package that is missing
included), and fixes the environment, which packages read when they are imported. ``snakemake`` is
the object of the job that Snakemake puts into the script; None where a script is imported.
"""

import logging
import sys

from galbar import __version__
from galbar.io.job_log import start_log
from galbar.jobs.environment import fix_environment, show_all_warnings_once

snakemake = getattr(sys.modules["__main__"], "snakemake", None)

# Without a log: what answers on the terminal.
if snakemake is not None and snakemake.log:
    start_log(snakemake.log[0])
    logging.getLogger(__name__).info("galbar %s", __version__)
_set_aside = fix_environment()
if snakemake is not None:
    show_all_warnings_once()
if _set_aside:
    logging.getLogger(__name__).warning(
        "variables that do not act on this job, since they change results: %s",
        ", ".join(_set_aside),
    )
