"""Where a table comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from fourstroke import DataError, hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke import Context


@plugin
class Template:
    """Read a table of comma-separated values."""

    # The file, relative to the project.
    path: Path

    capabilities = frozenset({"state"})

    @hookimpl
    def source_state(self, context: Context) -> str:
        """Name the content of the file: while it stays the same, nothing is read again."""
        self._require()
        return context.digest(self.path)

    @hookimpl
    def collect(self) -> pd.DataFrame:
        """Read the file whole."""
        self._require()
        try:
            return pd.read_csv(self.path)
        except (ValueError, UnicodeDecodeError) as error:
            raise DataError(str(error), where=str(self.path)) from error

    def _require(self) -> None:
        if not self.path.is_file():
            raise DataError("there is no such file", where=str(self.path))
