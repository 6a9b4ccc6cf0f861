"""Votes of simulated volunteers in the Galaxy Zoo 2 decision tree (Willett et al. 2013)."""

import numpy as np

from galbar.catalogues.decision_tree import QUESTIONS, SUMS, VOTE_COLUMNS


def check_volunteers(mean):
    """Raise ValueError if a galaxy has fewer than 5 volunteers on average, or NaN."""
    if not mean >= 5:
        raise ValueError(f"survey.volunteers is {mean}, expected at least 5")


def draw_volunteers(rng, mean):
    """Draw the number of volunteers: Poisson, at least 5; ValueError if ``mean`` is less."""
    check_volunteers(mean)
    return max(int(rng.poisson(mean)), 5)


def simulate_votes(probabilities, volunteers, rng):
    """Draw the answers of volunteers, each along their own path through the tree.

    Those at one question answer independently: one multinomial draw is the same as one by one.
    ``probabilities`` maps questions (1 to 11) to those of their answers; ValueError unless they
    match these and sum to 1. Returns the shares of all volunteers, (37,) float64, in the order of
    ``VOTE_COLUMNS``; the sums of `galbar.catalogues.decision_tree.SUMS` hold up to rounding.
    """
    counts = {}
    for question, answers in QUESTIONS.items():
        p = np.asarray(probabilities[question], dtype=float)
        if p.shape != (len(answers),) or abs(p.sum() - 1) > 1e-9 or p.min() < 0:
            raise ValueError(
                f"question {question}: expected {len(answers)} probabilities that sum to 1, got {p}"
            )
        # Questions come in the order of their numbers, so that the parent has been answered.
        parent = SUMS[question]
        asked = volunteers if parent is None else counts[parent]
        drawn = rng.multinomial(asked, p / p.sum())
        counts.update(zip(answers, drawn.tolist(), strict=True))
    return np.array([counts[name] for name in VOTE_COLUMNS]) / volunteers
