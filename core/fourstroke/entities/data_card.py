"""What people say of a data set, and how far a version of it has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

import attrs

from fourstroke.entities.age import hours_of
from fourstroke.entities.profile import TableProfile

Layer = Literal["raw", "prepared", "curated", "published"]
# From the source to whoever needs it.
LAYERS: Final[tuple[Layer, ...]] = ("raw", "prepared", "curated", "published")
# What a run has published without further ado.
FIRST: Final[Layer] = "prepared"


@attrs.frozen(kw_only=True)
class DataCard:
    """What people say of a data set, from ``[data.catalog]`` of the project file.

    Parameters
    ----------
    owner : str
        Whom to ask.
    description : str
        What it holds, in a sentence or two.
    tags : tuple of str
        Words to find it by.
    sensitivity : str
        ``public``, ``internal``, ``confidential`` or ``personal``; empty if nobody has said.
    licence : str
        What others may do with it.
    fresh : str
        How old its latest version may be, such as ``12h``, ``7d`` or ``4w``.
    columns : mapping of str to str
        What a column holds.
    """

    owner: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    sensitivity: str = ""
    licence: str = ""
    fresh: str = ""
    columns: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def fresh_hours(self) -> float | None:
        """How old it may be, in hours; ``None`` for any age.

        Examples
        --------
        >>> DataCard(fresh="7d").fresh_hours, DataCard().fresh_hours
        (168.0, None)
        """
        return hours_of(self.fresh) if self.fresh else None


@attrs.frozen(kw_only=True)
class CatalogVersion:
    """One version in the catalog.

    Parameters
    ----------
    version : int
        Counted from 1.
    layer : Layer
        How far it has come.
    rows : int, optional
        How many.
    created : datetime
        When it was published by a run, in UTC.
    who, why : str
        Who ran it, and why.
    models : tuple of str
        What was trained from it.
    """

    version: int
    layer: Layer
    rows: int | None
    created: datetime
    who: str
    why: str = ""
    models: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class CatalogEntry:
    """One data set of one project, as people find it.

    Parameters
    ----------
    name : str
        Of the data set.
    project, folder : str
        Whose it is, and where the project lies.
    card : DataCard
        What people say of it.
    columns : tuple of str
        Of the latest version.
    profile : TableProfile, optional
        What is in it.
    versions : tuple of CatalogVersion
        The oldest first.
    is_stale : bool
        Whether the latest version is older than the card allows.
    """

    name: str
    project: str
    folder: str
    card: DataCard
    columns: tuple[str, ...]
    profile: TableProfile | None = None
    versions: tuple[CatalogVersion, ...]
    is_stale: bool = False

    @property
    def latest(self) -> CatalogVersion:
        """The version that was published last."""
        return self.versions[-1]

    @property
    def load(self) -> str:
        """The line that loads it from anywhere."""
        return f'fourstroke.load("{self.folder}:{self.name}@{self.latest.version}")'
