"""The catalog: published data sets and their versions, for people and notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    from fourstroke.artifacts.store import ArtifactStore
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
            Its number, also as text: ``3``, ``"v3"`` or ``"latest"``; the latest without it.

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
    """Load the table that ``name``, ``name@3``, ``name@v3`` or ``name@latest`` refers to."""
    name, _, text = reference.partition("@")
    row = records.dataset(name, _number(reference, text))
    if row is None:
        known = [f"{name}@{item.version}" for item in records.dataset_versions(name)]
        raise UsageError(
            f"there is no data set {reference!r}",
            hint=nearest(reference, known or records.datasets()),
        )
    return store.load(row.artifact)


def _number(reference: str, text: str) -> int | None:
    digits = text.removeprefix("v")
    if digits in {"", "latest"}:
        return None
    if not digits.isdecimal() or len(digits) > _MOST_DIGITS:
        raise UsageError(f"{reference!r} names no version", hint="write name@3 or name@latest")
    return int(digits)
