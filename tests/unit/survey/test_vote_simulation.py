import numpy as np
import pytest

from galbar.catalogues.decision_tree import BAR, QUESTIONS, SUMS, VOTE_COLUMNS
from galbar.survey.vote_simulation import draw_volunteers, simulate_votes


def even_probabilities():
    return {question: np.full(len(names), 1 / len(names)) for question, names in QUESTIONS.items()}


def draw_one_by_one(probabilities, volunteers, rng):
    """Follow each volunteer through the tree; the plain version of `simulate_votes`."""
    counts = dict.fromkeys(VOTE_COLUMNS, 0)
    for _ in range(volunteers):
        given = set()
        for question, names in QUESTIONS.items():
            if SUMS[question] is None or SUMS[question] in given:
                answer = names[rng.choice(len(names), p=probabilities[question])]
                given.add(answer)
                counts[answer] += 1
    return np.array([counts[name] for name in VOTE_COLUMNS]) / volunteers


def test_sums_of_the_tree_hold():
    rng = np.random.default_rng(1)
    for _ in range(50):
        probabilities = {q: rng.dirichlet(np.ones(len(names))) for q, names in QUESTIONS.items()}
        shares = dict(zip(VOTE_COLUMNS, simulate_votes(probabilities, 41, rng), strict=True))
        for question, names in QUESTIONS.items():
            expected = 1.0 if SUMS[question] is None else shares[SUMS[question]]
            assert sum(shares[name] for name in names) == pytest.approx(expected, abs=1e-12)


def test_shares_are_whole_volunteers():
    shares = simulate_votes(even_probabilities(), 37, np.random.default_rng(2))
    np.testing.assert_allclose(shares * 37, np.round(shares * 37), atol=1e-9)


def test_same_distribution_as_walking_one_by_one():
    rng = np.random.default_rng(3)
    probabilities = {q: rng.dirichlet(np.ones(len(names)) * 2) for q, names in QUESTIONS.items()}
    fast = np.array([simulate_votes(probabilities, 40, rng) for _ in range(600)])
    plain = np.array([draw_one_by_one(probabilities, 40, rng) for _ in range(600)])
    # Five standard errors of a difference of means of 600 draws.
    error = np.sqrt((fast.var(axis=0) + plain.var(axis=0)) / 600)
    assert np.all(np.abs(fast.mean(axis=0) - plain.mean(axis=0)) <= 5 * error + 1e-12)
    np.testing.assert_allclose(fast.std(axis=0), plain.std(axis=0), rtol=0.25, atol=0.004)


def test_certain_answers_lead_to_the_bar():
    probabilities = even_probabilities()
    probabilities[1], probabilities[2], probabilities[3] = [0, 1, 0], [0, 1], [1, 0]
    shares = dict(
        zip(VOTE_COLUMNS, simulate_votes(probabilities, 40, np.random.default_rng(4)), strict=True)
    )
    assert shares[BAR] == 1
    assert shares["Class7.1"] == 0


def test_nobody_is_asked_what_nobody_leads_to():
    probabilities = even_probabilities()
    probabilities[6] = [0, 1]
    shares = dict(
        zip(VOTE_COLUMNS, simulate_votes(probabilities, 40, np.random.default_rng(5)), strict=True)
    )
    assert all(shares[name] == 0 for name in QUESTIONS[8])


@pytest.mark.parametrize("bad", [[0.5, 0.5], [0.5, 0.4, 0.2], [1.2, -0.1, -0.1]])
def test_wrong_chances_are_refused(bad):
    probabilities = even_probabilities() | {1: bad}
    with pytest.raises(ValueError, match="question 1: expected 3 probabilities"):
        simulate_votes(probabilities, 40, np.random.default_rng(0))


def test_number_of_volunteers():
    rng = np.random.default_rng(6)
    numbers = [draw_volunteers(rng, 40) for _ in range(500)]
    assert np.mean(numbers) == pytest.approx(40, abs=1.5)
    assert min(draw_volunteers(rng, 5) for _ in range(500)) == 5
    with pytest.raises(ValueError, match=r"survey\.volunteers is 2"):
        draw_volunteers(rng, 2)
