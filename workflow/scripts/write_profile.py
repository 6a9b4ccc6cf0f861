"""Write the profile of this cluster: profiles/{NAME}/config.yaml, from that in profiles/slurm.

`python write_profile.py [NAME [FORCE]]`; by default "site". What stands there is replaced with
FORCE only: any text but "" and 0.
"""

import re
import sys
from pathlib import Path

from galbar.cluster.profile_text import fill_profile, list_unset
from galbar.cluster.site import read_site
from galbar.cluster.site_profile import read_runtimes
from galbar.io.atomic import atomic_write

ROOT = Path(__file__).resolve().parents[2]


def main(name="site", force=""):
    """Write the profile; return what was chosen and what is left to do."""
    if not re.fullmatch(r"[\w.-]+", name) or name in (".", "..", "slurm", "default"):
        raise ValueError(
            f"{name!r}: expected a name of letters and digits for a folder in profiles/, other "
            "than slurm (the template) and default (which Snakemake always reads)"
        )
    path = ROOT / "profiles" / name / "config.yaml"
    if path.exists() and force in ("", "0"):
        raise FileExistsError(
            f"{path.relative_to(ROOT)} is there already: look at it, and replace it with FORCE=1"
        )
    template = (ROOT / "profiles/slurm/config.yaml").read_text(encoding="utf-8")
    files = sorted((ROOT / "workflow/rules").glob("*.smk"))
    texts = [file.read_text(encoding="utf-8") for file in files if file.stem != "cluster"]
    gpu_rules = re.findall(r"(?m)^  (\w+): [&*]gpu$", template)
    text = fill_profile(template, read_site(), read_runtimes(texts), gpu_rules)
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path.relative_to(ROOT), text


if __name__ == "__main__":
    if len(sys.argv) > 3:
        sys.exit("usage: write_profile.py [NAME [FORCE]]")
    try:
        path, text = main(*sys.argv[1:])
    except (OSError, ValueError) as error:
        sys.exit(f"write_profile.py: {error}")
    print("\n".join(re.findall(r"(?m)^ *# >>.*\n(?: *#.*\n)*.*$", text)))
    unset = list_unset(text)
    print(f"{path}: " + (f"still to be set: {', '.join(unset)}" if unset else "complete"))
    print(f"Next: snakemake --profile {path.parent} check_cluster")
