"""Who tries a job again, and with which devices: profiles, requeue, what an allocation shows.

An attempt must be a new submission, which asks for more memory and time; within an allocation it
would fail in the same way. Snakemake passes ``--retries 0`` to the jobs that it submits, and reads
no profile within them, but what a rule itself says in ``retries:`` acts there, too.
"""

import re

from galbar.cluster.checks import PASS, WARN, Check, run_command


def check_attempts(settings, run=run_command):
    """Check what makes of the attempts of a job more or less than the profile says.

    Parameters
    ----------
    settings : dict
        profiles (path -> its keys; all that this run reads, a later one takes the place of the
        earlier ones key by key), environment_profile (what SNAKEMAKE_PROFILE names, if this run
        does not read it; else None), requeue (whether ``slurm-requeue`` is set).
    run : callable
        Like `galbar.cluster.checks.run_command`.

    Returns
    -------
    list of Check
    """
    return [
        _check_profiles(settings["profiles"]),
        *_check_environment(settings["environment_profile"]),
        _check_requeue(settings["requeue"], run),
    ]


def check_allocation(report):
    """Check what a job with a GPU has seen within its allocation.

    Parameters
    ----------
    report : dict
        retries (rule -> how often Snakemake would try it again within an allocation), asked
        (number of GPUs that the job asked for), visible (CUDA_VISIBLE_DEVICES, or None), devices
        (number of GPUs that TensorFlow sees).

    Returns
    -------
    list of Check
    """
    return [_check_retries(report["retries"]), _check_number(report)]


def count_gpus(gpu, gres):
    """Count the GPUs that the resources ``gpu`` and ``gres`` ask for, either of which may be None.

    ValueError if ``gpu`` is no number.
    """
    if gpu:
        return int(gpu)
    requested = re.match(r"gpu(?::[\w.]+?)??(?::(\d+))?$", str(gres or "").strip("'\""))
    return int(requested[1] or 1) if requested else 0


def _check_profiles(profiles):
    paths = list(profiles)
    if len(paths) < 2:
        return Check("profiles", PASS, paths[0] if paths else "none")
    *earlier, last = paths
    replaced = sorted({key for path in earlier for key in profiles[path]} & set(profiles[last]))
    text = f"{last} is read after {', '.join(earlier)}"
    if replaced:
        text += f", and its {', '.join(replaced)} take their place as a whole"
    return Check(
        "profiles",
        WARN,
        text,
        "see that retries and resources are those that you want; without the folder "
        "profiles/default: --workflow-profile none",
    )


def _check_environment(profile):
    if profile is not None:
        yield Check(
            "SNAKEMAKE_PROFILE",
            WARN,
            f"{profile}, which acts on every snakemake without --profile (not on this one, nor "
            "within its jobs)",
            "unset SNAKEMAKE_PROFILE, or set it to the profile of this run",
        )


def _check_requeue(requeue, run):
    status, text = run("scontrol", "show", "config")
    default = re.search(r"JobRequeue\s*=\s*(\d)", text) if status == 0 else None
    site = f"the site's JobRequeue is {default[1]}" if default else "the site's is not told"
    if requeue:
        return Check("requeue", PASS, f"every job asks for it ({site})")
    consequence = (
        "a job whose node dies is lost, and costs an attempt"
        if default and default[1] == "0"
        else "a job whose node dies costs an attempt, and SLURM may start the old one again"
    )
    return Check(
        "requeue",
        WARN,
        f"slurm-requeue is not set, {site}: {consequence}",
        "set slurm-requeue: true in the profile",
    )


def _check_retries(retries):
    subject = "attempts within an allocation"
    repeated = {rule: number for rule, number in retries.items() if number > 0}
    if not repeated:
        return Check(subject, PASS, "one: another is a new job, with more memory and time")
    return Check(
        subject,
        WARN,
        f"{', '.join(f'{number + 1} of {rule}' for rule, number in sorted(repeated.items()))}: out "
        "of memory, a job would be again",
        "take retries: out of these rules; retries in the profile submits them again",
    )


def _check_number(report):
    asked, visible = report["asked"], report["visible"]
    given = report["devices"] if visible is None else len([v for v in visible.split(",") if v])
    text = f"{asked} asked, {given} given (CUDA_VISIBLE_DEVICES: {visible})"
    if given < asked:
        change = "ask in the site's other form (gpu, or gres with gpu: 0) for one, which a job uses"
    elif given > asked:
        change = "ask the site whether jobs see their own GPUs only; if not, they share one"
    elif asked > 1:
        change = "set gpu: 1; galbar uses one GPU a job"
    else:
        return Check("GPUs given", PASS, text)
    return Check("GPUs given", WARN, text, change)
