"""The catalog for people: what there is in one project or several, how far it has come, where it is used."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.engine.workshop import Workshop
from fourstroke.entities.data_card import FIRST, LAYERS, CatalogEntry, CatalogVersion, DataCard
from fourstroke.errors import FourstrokeError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fourstroke.entities.data_card import Layer
    from fourstroke.entities.profile import TableProfile
    from fourstroke.project import Project
    from fourstroke.records.rows import DatasetRow

# Folders of other projects, as PATH is written.
VARIABLE: Final = "FOURSTROKE_PROJECTS"
# What a word is worth where it is found.
_IN_NAME, _IN_TAGS, _IN_TEXT, _IN_COLUMNS = 8, 4, 2, 1


@attrs.frozen
class DataCatalog:
    """The catalog of one project."""

    project: Project = attrs.field(repr=False)

    def entries(self) -> tuple[CatalogEntry, ...]:
        """Give all data sets, by name."""
        return tuple(self.entry(name) for name in self.project.datasets)

    def entry(self, name: str) -> CatalogEntry:
        """Give one data set with its versions.

        Raises
        ------
        UsageError
            If there is none of this name.
        """
        dataset = self.project.datasets[name]
        rows, layers = dataset.versions(), self.project.records.dataset_layers(name)
        latest = rows[-1]
        card = latest.card or DataCard()
        if name == self.project.config.dataset and self.project.config.catalog != DataCard():
            card = self.project.config.catalog
        return CatalogEntry(
            name=name,
            project=self.project.name,
            folder=self.project.root.as_posix(),
            card=card,
            columns=latest.columns,
            profile=self._profile(latest),
            versions=tuple(
                CatalogVersion(
                    version=row.version,
                    layer=layers.get(row.version, FIRST),
                    rows=row.rows,
                    created=row.created,
                    who=row.user,
                    why=row.note,
                    models=dataset.models(row.version),
                )
                for row in rows
            ),
            is_stale=_is_stale(latest, card),
        )

    def move(self, reference: str, layer: Layer, *, why: str, command: str = "") -> CatalogVersion:
        """Say that a version has come to a layer, for the ledger.

        Parameters
        ----------
        reference : str
            The version, such as ``churn@3``.
        layer : Layer
            ``curated`` or ``published``; ``prepared`` takes it back.
        why : str
            The reason.
        command : str
            What the user typed, for the record.

        Raises
        ------
        UsageError
            If there is no such version, it is there already, or would skip a layer.
        """
        name, _, number = reference.partition("@")
        if not number:
            raise UsageError("say which version", where=reference, hint=f"{name}@1")
        if not why.strip():
            raise UsageError("say why", hint='--why "..."')
        row = self.project.datasets[name].row(number)
        now = self.project.records.dataset_layers(name).get(row.version, FIRST)
        title = f"{name}@v{row.version}"
        if now == layer:
            raise UsageError(f"{title} is {layer} already")
        if layer == LAYERS[-1] and LAYERS.index(now) < LAYERS.index(layer) - 1:
            raise UsageError(
                f"{title} is {now}, and only what is curated can be published",
                hint=f"fourstroke data promote {name}@{row.version} curated",
            )
        with self.project.recorded("curate", command) as turn:
            turn.session.writer.move_dataset(name, row.version, layer, why)
            turn.session.writer.finish("succeeded")
        return next(each for each in self.entry(name).versions if each.version == row.version)

    def _profile(self, row: DatasetRow) -> TableProfile | None:
        if row.profile is None:
            return None
        store = Workshop.of(self.project.config).store
        try:
            found: TableProfile = store.load(row.profile)
        except FourstrokeError:  # swept or damaged: the catalog is worth more than a profile
            return None
        return found


def _is_stale(row: DatasetRow, card: DataCard) -> bool:
    if card.fresh_hours is None:
        return False
    return dt.datetime.now(dt.UTC) - row.created > dt.timedelta(hours=card.fresh_hours)


# Several projects


def gathered(project: Project | None, folders: Iterable[str | Path]) -> Iterator[CatalogEntry]:
    """Give the data sets of a project, of those in folders, and of those that the variable names.

    Raises
    ------
    ConfigError, UsageError
        If a folder holds no project.
    """
    seen = set()
    if project is not None:
        seen.add(project.root.resolve())
        yield from DataCatalog(project).entries()
    named = os.environ.get(VARIABLE, "")
    for folder in [*map(Path, folders), *map(Path, filter(None, named.split(os.pathsep)))]:
        place = folder.expanduser().resolve()
        if place in seen:
            continue
        seen.add(place)
        with _opened(place, project) as other:
            yield from DataCatalog(other).entries()


def _opened(folder: Path, project: Project | None) -> Project:
    from fourstroke.project import Project as Opened  # noqa: PLC0415 - it gives this module

    return (type(project) if project is not None else Opened).open(folder)


@attrs.frozen(kw_only=True)
class Wanted:
    """What somebody looks for; what is not given matches everything."""

    words: Sequence[str] = ()
    tags: Sequence[str] = ()
    columns: Sequence[str] = ()
    owner: str = ""
    layer: str = ""


def found(entries: Iterable[CatalogEntry], wanted: Wanted) -> list[CatalogEntry]:
    """Give the data sets that are looked for, the likeliest first: capitals do not matter."""
    if wanted.layer and wanted.layer not in LAYERS:
        raise UsageError(f"there is no layer {wanted.layer!r}", hint=nearest(wanted.layer, LAYERS))
    scored = [(_score(entry, wanted), entry) for entry in entries if _fits(entry, wanted)]
    scored.sort(key=lambda pair: (-pair[0], pair[1].name, pair[1].folder))
    return [entry for score, entry in scored if score or not wanted.words]


def _fits(entry: CatalogEntry, wanted: Wanted) -> bool:
    tags = {tag.casefold() for tag in entry.card.tags}
    columns = {name.casefold() for name in entry.columns}
    layers = {version.layer for version in entry.versions}
    return (
        all(tag.casefold() in tags for tag in wanted.tags)
        and all(name.casefold() in columns for name in wanted.columns)
        and wanted.owner.casefold() in entry.card.owner.casefold()
        and (not wanted.layer or wanted.layer in layers)
    )


def _score(entry: CatalogEntry, wanted: Wanted) -> int:
    """Add up what each word is worth; a word that is nowhere makes it none."""
    card = entry.card
    places = (
        (_IN_NAME, entry.name),
        (_IN_TAGS, " ".join(card.tags)),
        (_IN_TEXT, f"{card.description} {card.owner} {entry.project}"),
        (_IN_COLUMNS, " ".join([*entry.columns, *card.columns.values()])),
    )
    total = 0
    for word in wanted.words:
        worth = [each for each, text in places if word.casefold() in text.casefold()]
        if not worth:
            return 0
        total += sum(worth)
    return total
