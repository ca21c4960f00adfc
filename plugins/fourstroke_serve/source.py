"""Where the versions come from that a service answers with: a registry, or a folder of exported ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs
import pandas as pd

from fourstroke import ExportedModel, Project, UsageError
from fourstroke_serve.rows import rows_of_records, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke import ModelSignature
    from fourstroke_serve.settings import Settings

_CURRENT: Final = "current"
_MANIFEST: Final = "manifest.json"


class Source(Protocol):
    """Says which version is to answer, and gives it."""

    @property
    def model(self) -> str:
        """The name of the model."""
        ...

    @property
    def nothing(self) -> str:
        """What to tell if no version is to answer."""
        ...

    @property
    def project(self) -> Project | None:
        """Whose prediction log is written; ``None`` if there is none."""
        ...

    def number(self) -> int | None:
        """Look which version is to answer now."""
        ...

    def version(self, number: int) -> Any:
        """Give a version, with the methods of the registry's."""
        ...

    def aliases(self) -> Mapping[str, int]:
        """Look which versions have names besides."""
        ...

    def end_alias(self, name: str, why: str) -> None:
        """Take a name away from its version."""
        ...

    def check(self) -> None:
        """Tell faults before anything listens."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


@attrs.frozen
class Registry:
    """The registry of a project: its champion, or what was deployed to one of its targets.

    Parameters
    ----------
    project : Project
        Whose registry it is.
    model : str
        Which model.
    target : str
        The deployment that is followed; the champion if empty.
    """

    project: Project
    model: str
    target: str = ""

    @property
    def nothing(self) -> str:
        """What to tell if no version is to answer."""
        place = f"deployed to the target {self.target}" if self.target else "in production"
        return f"no version of {self.model} is {place}"

    def number(self) -> int | None:
        """Look which version is to answer now."""
        records = self.project.records
        if not self.target:
            row = records.champion(self.model)
            return None if row is None else row.version
        at_work = records.deployments(self.model, active_only=True)
        return next((each.version for each in at_work if each.target == self.target), None)

    def version(self, number: int) -> Any:
        """Give a version of the registry."""
        return self.project.models[self.model][number]

    def aliases(self) -> Mapping[str, int]:
        """Look which versions people gave names."""
        return self.project.models[self.model].aliases

    def end_alias(self, name: str, why: str) -> None:
        """Take a name away from its version, which the ledger tells."""
        self.project.models[self.model].alias(name, None, why=why)

    def check(self) -> None:
        """Build all plugins; a champion has to be there, a deployment may come later.

        Raises
        ------
        UsageError
            If there is no such target, or no champion.
        """
        self.project.check()
        if not self.target:
            self.project.models[self.model].champion  # noqa: B018 - it has to be there
            return
        known = [table.name for table in self.project.config.tables.get("deploy", ())]
        if self.target not in known:
            raise UsageError(
                f"there is no target {self.target!r}",
                where="--target",
                hint=f"development.deploy has {', '.join(known)}",
            )

    def close(self) -> None:
        """Close the project."""
        self.project.close()


@attrs.frozen
class Folder:
    """An exported model, or a folder in which a link ``current`` leads to one.

    Parameters
    ----------
    path : Path
        The folder.
    """

    path: Path
    nothing: str = "there is no exported model"
    project: None = None

    @property
    def model(self) -> str:
        """The name of the model."""
        return str(self._manifest().get("model", self.path.name))

    def number(self) -> int | None:
        """Look which version the folder, or the link, has now."""
        found = self._manifest().get("version")
        return found if isinstance(found, int) else None

    def version(self, number: int) -> Any:
        """Open what is there now, and check every file of it."""
        # The link is followed once: what is loaded is all of one version.
        found = Exported(ExportedModel.open(self._place().resolve()))
        if found.version != number:
            raise UsageError(f"v{number} is not there any more", where=str(self.path))
        return found

    def aliases(self) -> Mapping[str, int]:
        """Give none: a folder has one version."""
        return {}

    def end_alias(self, name: str, why: str) -> None:
        """Do nothing: there is none."""

    def check(self) -> None:
        """Open it once, which checks every file.

        Raises
        ------
        UsageError, StoreError
            If it is none, or one that was changed.
        """
        ExportedModel.open(self._place().resolve())

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _place(self) -> Path:
        link = self.path / _CURRENT
        return link if link.exists() else self.path

    def _manifest(self) -> dict[str, Any]:
        try:
            content = json.loads((self._place() / _MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


@attrs.frozen
class Exported:
    """An exported version, with as much of the registry's methods as a service needs."""

    found: ExportedModel

    @property
    def version(self) -> int:
        """Its number."""
        return int(self.found.manifest["version"])

    def predictor(self) -> Any:
        """Give what scores rows."""
        return self.found.predictor()

    def held_out(self) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """Give the rows that were exported with it, and what it said of them in the project."""
        rows, said = (
            self.found.folder / f"{name}.csv" for name in ("input_example", "expected_output")
        )
        if not (rows.exists() and said.exists()):
            return None
        with self.found.predictor() as predictor:
            if predictor.signature is None:
                return None
            data = _read_rows(rows, predictor.signature)
            return data, _read_said(said, like=predictor(data))


def source_of(settings: Settings) -> Source:
    """Open what the settings name."""
    if settings.folder:
        return Folder(Path(settings.folder).absolute())
    project = Project.open(
        settings.project, environment=settings.environment or None, overrides=settings.overrides
    )
    return Registry(project, settings.model or project.config.model, settings.target)


def _read_rows(path: Path, signature: ModelSignature) -> pd.DataFrame:
    """Read rows as they were before they became text."""
    kinds = {column.name: column.kind for column in signature.columns}
    table = pd.read_csv(path, dtype=str)
    read = {
        name: [
            None if pd.isna(cell) else _cell(cell, kinds.get(str(name), "text"))
            for cell in table[name]
        ]
        for name in table.columns
    }
    records = [dict(zip(read, row, strict=True)) for row in zip(*read.values(), strict=True)]
    return table_of(rows_of_records(signature, records))


def _read_said(path: Path, like: pd.DataFrame) -> pd.DataFrame:
    """Read predictions with the types of other ones."""
    table = pd.read_csv(path, dtype=str)
    for name, kind in like.dtypes.items():
        table[name] = table[name] == "True" if kind.kind == "b" else table[name].astype(kind)
    return table


def _cell(text: str, kind: str) -> Any:
    # Python reads back exactly the number that was written; readers of CSV need not.
    if kind == "number":
        return float(text)
    return text == "True" if kind == "boolean" else text
