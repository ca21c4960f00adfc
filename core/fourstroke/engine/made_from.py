"""What a run is made from, kept beside it: the project file, the project's code, the changes to git."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fourstroke.artifacts import files
from fourstroke.config import mask
from fourstroke.config.source import FILE_NAME
from fourstroke.engine.provenance import answer
from fourstroke.fingerprint.modules import import_closure
from fourstroke.fingerprint.named_files import files_named

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.config import Config
    from fourstroke.engine.workshop import Workshop
    from fourstroke.plugins.build import BuiltPlugin

# Beside the files, under what no file of a project is called.
PATCH: Final = "changes.patch"
CODE: Final = "project"
# What is longer is data, and not code.
_LARGEST: Final = 1_000_000


def keep_source(
    shop: Workshop, plugins: Iterable[BuiltPlugin], home: Path, *, is_dirty: bool
) -> Artifact:
    """Keep the files that a run is made from, with the values of secrets hidden.

    Parameters
    ----------
    shop : Workshop
        Whose store keeps them.
    plugins : iterable of BuiltPlugin
        Those of the project: of its own ones all files that they import and that their settings name.
    home : Path
        The folder that fourstroke writes to.
    is_dirty : bool
        Whether the code differs from the commit: then the difference is kept, too.
    """
    config = shop.config
    found = {path: config.root / path for path in _code(config, plugins, home)}
    kept = {
        f"{CODE}/{name}": mask(path.read_text(encoding="utf-8", errors="replace"), config)
        for name, path in sorted(found.items())
        if path.is_file() and path.stat().st_size <= _LARGEST
    }
    if is_dirty:
        patch = answer(config.root, "diff", "--no-color", "--no-ext-diff", "HEAD", "--", ".") or ""
        kept[PATCH] = mask(patch[:_LARGEST] + "\n", config)
    with files.set_apart(shop.scratch, "source") as folder:
        places = {}
        for number, (name, text) in enumerate(kept.items()):
            places[name] = folder / str(number)
            places[name].write_text(text, encoding="utf-8", newline="")
        return shop.store.put_files(places)


def _code(config: Config, plugins: Iterable[BuiltPlugin], home: Path) -> set[str]:
    found = {FILE_NAME}
    root = config.root.resolve()
    for plugin in plugins:
        if plugin.identity.kind == "file":
            closure = import_closure(config.root, config.root / plugin.identity.file)
            found.update(path.as_posix() for path in closure)
        for path in files_named(plugin.instance, plugin.table.stage, home).values():
            place = path.resolve()
            if place.is_relative_to(root):
                found.add(place.relative_to(root).as_posix())
    return found
