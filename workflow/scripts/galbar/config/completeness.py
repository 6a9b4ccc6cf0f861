"""Keys on simulated galaxies that say where lengths fail, and their entry among the catalogues."""

from pydantic import Field

from galbar.config.section import Section, Seed, Share

#: The catalogue of these galaxies, in file names.
COMPLETENESS = "completeness"
_FOLDER = "results/completeness"


class Completeness(Section):
    """Simulated galaxies whose bars are detected and measured, to know where that fails."""

    galaxies: int = Field(
        0,
        ge=0,
        description="number of simulated galaxies that the networks measure, to know completeness, "
        "bias and scatter of their lengths (docs/completeness.md); 0: none",
    )
    seed: Seed = Field(
        4004, description="seed of these galaxies, another than that of the simulated survey"
    )
    catalogue_share: Share = Field(
        0.8,
        description="share of these galaxies that is barred as those of the bar catalogue; the "
        "others are as those of the training set, with and without bars",
    )
    barred_share: Share = Field(
        0.5, description="share of the discs among the others that have a bar"
    )
    bins: int = Field(
        5,
        ge=1,
        le=100,
        description="number of bins of each property, with equal numbers of barred galaxies",
    )


def seed_problems(completeness, survey_seed, source):
    """List what is wrong with the seed of these galaxies: networks may have seen them.

    Parameters
    ----------
    completeness : Completeness
    survey_seed : int, of the simulated survey that the networks were trained on, or None
    source : str, what says so, for the message
    """
    if not completeness.galaxies or completeness.seed != survey_seed:
        return []
    return [
        f"completeness.seed: found {survey_seed}, expected another than {source}: the networks "
        "were trained on these galaxies"
    ]


def list_own_catalogues(config):
    """List a user's own catalogues, and that of the simulated galaxies if there are any.

    Parameters
    ----------
    config : dict, from `galbar.config.check.check_config`

    Returns
    -------
    list of dict, entries as of the key ``catalogues``
    """
    if not config["completeness"]["galaxies"]:
        return config["catalogues"]
    simulated = {
        "name": COMPLETENESS,
        "table": f"{_FOLDER}/galaxies.csv",
        "images": _FOLDER,
        "geometry": "galaxy_zoo",
        "columns": {},
        "formats": [],
        "verdicts": None,
    }
    return [*config["catalogues"], simulated]
