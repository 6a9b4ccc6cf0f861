"""Keys on galaxies: where their images and tables are, the simulated survey, the splits."""

import re
from typing import Annotated, Literal

from pydantic import Field

from galbar.config.downloads import DownloadedImages
from galbar.config.section import EACH_ONCE, Section, Seed, Share, path_problem

# Keys of an own catalogue that are paths.
_PATHS = ("table", "images", "verdicts")


class Data(Section):
    """Where the published tables and images are."""

    directory: str = Field(
        "data", min_length=1, description="data directory, in the layout of docs/data.md"
    )
    max_broken_share: Share = Field(
        0.01,
        description="share of a table's images that may be missing or unreadable; above it the "
        "run stops",
    )
    votes: Literal["kaggle", "gz2"] = Field(
        "kaggle",
        description="votes that the networks learn, with their images: of Kaggle's Galaxy "
        "Challenge, or of Galaxy Zoo 2 itself (Hart et al. 2016), docs/data.md",
    )
    gz2_training: int = Field(
        61578, ge=2, description="galaxies with votes gz2 to train and validate on; as Kaggle's"
    )
    gz2_test: int = Field(
        79975, ge=1, description="further galaxies with votes gz2, to predict only; as Kaggle's"
    )
    datasets: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="list of the files that fetch_data fetches, with their addresses and "
        "checksums; null for galbar's own, config/datasets.yaml",
    )
    mirror: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = Field(
        None,
        description="address of a folder with copies of these files under their published names, "
        "which fetch_data asks first",
    )

    def contradictions(self, key):
        """Check that the directory can be a path of Snakemake."""
        return list(filter(None, [path_problem(f"{key}.directory", self.directory)]))


class Survey(Section):
    """Simulated survey of known bar lengths, in place of the data directory."""

    simulate: bool = Field(
        False,
        description="simulate a survey in results/survey and use it as the data directory",
    )
    seed: Seed = Field(42, description="seed of the simulated galaxies")
    training_galaxies: int = Field(2400, ge=20, description="number of galaxies with votes")
    test_galaxies: int = Field(300, ge=1, description="number of galaxies without votes")
    catalogue_galaxies: int = Field(
        360, ge=10, description="number of barred galaxies with measured bar lengths"
    )
    barred_share: Share = Field(
        0.5,
        description="share of the discs among the training and test galaxies that have a bar",
    )
    volunteers: int = Field(40, ge=5, description="mean number of volunteers who classify a galaxy")
    observer_scatter: Share = Field(
        0.17, description="relative scatter of one observer's bar length"
    )


class Catalogue(Section):
    """The bar length catalogue."""

    validation_split: float = Field(
        0.3333333333,
        gt=0,
        lt=1,
        description="share of the catalogue on which the setting is chosen; the rest is the "
        "test set",
    )


def is_reserved(name):
    """Return whether galbar itself has files of a catalogue's name."""
    name = name.lower()
    used = name in ("hoyle", "hoyle_split", "training", "test", "completeness")
    used |= name.endswith("_dropped")
    return used or bool(re.fullmatch(r"look\d", name))


class OwnCatalogue(Section):
    """A catalogue of a user's own."""

    name: str = Field(
        description="name of the catalogue in file names",
        pattern="^[A-Za-z0-9_-]+$",
        max_length=100,
    )
    table: str = Field(
        min_length=1,
        description="table of its galaxies: CSV, ECSV, FITS, VOTable or Parquet (docs/data.md)",
    )
    images: Annotated[str, Field(min_length=1)] | DownloadedImages | None = Field(
        None,
        description="folder that the column image is relative to, or its ZIP archive; null for "
        "that of the table; or where images are downloaded from",
    )
    geometry: Literal["survey", "galaxy_zoo"] = Field(
        "survey",
        description="survey: images of any size, whose pixel scale is known; galaxy_zoo: pictures "
        "of 424 px that are 0.02 petroR90 wide, prepared as those of Galaxy Zoo",
    )
    columns: dict[str, str] = Field(
        {}, description="name of a column in docs/data.md: its name in the table, if another"
    )
    pixel_scale: Annotated[float, Field(gt=0, le=60)] | None = Field(
        None,
        description="of images without world coordinates [arcsec], where the table has no column "
        "pixel_scale",
    )
    extension: int | str | list[int | str] | None = Field(
        None,
        description="extension of FITS files, by number or name; a list takes a plane from each; "
        "null for the first image",
    )
    bands: Annotated[list[int | str], Field(min_length=1, max_length=3)] | None = Field(
        None,
        description="red, green and blue: numbers of an image's planes, from 0, or what follows "
        "image_ in the table; null for their order of wavelength",
    )

    formats: Annotated[list[Literal["ecsv", "fits", "votable", "parquet", "reg"]], *EACH_ONCE] = (
        Field(
            [],
            description="formats of barlengths_{name} beside CSV; reg: regions of DS9, for the "
            "geometry survey",
        )
    )
    verdicts: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="CSV that its gallery has downloaded: verdicts and notes become columns of "
        "barlengths_{name}",
    )

    def contradictions(self, key):
        """Return problems of paths, and of a name that galbar itself uses for a table."""
        paths = {name: getattr(self, name) for name in _PATHS}
        problems = [
            path_problem(f"{key}.{name}", path)
            for name, path in paths.items()
            if isinstance(path, str)
        ]
        if isinstance(self.images, DownloadedImages):
            problems += self._check_download(key)
        of_survey = ("pixel_scale", "extension", "bands")
        if self.geometry == "galaxy_zoo":
            if "reg" in self.formats:
                problems.append(
                    f"{key}.formats: found reg with the geometry galaxy_zoo, expected none of the "
                    "sky: its pictures have no world coordinates"
                )
            problems += [
                f"{key}.{name}: found {getattr(self, name)!r} with the geometry galaxy_zoo, "
                "expected null: its pictures have one scale and three colours"
                for name in of_survey
                if getattr(self, name) is not None
            ]
        if is_reserved(self.name):
            problems.append(
                f"{key}.name: found {self.name!r}, expected another: galbar uses it itself"
            )
        return list(filter(None, problems))

    def _check_download(self, key):
        """List what is wrong with the download of images, and with keys that it has no use for."""
        problems = self.images.contradictions(f"{key}.images")
        if self.geometry == "galaxy_zoo":
            problems.append(
                f"{key}.geometry: found galaxy_zoo, expected survey: images are downloaded on "
                "their survey's scale"
            )
        if self.pixel_scale is not None:
            problems.append(
                f"{key}.pixel_scale: found {self.pixel_scale}, expected null: images.pixel_scale "
                "is asked of the service"
            )
        return problems


class Cosmology(Section):
    """Flat LCDM; all that is scored is in kpc/h, which no Hubble constant enters."""

    omega_m: Annotated[float, Field(gt=0, le=1)] = Field(0.3, description="matter density")
    # A value of h in its place would be below 20.
    hubble_constant: Annotated[float, Field(ge=20, le=200)] = Field(
        70,
        description="of lengths in kpc: of barlengths_*.csv, of the scores' rows length_kpc and of "
        "tables in scores.external; of nothing else [km/s/Mpc]",
    )
