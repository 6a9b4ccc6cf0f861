"""Print the main numbers of a finished run: `python print_headline.py demo/results`."""

import sys
from pathlib import Path

from galbar.scores.summary import headline

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: print_headline.py <results directory>")
    try:
        print(headline(Path(sys.argv[1])))
    except (OSError, ValueError) as error:
        sys.exit(f"print_headline.py: {error}")
