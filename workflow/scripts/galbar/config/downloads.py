"""Keys on images that are downloaded by position: which service, and how politely."""

from typing import Annotated

from pydantic import Field

from galbar.config.section import Section, path_problem
from galbar.downloads.services import ENDPOINT_FIELDS
from galbar.downloads.templates import SIZES, TEMPLATE_FIELDS, fields_of, template_problem

Bands = Annotated[str, Field(pattern="^[a-z]{1,5}$")]


class DownloadedImages(Section):
    """Images of an own catalogue that are downloaded."""

    survey: Annotated[str, Field(pattern=r"^(sdss|legacy|panstarrs|hips:\S+)$")] | None = Field(
        None,
        description="sdss, legacy, panstarrs, or hips: with the ID of a HiPS, such as "
        "hips:CDS/P/PanSTARRS/DR1/r",
    )
    template: str | None = Field(
        None,
        description="address of a service of your own in place of a survey, with fields in braces "
        "(docs/data.md)",
    )
    field: Annotated[float, Field(gt=0, le=7200)] = Field(
        180.0, description="width of the image of a galaxy without petror90_r [arcsec]"
    )
    pixel_scale: Annotated[float, Field(gt=0, le=60)] | None = Field(
        None, description="scale that is asked for [arcsec]; null for the survey's own"
    )
    bands: Bands | None = Field(
        None,
        description="bands of legacy, panstarrs or a template, one letter each; null for grz and "
        "gri",
    )
    folder: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="folder in which images are kept, which catalogues may share; null for "
        "results/downloads/{name}",
    )

    def contradictions(self, key):
        """List what is wrong with the service, and with what it cannot be asked for."""
        problems = [path_problem(f"{key}.folder", self.folder)]
        if (self.survey is None) == (self.template is None):
            return [
                f"{key}: found survey {self.survey} and template {self.template}, expected one of "
                "the two"
            ]
        if self.template is not None:
            problems.append(
                template_problem(f"{key}.template", self.template, TEMPLATE_FIELDS)
                or self._check_template(key)
            )
        elif self.bands and self.survey not in ("legacy", "panstarrs"):
            problems.append(
                f"{key}.bands: found {self.bands} with the survey {self.survey}, expected null: it "
                "has no choice of bands"
            )
        if self.survey == "panstarrs" and self.pixel_scale is not None:
            problems.append(
                f"{key}.pixel_scale: found {self.pixel_scale} with the survey panstarrs, expected "
                "null: its images have one scale"
            )
        return list(filter(None, problems))

    def _check_template(self, key):
        """Return a problem of a template that needs other keys, or is the same for all sizes."""
        fields = fields_of(self.template)
        if not fields & {*SIZES}:
            sizes = ", ".join(f"{{{name}}}" for name in SIZES)
            return f"{key}.template: found {self.template!r}, expected one of {sizes} in it"
        needed = {"size": "pixel_scale", "pixel_scale": "pixel_scale", "bands": "bands"}
        for name, needed_key in needed.items():
            if name in fields and getattr(self, needed_key) is None:
                return (
                    f"{key}.{needed_key}: found nothing, expected a value: {{{name}}} is in the "
                    "template"
                )
        return ""


class Endpoints(Section):
    """Addresses of the services of cutouts."""

    sdss: str = Field(
        "https://skyserver.sdss.org/dr18/SkyServerWS/ImgCutout/getjpeg?ra={ra}&dec={dec}"
        "&scale={pixel_scale}&width={size}&height={size}",
        description="pictures of SDSS",
    )
    legacy: str = Field(
        "https://www.legacysurvey.org/viewer/fits-cutout?ra={ra}&dec={dec}&layer=ls-dr9"
        "&pixscale={pixel_scale}&bands={bands}&size={size}",
        description="FITS cutouts of the Legacy Surveys",
    )
    panstarrs_files: str = Field(
        "https://ps1images.stsci.edu/cgi-bin/ps1filenames.py?ra={ra}&dec={dec}&filters={bands}"
        "&type=stack",
        description="list of the files of Pan-STARRS at a position",
    )
    panstarrs: str = Field(
        "https://ps1images.stsci.edu/cgi-bin/fitscut.cgi?ra={ra}&dec={dec}&size={size}"
        "&format=fits&red={file}",
        description="FITS cutouts of a file of that list",
    )
    hips: str = Field(
        "https://alasky.cds.unistra.fr/hips-image-services/hips2fits?hips={hips}&width={size}"
        "&height={size}&fov={size_deg}&projection=TAN&coordsys=icrs&ra={ra}&dec={dec}&format=fits",
        description="FITS cutouts of a HiPS (hips2fits of CDS)",
    )

    def contradictions(self, key):
        """List what is wrong with addresses."""
        problems = [
            template_problem(f"{key}.{name}", getattr(self, name), allowed)
            for name, allowed in ENDPOINT_FIELDS.items()
        ]
        return list(filter(None, problems))


class Download(Section):
    """How images of own catalogues are downloaded."""

    connections: int = Field(
        2, ge=1, le=16, description="connections of a catalogue's download at a time"
    )
    delay: int = Field(
        200, ge=0, le=600000, description="shortest time between the starts of two requests [ms]"
    )
    retries: int = Field(
        5, ge=0, le=20, description="further tries of a request, after longer and longer waits"
    )
    timeout: int = Field(60, ge=1, le=3600, description="longest silence of the server [s]")
    endpoints: Endpoints = Field(default_factory=Endpoints, description="addresses")

    def contradictions(self, key):
        """List the contradictions of the addresses."""
        return self.endpoints.contradictions(f"{key}.endpoints")
