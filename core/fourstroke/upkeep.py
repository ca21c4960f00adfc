"""Upkeep of store and records: verify, collect garbage, back up, restore."""

from __future__ import annotations

import datetime as dt
import os
import shlex
import tarfile
from typing import TYPE_CHECKING

import attrs

from fourstroke.artifacts import files
from fourstroke.engine.memory import forget, remembered
from fourstroke.errors import StoreError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.artifacts.store import Sweep
    from fourstroke.engine.workshop import Workshop
    from fourstroke.project import Project

_RECORDS = "records.sqlite"
_OBJECTS = "objects"
# What a storage finds again it may leave as old as this: to touch each file each time costs time.
_FOUND_SECONDS = 3600.0
# Two blocks of zeros end every tar archive.
_END_BYTES = 1024


@attrs.frozen
class Store:
    """The store of a project, and the records that refer to it."""

    project: Project = attrs.field(repr=False)

    def verify(self) -> tuple[str, ...]:
        """Re-hash every object that a record refers to, and check the ledger's chain.

        Returns
        -------
        tuple of str
            One line a problem; empty if all is well.
        """
        records = self.project.records
        store = self._workshop().store
        problems = store.verify_all(sorted(records.artifacts_in_use()))
        return (*problems, *records.verify_ledger())

    def gc(self, *, apply: bool = False, grace_hours: float = 24.0) -> Sweep:
        """Find objects that no record refers to, and remove them if asked to.

        Parameters
        ----------
        apply : bool
            Remove; without it only say what would be.
        grace_hours : float
            Younger objects are kept: a run that is going on may be about to refer to them. While
            one is at work, whatever is younger than it stays in any case.

        Raises
        ------
        UsageError
            If nothing young was to be kept while a run is at work: it would lose what it has just
            stored.
        """
        records = self.project.records
        at_work = records.runs(state="running")
        if apply and grace_hours == 0 and at_work:
            raise UsageError(
                "a run is at work, and would lose what it is about to record",
                hint="wait for its end, or keep what is young: --grace-hours 1",
            )
        # What a run that is at work has stored, or found stored already, is in no record yet.
        now = dt.datetime.now(dt.UTC)
        since = [(now - run.started).total_seconds() + _FOUND_SECONDS for run in at_work]
        shop = self._workshop()
        if apply:
            forget(shop.remembered)
        return shop.store.sweep(
            records.artifacts_in_use() | remembered(shop.remembered),
            grace_seconds=max(grace_hours * 3600, *since, 0.0),
            apply=apply,
        )

    def backup(self, path: Path) -> Path:
        """Write records and objects into one archive, whole or not at all.

        Raises
        ------
        UsageError
            If the file is there already, or its folder is not.
        StoreError
            If it cannot be written.
        """
        if not path.parent.is_dir():
            raise UsageError(
                "there is no such folder",
                where=str(path.parent),
                hint=f"mkdir -p {shlex.quote(str(path.parent))}",
            )
        if path.exists():
            raise UsageError("there is a file already", where=str(path), hint="choose another name")
        shop = self._workshop()
        with (
            files.explained(path),
            files.set_apart(shop.scratch, "backup") as folder,
            files.becoming(path) as partial,
        ):
            records = folder / _RECORDS
            self.project.records.backup(records)
            with tarfile.open(partial, "w") as archive:
                archive.add(records, _RECORDS)
                for digest in sorted(self.project.records.artifacts_in_use()):
                    found = shop.store.fetch(digest)
                    archive.add(found, f"{_OBJECTS}/{digest.replace(':', '/')}")
        return path

    def restore(self, path: Path) -> int:
        """Bring records and objects back from an archive into a project that has none.

        Returns
        -------
        int
            How many objects were brought back.

        Raises
        ------
        UsageError
            If this project has runs already: nothing is overwritten.
        StoreError
            If the archive is not one of ours, or an object in it is damaged.
        """
        if self.project.records.runs(1):
            raise UsageError(
                "this project has records already",
                where=str(self.project.root),
                hint="restore into a copy of the project without .fourstroke",
            )
        shop = self._workshop()
        count = 0
        with files.set_apart(shop.scratch, "restore") as folder:
            for name, file in _members(path, folder):
                if name == _RECORDS:
                    continue
                digest = name.removeprefix(f"{_OBJECTS}/").replace("/", ":")
                stored = shop.store.put_file(file, file.name)
                if stored.files[0].digest != digest:
                    raise StoreError("an object is damaged", where=f"{path}: {name}")
                count += 1
            self.project.records.restore(folder / _RECORDS)
        return count

    def _workshop(self) -> Workshop:
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415

        return Workshop.of(self.project.config)


def _members(path: Path, folder: Path) -> list[tuple[str, Path]]:
    """Unpack an archive: plain files with relative names only, nothing else that tar can hold."""
    found = []
    try:
        _refuse_cut(path)
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                if not member.isfile():
                    raise StoreError("it holds something that is no plain file", where=member.name)
                archive.extract(member, folder, filter="data")
                found.append((member.name, folder / member.name))
    # A name that is no text, a number that is none: what tar makes of bytes that were changed.
    except (tarfile.TarError, ValueError) as error:
        raise StoreError(
            f"it is no backup of fourstroke, or damaged: {error}", where=str(path)
        ) from error
    except OSError as error:
        what = f"it cannot be read: {error.strerror or error}"
        raise StoreError(what, where=str(path)) from error
    if not any(name == _RECORDS for name, _ in found):
        raise StoreError("it is no backup of fourstroke", where=str(path))
    return found


def _refuse_cut(path: Path) -> None:
    """Refuse an archive without its end: one that was cut between two members reads like a whole one."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - _END_BYTES, 0))
        if size < _END_BYTES or any(file.read()):
            raise StoreError(
                "it is no backup of fourstroke, or its end is missing", where=str(path)
            )
