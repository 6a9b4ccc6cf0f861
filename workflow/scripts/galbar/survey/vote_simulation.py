"""Volunteers walk the Galaxy Zoo 2 decision tree (Willett et al. 2013)."""

import numpy as np

from galbar.catalogues.decision_tree import QUESTIONS, SUMS, VOTE_COLUMNS

__all__ = ["draw_volunteers", "vote_shares"]


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


def vote_shares(chances, volunteers, rng):
    """Let volunteers answer, each along their own path through the tree.

    A volunteer is asked a question if they gave the answer that leads to it. Those at one question
    answer independently, so that their answers are one multinomial draw: the same as walking
    one by one.

    Parameters
    ----------
    chances : dict
        Question number (1 to 11) -> array of the chances of its answers, which sum to 1.
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
        If a question's chances do not match its answers, or do not sum to 1.
    """
    counts = {}
    for question, answers in QUESTIONS.items():
        chance = np.asarray(chances[question], dtype=float)
        if chance.shape != (len(answers),) or abs(chance.sum() - 1) > 1e-9 or chance.min() < 0:
            raise ValueError(
                f"question {question}: expected {len(answers)} chances that sum to 1, got {chance}"
            )
        # Questions come in the order of their numbers, so that the parent has been answered.
        parent = SUMS[question]
        asked = volunteers if parent is None else counts[parent]
        drawn = rng.multinomial(asked, chance / chance.sum())
        counts.update(zip(answers, drawn.tolist(), strict=True))
    return np.array([counts[name] for name in VOTE_COLUMNS]) / volunteers
