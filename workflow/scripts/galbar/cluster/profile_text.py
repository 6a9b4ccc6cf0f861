"""The text of a site's profile: the template with its choices, each below a comment on why."""

import re
import textwrap

from galbar.cluster.checks import UNSET
from galbar.cluster.site_profile import (
    cap_runtime,
    choose_account,
    choose_first_look,
    choose_gpu_form,
    choose_gpu_partition,
    choose_partition,
)

_HEADER = "# Written by `make slurm-profile` from what this cluster tells; >> marks what it chose."
_FIRST_LOOK = "slurm-init-seconds-before-status-checks"


def fill_profile(template, site, runtimes, gpu_rules):
    """Fill the template of the profile with the choices for a site.

    Parameters
    ----------
    template : str
        Text of profiles/slurm/config.yaml; its comments stay.
    site : galbar.cluster.site.Site
    runtimes : dict of int
        Rule -> what its first attempt asks for [min], of all rules that become jobs.
    gpu_rules : collection of str
        Those of the GPU partition.

    Returns
    -------
    str
        Text of the profile. What could not be chosen is SET_ME, with the candidates above it.

    Raises
    ------
    ValueError
        If the template lacks a line that is to be filled.
    """
    account = choose_account(site)
    # Without a known account all partitions are candidates.
    member = account.value if account.value in site.accounts else None
    plain, plain_partition = choose_partition(site, member)
    gpu, gpu_partition = choose_gpu_partition(site, member)
    form, form_reason = choose_gpu_form(site, gpu_partition)
    attempts = 1 + int(_find(template, r"^retries: (\d+)$")[1])
    first_look = choose_first_look(site, int(_find(template, rf"^{_FIRST_LOOK}: (\d+)$")[1]))
    text = _fill(template, f"  slurm_account: {UNSET}", account.reason, account.value)
    text = _fill(text, f"  slurm_partition: {UNSET}", plain.reason, plain.value)
    text = _fill(text, f"    slurm_partition: {UNSET}", gpu.reason, gpu.value)
    text = _fill_lines(text, "    gpu: 1", form_reason, form)
    text = _fill(text, f"{_FIRST_LOOK}: \\d+", first_look.reason, first_look.value)
    caps = {}
    for rule, minutes in runtimes.items():
        partition = gpu_partition if rule in gpu_rules else plain_partition
        cap = cap_runtime(minutes, attempts, partition)
        if cap is not None:
            caps[rule] = cap
    return f"{_HEADER}\n{_cap(text, caps, gpu_rules)}"


def list_unset(text):
    """List the keys of a profile that are still SET_ME, comments left out."""
    return re.findall(rf"(?m)^ *(\w+): {UNSET}$", text)


def _find(text, pattern):
    match = re.search(pattern, text, flags=re.MULTILINE)
    if match is None:
        raise ValueError(
            f"profiles/slurm/config.yaml, the template: found no line {pattern}, expected it as it "
            "ships; edit it by hand, or put it back (git checkout profiles/slurm)"
        )
    return match


def _fill(text, pattern, reason, value):
    """Give the key of a line another value, below a comment."""
    key = _find(text, rf"^({pattern})$")[1].split(":")[0]
    return _fill_lines(text, pattern, reason, (f"{key.strip()}: {value}",))


def _fill_lines(text, pattern, reason, lines):
    match = _find(text, rf"^({pattern})$")
    indent = re.match(" *", match[1])[0]
    comment = textwrap.wrap(f">> {reason}.", 92 - len(indent), break_long_words=False)
    written = [*(f"# {line}" for line in comment), *lines]
    block = "\n".join(f"{indent}{line}" for line in written)
    return text[: match.start()] + block + text[match.end() :]


def _cap(text, caps, gpu_rules):
    """Cap the runtimes of rules; those with a GPU keep what they share."""
    if not caps:
        return text
    end = _find(text, r"^  \w+: \*gpu$(?!\n  \w+: \*gpu)").end()
    reason = "    # >> No longer than the partition allows."
    own = [
        f"  {rule}:\n{reason}\n    runtime: {cap}"
        for rule, cap in caps.items()
        if rule not in gpu_rules
    ]
    text = "\n".join([text[:end], *own]) + text[end:]
    for rule, cap in caps.items():
        block = f"  {rule}:\n    <<: *gpu\n{reason}\n    runtime: {cap}"
        text = text.replace(f"  {rule}: *gpu", block)
    return text
