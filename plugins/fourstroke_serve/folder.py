"""An exported model, or a folder in which a link ``current`` leads to one: no project, no log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import pandas as pd

from fourstroke import ExportedModel, UsageError
from fourstroke_serve.origin import Wanted
from fourstroke_serve.rows import rows_of_records, table_of

if TYPE_CHECKING:
    from fourstroke import ModelSignature

_CURRENT: Final = "current"
_MANIFEST: Final = "manifest.json"


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

    @property
    def row_id(self) -> str:
        """None: nothing is logged that outcomes could be brought to."""
        return ""

    def wanted(self) -> Wanted:
        """Look which version the folder, or the link, has now."""
        found = self._manifest().get("version")
        return Wanted(champion=found if isinstance(found, int) else None)

    def version(self, number: int) -> Any:
        """Open what is there now, and check every file of it."""
        # The link is followed once: what is loaded is all of one version.
        found = Exported(ExportedModel.open(self._place().resolve()))
        if found.version != number:
            raise UsageError(f"v{number} is not there any more", where=str(self.path))
        return found

    def end_canary(self, why: str) -> None:
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
