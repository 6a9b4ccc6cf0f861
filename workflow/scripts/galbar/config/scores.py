"""Keys on the choice of the setting and on scores."""

from pydantic import Field

from galbar.config.section import Section, Share, path_problem, repeated
from galbar.scores.estimator_names import is_built_in


class Published(Section):
    """The published criterion, shown beside the chosen one."""

    corr_threshold: float = Field(
        0.85, gt=0, le=1, description="its correlation, one of lengths.corr_threshold"
    )
    len_threshold: int = Field(
        40, ge=1, description="its number of pixels, one of lengths.len_threshold"
    )


class ExternalLengths(Section):
    """Lengths of the bar catalogue's galaxies by another method."""

    name: str = Field(
        pattern="^[a-z][a-z0-9_]*$",
        max_length=60,
        description="name of the method: that of its rows in the tables of scores",
    )
    table: str = Field(
        min_length=1,
        description="table of its lengths (CSV, ECSV, FITS, VOTable, Parquet), tip to tip and "
        "projected. Columns: galaxy_id or objid, the SDSS objid as in the bar catalogue; the first "
        "that is there of length_px (of the 424 px image), length_scaled, length_arcsec, "
        "length_kpc_h and length_kpc (with cosmology.hubble_constant); if there is one, "
        "length_error in the same unit. Units of px, arcsec and kpc are converted where the table "
        "names others",
    )
    columns: dict[str, str] = Field(
        {}, description="name of such a column: its name in the table, if another"
    )

    def contradictions(self, key):
        """Return problems of the path, and of a name that galbar itself uses for a row."""
        problems = [path_problem(f"{key}.table", self.table)]
        if is_built_in(self.name):
            problems.append(
                f"{key}.name: found {self.name!r}, expected another: galbar has rows of that name"
            )
        return list(filter(None, problems))


class Scores(Section):
    """Choice of the setting, and scores."""

    published: Published = Field(
        default_factory=Published,
        description="the published criterion, shown beside the chosen one",
    )
    min_measured_share: Share = Field(
        0.9,
        description="a setting that measures a smaller share of the validation galaxies cannot be "
        "chosen",
    )
    isophotes: bool = Field(
        True,
        description="whether the bar catalogue is measured by isophotes of its images, too, to be "
        "scored beside the others: 0.3 s of CPU time per galaxy",
    )
    external: list[ExternalLengths] = Field(
        [],
        description="lengths of the bar catalogue's galaxies by other people's methods, to be "
        "scored beside the others; galaxies that a table lacks are counted as unmeasurable",
    )
    bootstrap_samples: int = Field(2000, ge=10, description="bootstrap resamples of the galaxies")
    interval: float = Field(0.95, gt=0, lt=1, description="probability that an interval covers")

    def contradictions(self, key):
        """List what is wrong with the entries, and names that come more than once."""
        problems = [
            problem
            for position, entry in enumerate(self.external)
            for problem in entry.contradictions(f"{key}.external[{position}]")
        ]
        names = [entry.name for entry in self.external]
        return problems + [
            f"{key}.external: found {names.count(name)} entries named {name!r}, expected one each"
            for name in repeated(names)
        ]
