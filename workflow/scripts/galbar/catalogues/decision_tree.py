"""The 37 vote fractions of the Galaxy Zoo 2 decision tree (Willett et al. 2013)."""

# Number of answers of the questions 1 to 11, in the order of the published table.
_ANSWER_COUNTS = (3, 2, 2, 2, 4, 2, 3, 7, 3, 3, 6)

QUESTIONS = {
    number: tuple(f"Class{number}.{answer}" for answer in range(1, answers + 1))
    for number, answers in enumerate(_ANSWER_COUNTS, start=1)
}
"""Question number -> names of its answers' columns."""

VOTE_COLUMNS = tuple(name for names in QUESTIONS.values() for name in names)
"""The 37 columns of ``training_solutions_rev1.csv`` after GalaxyID, in its order."""

BAR = "Class3.1"
"""The answer "there is a bar"."""

# A column holds the share of all volunteers who reached and gave that answer, so
# the answers of a question sum to the share of the answer that leads to it. None
# stands for all volunteers.
SUMS = {
    1: None,
    2: "Class1.2",
    3: "Class2.2",
    4: "Class2.2",
    5: "Class2.2",
    6: None,
    7: "Class1.1",
    8: "Class6.1",
    9: "Class2.1",
    10: "Class4.1",
    11: "Class4.1",
}
"""Question number -> the column that its answers sum to (None: 1)."""

ANSWER_LABELS = {
    "Class1.1": "smooth",
    "Class1.2": "features or disc",
    "Class1.3": "star or artefact",
    "Class2.1": "edge-on",
    "Class2.2": "not edge-on",
    "Class3.1": "bar",
    "Class3.2": "no bar",
    "Class4.1": "spiral arms",
    "Class4.2": "no spiral arms",
    "Class5.1": "no bulge",
    "Class5.2": "bulge just noticeable",
    "Class5.3": "bulge obvious",
    "Class5.4": "bulge dominant",
    "Class6.1": "odd",
    "Class6.2": "not odd",
    "Class11.1": "one spiral arm",
    "Class11.2": "two spiral arms",
    "Class11.3": "three spiral arms",
    "Class11.4": "four spiral arms",
    "Class11.5": "more than four spiral arms",
    "Class11.6": "number of arms unclear",
}
"""Words for the vote columns that figures are likely to show."""
