"""Ask that a model's files run no code when they are loaded."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from fourstroke import Check, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fourstroke import Candidate, Context

_NAME = "safe files"


@plugin
class SafeFiles:
    """Ask that a model's files are of formats that hold data alone, and name the one that is not.

    Files are told by their content, and not by their names. skops, which this framework keeps models
    in, is a zip of data; what it may build of them its loader's own list says. Where the project says
    ``allow_pickle``, files that can run code are a warning, which stands in verdict, card and ledger.
    """

    # Names of files that are known to be safe, such as "*.bin"; a pickle never is.
    known: tuple[str, ...] = ()

    @hookimpl
    def validate(self, candidate: Candidate, context: Context) -> Sequence[Check]:
        """Give one check."""
        if candidate.files is None:
            return [Check(name=_NAME, status="fail", why="there are no files to look at")]
        # Not needed until there are files.
        from fourstroke_release.formats import PICKLE, danger_of  # noqa: PLC0415

        folder = candidate.files()
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        dangers = {
            path.relative_to(folder).as_posix(): danger
            for path in files
            if (danger := danger_of(path))
            and (danger.endswith(PICKLE) or not self._is_known(path, folder))
        }
        evidence = f"{candidate.digest}; {', '.join(path.name for path in files[:5])}"
        if not dangers:
            why = f"{len(files)} {'file holds' if len(files) == 1 else 'files hold'} data alone"
            return [Check(name=_NAME, status="pass", why=why, evidence=evidence)]
        told = "; ".join(f"{name}: {danger}" for name, danger in dangers.items())
        if context.settings.get("project", {}).get("allow_pickle", False):
            why = f"{told}. The project allows it: allow_pickle = true"
            return [
                Check(name=_NAME, status="warn", severity="warning", why=why, evidence=evidence)
            ]
        return [Check(name=_NAME, status="fail", why=told, evidence=evidence)]

    def _is_known(self, path: Path, folder: Path) -> bool:
        name = path.relative_to(folder).as_posix()
        return any(fnmatch.fnmatch(name, pattern) for pattern in self.known)
