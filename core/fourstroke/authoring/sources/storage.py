"""Where artifacts are kept."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

from fourstroke import StoreError, hookimpl, plugin


@plugin
class Template:
    """Keep artifacts in a folder, each a file under its key."""

    # The folder, relative to the project.
    path: Path = Path("store")

    @hookimpl
    def write(self, key: str, path: Path) -> bool:
        """Copy a file beside its place, then link it there: it is never seen in part."""
        place = self._place(key)
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f"~{uuid.uuid4().hex}")
        try:
            with path.open("rb") as source, part.open("xb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            os.link(part, place)
        except FileExistsError:
            return False
        finally:
            part.unlink(missing_ok=True)
        return True

    @hookimpl
    def read(self, key: str, path: Path) -> Path:
        """Give a copy."""
        place = self._place(key)
        if not place.is_file():
            raise StoreError("there is nothing under this key", where=key)
        shutil.copyfile(place, path)
        return path

    @hookimpl
    def exists(self, key: str) -> bool:
        """Say whether there is a file under this key."""
        return self._place(key).is_file()

    @hookimpl
    def keys(self, prefix: str) -> list[str]:
        """List keys by their beginning, sorted."""
        files = (each for each in self.path.rglob("[!~]*") if each.is_file())
        keys = (each.relative_to(self.path).as_posix() for each in files)
        return sorted(key for key in keys if key.startswith(prefix))

    @hookimpl
    def delete(self, key: str) -> bool:
        """Remove the file under this key."""
        try:
            self._place(key).unlink()
        except FileNotFoundError:
            return False
        return True

    def _place(self, key: str) -> Path:
        parts = key.split("/")
        is_plain = all(
            part.replace("-", "").replace("_", "").replace(".", "").isalnum() for part in parts
        )
        if not is_plain or not key.isascii() or {"", ".", ".."} & set(parts):
            raise StoreError(f"{key!r} is not a key")
        return self.path.joinpath(*parts)
