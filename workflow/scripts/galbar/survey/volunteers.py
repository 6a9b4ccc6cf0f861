"""What volunteers see in a galaxy: the probabilities of their answers.

Probabilities are smooth functions of what can be seen: how large the galaxy is against the seeing,
its inclination, the contrast and the length of its bar, the strength of its arms. Nobody sees a bar
for certain, and nobody misses one for certain.
"""

import numpy as np


def _logistic(value):
    return float(1 / (1 + np.exp(-value)))


def _shares(weights):
    """Normalise weights to probabilities, none of them zero."""
    weights = np.maximum(np.asarray(weights, dtype=float), 0) + 0.01
    return weights / weights.sum()


def _yes(probability):
    probability = float(np.clip(probability, 0.01, 0.99))
    return np.array([probability, 1 - probability])


def clarity(galaxy, fwhm):
    """Return how well structure is resolved, 0 to 1, from petroR90 over seeing FWHM [arcsec]."""
    return _logistic(1.6 * (np.log(galaxy.petror90 / fwhm) - np.log(4.0)))


def bar_probability(galaxy, fwhm):
    """Return the probability that a volunteer who is asked sees a bar; ``fwhm`` is in arcsec.

    In Galaxy Zoo 2 weak and short bars get few votes (Masters et al. 2011; Willett et al. 2013),
    and hardly any galaxy gets all of them. Scaled so that the shares of "bar" among those who were
    asked have about the quantiles of real galaxies (compared in the tests).
    """
    # What looks like a bar without being one: the inner ends of open arms, an inclined bulge.
    if galaxy.bar is None:
        foreshortened = 0.9 * (1 - galaxy.axis_ratio) if galaxy.disc else 0.0
        return _logistic(-3.1 + foreshortened)
    bar = galaxy.bar
    width = bar.length * bar.axis_ratio * 0.02 * galaxy.petror90
    score = (
        -0.1
        + 1.2 * np.log(bar.contrast / 1.2)
        + 2.2 * np.log(bar.length / 53.0)
        + 1.0 * np.log(width / fwhm / 2.2)
        + 1.5 * (galaxy.axis_ratio - 0.7)
    )
    return float(np.clip(_logistic(score), 0.03, 0.97))


def answer_probabilities(galaxy, fwhm):
    """Return question (1 to 11) of the Galaxy Zoo 2 tree -> array of its answers' probabilities.

    They sum to 1, given that the question is asked. ``fwhm`` is the seeing [arcsec].
    """
    seen = clarity(galaxy, fwhm)
    bulge = galaxy.bulge.fraction if galaxy.bulge else 0.0
    arms = galaxy.arms.strength * seen if galaxy.arms else 0.0
    edge_on = _logistic(14 * (0.26 - galaxy.axis_ratio)) if galaxy.disc else 0.02
    return {
        1: _first_question(galaxy, seen, arms),
        2: _yes(edge_on),
        3: _yes(bar_probability(galaxy, fwhm)),
        4: _yes(_logistic(-1.9 + 4.2 * arms)),
        5: _bulge_answers(bulge),
        6: _yes(_odd_probability(galaxy)),
        7: _roundness(galaxy),
        8: _odd_features(galaxy),
        9: _shares([3 * bulge + 0.2, 0.12, max(0.9 - 4.5 * bulge, 0.05)]),
        10: _winding(galaxy),
        11: _arm_counts(galaxy, seen),
    }


def _first_question(galaxy, seen, arms):
    """Return the probabilities of smooth, features or disc, star or artefact."""
    if galaxy.kind == "artefact":
        return np.array([0.16, 0.14, 0.70])
    if galaxy.kind == "smooth":
        features = 0.06 + 0.12 * (1 - galaxy.axis_ratio)
    elif galaxy.kind == "edge_on":
        features = 0.55 + 0.40 * seen
    else:
        bar = galaxy.bar.contrast if galaxy.bar else 0.0
        ring = max((ring.strength for ring in galaxy.rings), default=0.0)
        structure = 2.2 * arms + seen * (0.8 * bar + 0.8 * ring) + (galaxy.odd != "")
        features = _logistic(-1.5 + 2.2 * seen + structure)
    features = float(np.clip(features, 0.02, 0.97))
    return np.array([(1 - features) * 0.97, features * 0.985, 0.03 - 0.015 * features])


def _bulge_answers(bulge):
    """Return the probabilities of no, noticeable, obvious, dominant bulge by its share of light."""
    value = np.log10(max(bulge, 1e-3))
    centres = np.array([-1.9, -1.15, -0.65, -0.2])
    return _shares(np.exp(-0.5 * ((value - centres) / 0.32) ** 2))


def _odd_probability(galaxy):
    if galaxy.kind == "odd":
        return 0.72 if galaxy.odd != "irregular" else 0.55
    return 0.30 if galaxy.rings else 0.10


def _roundness(galaxy):
    """Return the probabilities of completely round, in between, cigar-shaped."""
    centres, widths = np.array([0.97, 0.66, 0.22]), np.array([0.11, 0.16, 0.14])
    return _shares(np.exp(-0.5 * ((galaxy.axis_ratio - centres) / widths) ** 2))


def _odd_features(galaxy):
    """Return the probabilities of ring, lens, disturbed, irregular, other, merger, dust lane."""
    weights = np.array([0.06, 0.05, 0.10, 0.16, 0.30, 0.12, 0.02])
    if galaxy.rings:
        weights[0] += 1.5
    if galaxy.disc and galaxy.disc.dust > 0.2:
        weights[6] += 0.8
    answer = {"disturbed": 2, "irregular": 3, "merger": 5}.get(galaxy.odd)
    if answer is not None:
        weights[answer] += 1.8
    return _shares(weights)


def _winding(galaxy):
    """Return the probabilities of tight, medium, loose arms."""
    pitch = galaxy.arms.pitch if galaxy.arms else 14.0
    return _shares(np.exp(-0.5 * ((pitch - np.array([9.0, 18.0, 30.0])) / 6.0) ** 2))


def _arm_counts(galaxy, seen):
    """Return the probabilities of 1, 2, 3, 4, more than 4 arms, cannot tell."""
    weights = np.array([0.05, 0.25, 0.08, 0.05, 0.06, 0.5 + 0.5 * (1 - seen)])
    if galaxy.arms:
        weights[min(galaxy.arms.number, 5) - 1] += 2.5 * seen
    return _shares(weights)
