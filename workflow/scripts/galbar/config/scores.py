"""Keys on the choice of the setting and on scores."""

from pydantic import Field

from galbar.config.section import Section, Share


class Published(Section):
    """The published criterion, shown beside the chosen one."""

    corr_threshold: float = Field(
        0.85, gt=0, le=1, description="its correlation, one of lengths.corr_threshold"
    )
    len_threshold: int = Field(
        40, ge=1, description="its number of pixels, one of lengths.len_threshold"
    )


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
    bootstrap_samples: int = Field(2000, ge=10, description="bootstrap resamples of the galaxies")
    interval: float = Field(0.95, gt=0, lt=1, description="probability that an interval covers")
