"""The list of data sets that are fetched: its keys, and its reading."""

from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError

from galbar.config.check import describe_faults
from galbar.config.files import check_files
from galbar.config.schema import json_schema
from galbar.config.section import Section, repeated_files
from galbar.datasets.dataset import CHECKSUM

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
Address = Annotated[str, Field(pattern=r"^https?://\S+$")]


class KaggleFile(Section):
    """A file of a competition, which Kaggle's own client fetches."""

    competition: str = Field(pattern=f"^{_NAME}$", description="name of the competition")
    file: str = Field(pattern=f"^{_NAME}$", description="name of the file there")


class ListedDataset(Section):
    """A published file."""

    name: str = Field(
        pattern=f"^{_NAME}(/{_NAME})*$", description="path of the file in data.directory"
    )
    description: str = Field(min_length=1, description="what it is")
    version: str = Field(min_length=1, description="its version; another one is another file")
    citation: str = Field(min_length=1, description="what to cite, with its DOI")
    licence: str | None = Field(None, description="licence, where it is known")
    votes: Literal["kaggle", "gz2"] | None = Field(
        None, description="value of data.votes that needs the file; null: all"
    )
    mirrors: list[Address] = Field([], description="addresses, in the order in which to ask")
    kaggle: KaggleFile | None = Field(
        None, description="competition and file, for Kaggle's own client"
    )
    packed: Literal["gzip", "zip"] | None = Field(
        None, description="what the download is packed in, to be unpacked"
    )
    size: Annotated[int, Field(gt=0)] | None = Field(
        None, description="size of the download [bytes]"
    )
    checksum: Annotated[str, Field(pattern=CHECKSUM)] | None = Field(
        None, description="checksum of the download, md5: or sha256: and lower-case digits"
    )
    disk_mb: float = Field(gt=0, description="disk space for it, unpacked as well, roughly [MB]")

    def contradictions(self, key):
        """Check that there is somewhere to fetch it from."""
        if self.mirrors or self.kaggle:
            return []
        return [f"{key}.mirrors: found none, expected an address, or the key kaggle"]


class DatasetList(Section):
    """What is fetched."""

    datasets: list[ListedDataset] = Field(min_length=1, description="the published files")

    def contradictions(self, key=""):
        """List the contradictions of each, and names that are given twice."""
        del key
        problems = [
            problem
            for index, dataset in enumerate(self.datasets)
            for problem in dataset.contradictions(f"datasets[{index}]")
        ]
        names = [dataset.name for dataset in self.datasets]
        twice = {name for name in names if names.count(name) > 1}
        problems += [f"datasets: found the name {name} twice, expected once" for name in twice]
        problems += [
            f"datasets: found {same}, expected names that differ in more than case"
            for same in repeated_files(names)
        ]
        return problems


def read_datasets(path, votes):
    """Read the list of data sets.

    Parameters
    ----------
    path : str or Path, YAML
    votes : str, the configuration's ``data.votes``

    Returns
    -------
    list of dict, those that are needed with these votes, as of `galbar.datasets.dataset.Dataset`

    Raises
    ------
    OSError : if it cannot be read
    ValueError : lists every problem with the file and the key
    """
    check_files([path])
    with open(path, encoding="utf-8") as file:
        try:
            content = yaml.safe_load(file)
        except yaml.YAMLError as error:
            raise ValueError(f"{path}: found no YAML ({error})") from error
    try:
        listed = DatasetList.model_validate(content)
        problems = listed.contradictions()
    except ValidationError as error:
        problems = describe_faults(error, json_schema(DatasetList))
    if problems:
        raise ValueError("\n".join([f"{path}: the list of data sets cannot be used:", *problems]))
    return [
        dataset.model_dump(exclude={"votes"})
        for dataset in listed.datasets
        if dataset.votes in (None, votes)
    ]
