"""Votes of simulated volunteers in the Galaxy Zoo 2 decision tree (Willett et al. 2013)."""

import numpy as np

from galbar.catalogues.decision_tree import QUESTIONS, SUMS, VOTE_COLUMNS


def draw_volunteers(rng, mean):
    """Draw the number of volunteers of one galaxy: Poisson, at least 5.

    Raises
    ------
    ValueError
        If ``mean`` is below 5.
    """
    if mean < 5:
        raise ValueError(f"survey.volunteers is {mean}, expected at least 5")
    return max(int(rng.poisson(mean)), 5)


def simulate_votes(probabilities, volunteers, rng):
    """Draw the answers of volunteers, each along their own path through the tree.

    A volunteer is asked a question if they gave the answer that leads to it. Those at one question
    answer independently, so that their answers are one multinomial draw: the same as
    drawing one by one.

    Parameters
    ----------
    probabilities : dict
        Question number (1 to 11) -> array of the probabilities of its answers, which sum to 1.
    volunteers : int
        Number of volunteers.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (37,), float64
        Share of all volunteers who gave each answer, in the order of ``VOTE_COLUMNS``; the sums of
        `galbar.catalogues.decision_tree.SUMS` hold exactly, up to rounding.

    Raises
    ------
    ValueError
        If a question's probabilities do not match its answers, or do not sum to 1.
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
