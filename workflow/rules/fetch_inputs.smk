# Whether this run fetches the published files. Included first: all else then looks at these files.
import re
import sys
from contextlib import redirect_stderr
from io import StringIO

from snakemake.cli import parse_args
from snakemake.exceptions import WorkflowError


def list_targets():
    """List the targets of this run, or of the job that it is: Snakemake tells them only later.

    Only where one may be fetch_data: reading the arguments takes a quarter of a second.
    """
    if not any("fetch_data" in word for word in sys.argv[1:]):
        return []
    try:
        # It tells which profiles it reads, as at the start.
        with redirect_stderr(StringIO()):
            _, arguments = parse_args(sys.argv[1:])
    except SystemExit:
        # The arguments of another program, that uses Snakemake as a library.
        return []
    return [*arguments.targets, *(job.rulename for job in arguments.target_jobs or [])]


def is_fetching(targets):
    """Return whether fetch_data is the target, in a module by a name that ends in it."""
    fetching = [
        target for target in targets if re.fullmatch(r"(\w+_)?fetch_data", target)
    ]
    others = sorted(set(targets) - set(fetching))
    if fetching and others:
        raise WorkflowError(
            f"{fetching[0]}: found it with the targets {', '.join(others)}, expected it alone: "
            "these are planned with the data, so run them afterwards"
        )
    return bool(fetching)


# The files that this target fetches are looked at by all others.
FETCHING = is_fetching(list_targets())
