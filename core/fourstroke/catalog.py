"""The catalog: published data sets and their versions, for people and notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts import files
from fourstroke.entities.data_card import FIRST, LAYERS
from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.artifacts.store import ArtifactStore
    from fourstroke.entities.profile import TableDifference, TableProfile
    from fourstroke.project import Project
    from fourstroke.records import Records
    from fourstroke.records.rows import DatasetRow


# Databases count versions in 32 bits.
_MOST_DIGITS = 9


@attrs.frozen
class Dataset:
    """One published data set.

    Parameters
    ----------
    name : str
        What it is called in the project file and in ``fourstroke.load``.
    """

    name: str
    project: Project = attrs.field(repr=False)

    def versions(self) -> tuple[DatasetRow, ...]:
        """List its versions, the oldest first."""
        return tuple(self.project.records.dataset_versions(self.name))

    def load(self, version: int | str | None = None) -> Any:
        """Load one version.

        Parameters
        ----------
        version : int or str, optional
            Its number, also as text: ``3``, ``"v3"`` or ``"latest"``; the latest without it. A layer,
            such as ``"curated"``, is the latest version that has come so far, and ``"raw"`` what the
            source gave.

        Returns
        -------
        table
            As it was published.

        Raises
        ------
        UsageError
            If there is no such version.
        StoreError
            If its files are damaged.
        """
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415

        store = Workshop.of(self.project.config).store
        suffix = f"@{version}" if version is not None else ""
        return load_table(self.project.records, store, f"{self.name}{suffix}")

    def row(self, version: int | str | None = None) -> DatasetRow:
        """Give what is recorded of one version; raises as `load` does."""
        suffix = f"@{version}" if version is not None else ""
        return find_version(self.project.records, f"{self.name}{suffix}")

    def profile(self, version: int | str | None = None) -> TableProfile:
        """Say what is in one version, at a glance.

        It was made when the version was published; of an older one it is made now.
        """
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415

        row, shop = self.row(version), Workshop.of(self.project.config)
        if row.profile is not None and shop.store.has(row.profile):
            known: TableProfile = shop.store.load(row.profile)
            return known
        return shop.tables.profile(shop.store.load(row.artifact))

    def compare(
        self,
        before: int | str,
        after: int | str | None = None,
        *,
        key: Sequence[str] | None = None,
    ) -> TableDifference:
        """Say in what two versions differ.

        Parameters
        ----------
        before, after : int or str
            Their numbers; the latest without ``after``.
        key : sequence of str, optional
            Columns that say which rows belong together: the task's id if it is not given and the
            versions have it; empty to compare whole rows.
        """
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415

        old, new, shop = self.row(before), self.row(after), Workshop.of(self.project.config)
        if key is None:
            id_ = self.project.config.task.id
            key = [id_] if id_ and id_ in old.columns and id_ in new.columns else []
        tables = [shop.store.load(row.artifact) for row in (old, new)]
        return shop.tables.compare(tables[0], tables[1], key)

    def write_profile(
        self, path: str | Path, version: int | str | None, profile: TableProfile
    ) -> Path:
        """Write a profile of one version as a page with pictures, by the project's own renderer."""
        from fourstroke.pages import write_page  # noqa: PLC0415 - builds plugins

        title = f"{self.name}@v{self.row(version).version}"
        return write_page(
            self.project, "render_profile", Path(path), {"title": title, "profile": profile}
        )

    def export(self, path: str | Path, version: int | str | None = None) -> int:
        """Write one version as CSV, TSV, JSON lines, Parquet or Excel, as the suffix says.

        Returns
        -------
        int
            How many rows were written.

        Raises
        ------
        UsageError
            If the suffix tells no format.
        """
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415

        row, shop = self.row(version), Workshop.of(self.project.config)
        target = Path(path)
        with files.becoming(target, suffix=target.suffix) as partial:
            return shop.tables.write(shop.store.load(row.artifact), partial)

    def get(self, path: str | Path, version: int | str | None = None) -> str:
        """Write one version's own file, byte for byte as it is stored, and verified.

        Returns
        -------
        str
            The digest of the file's content.

        Raises
        ------
        UsageError
            If the version consists of several files.
        """
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415

        row = self.row(version)
        if len(row.artifact.files) != 1:
            raise UsageError(
                f"{self.name}@v{row.version} consists of {len(row.artifact.files)} files",
                hint="fourstroke data export writes it as one",
            )
        store = Workshop.of(self.project.config).store
        (file,) = row.artifact.files
        with files.becoming(Path(path)) as partial:
            store.objects.copy(file.digest, partial)
        return file.digest

    def models(self, version: int) -> tuple[str, ...]:
        """Name the models that were trained from one version, such as ``churn@v3``."""
        records, wanted = self.project.records, f"{self.name}@v{version}"
        return tuple(
            f"{model}@v{row.version}"
            for model in records.models()
            for row in records.model_versions(model)
            if wanted in records.run(row.run).data
        )

    def where(self, column: str, value: str) -> dict[int, tuple[int, ...]]:
        """Find the versions that hold a row, and its numbers in them, counted from 0.

        Versions without the column are left out.

        Raises
        ------
        UsageError
            If no version has the column.
        """
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415

        shop, found = Workshop.of(self.project.config), {}
        having = [row for row in self.versions() if column in row.columns]
        if not having:
            known = sorted({name for row in self.versions() for name in row.columns})
            raise UsageError(
                f"no version of {self.name} has a column {column!r}", hint=nearest(column, known)
            )
        for row in having:
            rows = tuple(shop.tables.find(shop.store.load(row.artifact), column, value))
            if rows:
                found[row.version] = rows
        return found


@attrs.frozen
class Datasets(Mapping[str, Dataset]):
    """All published data sets of a project: a mapping by name, with ``in``, ``len`` and ``for``."""

    project: Project = attrs.field(repr=False)

    def __getitem__(self, name: str) -> Dataset:
        known = list(self)
        if name not in known:
            raise UsageError(
                f"there is no data set {name!r}",
                hint=nearest(name, known) or "fourstroke run publishes one",
            )
        return Dataset(name, self.project)

    def __iter__(self) -> Iterator[str]:
        return iter(self.project.records.datasets())

    def __len__(self) -> int:
        return len(self.project.records.datasets())


def load_table(records: Records, store: ArtifactStore, reference: str) -> Any:
    """Load the table that ``name``, ``name@3``, ``name@v3``, ``name@latest`` or ``name@curated`` means.

    ``name@raw`` is what the first source gave in the run that published the latest version.
    """
    row = find_version(records, reference)
    if reference.rpartition("@")[2] != LAYERS[0]:
        return store.load(row.artifact)
    for step in records.steps(row.run):
        if step.fact.stage == "collect" and "value" in step.outputs:
            return store.load(step.outputs["value"])
    raise UsageError(f"run {row.run} has read no source", where=reference)


def find_version(records: Records, reference: str) -> DatasetRow:
    """Find the version that a reference means.

    Raises
    ------
    UsageError
        If there is none; names the nearest.
    """
    name, _, text = reference.partition("@")
    if text in LAYERS:
        return _latest_of(records, name, text)
    row = records.dataset(name, _number(reference, text))
    if row is None:
        known = [f"{name}@{item.version}" for item in records.dataset_versions(name)]
        raise UsageError(
            f"there is no data set {reference!r}",
            hint=nearest(reference, known or records.datasets()),
        )
    return row


def _latest_of(records: Records, name: str, layer: str) -> DatasetRow:
    """Find the latest version that has come as far as a layer."""
    versions = records.dataset_versions(name)
    if not versions:
        raise UsageError(f"there is no data set {name!r}", hint=nearest(name, records.datasets()))
    wanted, reached = LAYERS.index(layer), records.dataset_layers(name)
    for row in reversed(versions):
        if LAYERS.index(reached.get(row.version, FIRST)) >= wanted:
            return row
    raise UsageError(
        f"no version of {name} is {layer}",
        hint=f'fourstroke data promote {name}@{versions[-1].version} {layer} --why "..."',
    )


def _number(reference: str, text: str) -> int | None:
    digits = text.removeprefix("v")
    if digits in {"", "latest"}:
        return None
    if not digits.isdecimal() or len(digits) > _MOST_DIGITS:
        raise UsageError(f"{reference!r} names no version", hint="write name@3 or name@latest")
    return int(digits)
