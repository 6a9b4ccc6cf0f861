"""Names of the rows of the scores: galbar's own, which no table of a user's may have."""

from galbar.scores.baselines import BASELINES

_NAMES = (
    "calibrated",
    "saliency",
    "control",
    "ellipse",
    "ellipse_drop",
    "moments",
    "human",
    *BASELINES,
)
# Followed by the name of a network, or of what else is chosen.
_PREFIXES = ("calibrated_", "saliency_")


def is_built_in(name):
    """Return whether galbar gives one of its own rows a name, whatever the networks are."""
    return name in _NAMES or name.startswith(_PREFIXES)
