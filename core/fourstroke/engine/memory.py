"""What plugins have worked out before and may find again: an aid that may be lost at any time."""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.artifacts import files
from fourstroke.artifacts.artifact import Artifact
from fourstroke.artifacts.digest import digest_json
from fourstroke.errors import FourstrokeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from fourstroke.artifacts.store import ArtifactStore

# What was not looked for in so many days is let go by the next sweep of the store.
_DAYS: Final = 30.0


@attrs.frozen(kw_only=True, eq=False)
class Memory:
    """Values of one plugin under keys of its own.

    Parameters
    ----------
    store : ArtifactStore
        Keeps the values.
    folder : Path
        Has a small note for each value, which says where it is.
    scope : callable
        Names the plugin with its code and its settings: another scope finds nothing. Asked for only
        if a plugin remembers something.
    """

    store: ArtifactStore
    folder: Path
    scope: Callable[[], str]

    def recall(self, key: str) -> tuple[Any, tuple[str, ...]] | None:
        """Give a value, and what was said when it was made; nothing if it is not there any more."""
        note = self._note(key)
        try:
            plain = json.loads(note.read_text(encoding="utf-8"))
            value = self.store.load(Artifact.from_json(plain["artifact"]))
            said = tuple(str(line) for line in plain["said"])
        except (OSError, ValueError, KeyError, TypeError, FourstrokeError):
            return None
        with contextlib.suppress(OSError):
            note.touch()
        return value, said

    def keep(self, key: str, value: Any, said: Iterable[str]) -> None:
        """Keep a value."""
        artifact = self.store.put(value)
        note = self._note(key)
        with files.explained(self.folder):
            note.parent.mkdir(parents=True, exist_ok=True)
            plain = {"artifact": artifact.to_json(), "said": list(said)}
            with files.becoming(note, f".{os.getpid()}") as partial:
                partial.write_text(json.dumps(plain), encoding="utf-8")

    def _note(self, key: str) -> Path:
        digest = digest_json([self.scope(), key])
        return self.folder / f"{digest.rpartition(':')[2]}.json"


def remembered(folder: Path) -> set[str]:
    """Name the objects that notes of the last days refer to, for the sweep of the store."""
    now = time.time()
    return {
        file["digest"]
        for note in folder.glob("*.json")
        if now - note.stat().st_mtime < _DAYS * 86400
        for file in _files(note)
    }


def forget(folder: Path) -> None:
    """Remove notes that nobody looked for in the last days."""
    now = time.time()
    for note in folder.glob("*.json"):
        if now - note.stat().st_mtime >= _DAYS * 86400:
            note.unlink(missing_ok=True)


def _files(note: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(note.read_text(encoding="utf-8"))["artifact"]["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
