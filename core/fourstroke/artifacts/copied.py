"""Load a value from a copy of its files that lies outside of the store, if it is a true one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.digest import digest_file
from fourstroke.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.artifacts.artifact import Artifact


def load_copy(artifact: Artifact, folder: Path, root: Path) -> Any:
    """Load a value by the codec that wrote it, after every file was held against its digest.

    Parameters
    ----------
    artifact : Artifact
        What the files have to be.
    folder : Path
        Where they lie; further files make no difference.
    root : Path
        The project's folder, for codecs of its own.

    Raises
    ------
    StoreError
        If a file is gone, or is another one.
    """
    for file in artifact.files:
        try:
            found = digest_file(folder / file.name)
        except OSError as error:
            raise StoreError(f"{file.name} is missing", where=str(folder)) from error
        if found != file.digest:
            raise StoreError(
                f"{file.name} is not the file that was registered",
                where=str(folder),
                hint="deploy it again",
            )
    return Codecs(root).named(artifact.codec).decode(folder)
