"""Keys on figures."""

from typing import Annotated

from pydantic import Field

from galbar.config.section import EACH_ONCE, Section


class Figures(Section):
    """Figures."""

    galaxies: Annotated[list[int], *EACH_ONCE] = Field(
        [],
        description="ids of catalogue galaxies to be shown, the first three in the main figures; "
        "empty: chosen by a rule that the captions state",
    )
    misclassified_galaxies: int = Field(
        4, ge=1, le=20, description="misclassified galaxies to be shown"
    )
    misclassified_margin: float = Field(
        0.2,
        ge=0,
        lt=1,
        description='least difference of the shares of "smooth" and "features or disk" at which '
        "votes and prediction count as decided, in both directions alike",
    )
    galleries: Annotated[list[str], *EACH_ONCE] | None = Field(
        None,
        description="catalogues whose galaxies get a page, `hoyle` and names of your own; null: "
        "all of them",
    )
    dpi: int = Field(300, ge=50, le=1200, description="resolution of the PNG files [dots per inch]")


def list_galleries(asked, catalogues):
    """Return which catalogues have a gallery.

    Parameters
    ----------
    asked : list of str or None, the key galleries
    catalogues : list of str, all of them
    """
    return [name for name in catalogues if asked is None or name in asked]
