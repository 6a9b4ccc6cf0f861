"""Print the main numbers of a finished run: `python print_summary.py demo/results`."""

import sys
from pathlib import Path

from galbar.scores.summary import summarise_results

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: print_summary.py <results directory>")
    try:
        print(summarise_results(Path(sys.argv[1])))
    except (OSError, ValueError) as error:
        sys.exit(f"print_summary.py: {error}")
