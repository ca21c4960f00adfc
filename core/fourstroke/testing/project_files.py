"""The files of a project that is nothing but a folder, as a context gives them to a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts.digest import digest_file
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@attrs.frozen
class Files:
    """What a stage may read of a project, where there are files and no data sets."""

    root: Path

    def digest(self, path: Path) -> str:
        """Give the digest of a file's content."""
        return digest_file(self.root / path)

    def dataset(self, reference: str) -> Any:
        """Refuse: nothing is published here.

        Raises
        ------
        UsageError
            Always.
        """
        raise UsageError(f"there is no data set {reference!r} in a contract")
