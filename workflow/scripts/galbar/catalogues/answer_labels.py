"""Words for the answers of the Galaxy Zoo 2 decision tree, for figures."""

__all__ = ["ANSWERS"]

ANSWERS = {
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
