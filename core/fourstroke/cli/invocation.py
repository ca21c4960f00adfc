"""One call of the command line: the options that every command has, and their project."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from fourstroke.cli.output import Output
from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke.config import Config
    from fourstroke.project import Project


_PATTERN_MARKS = ("*", "?", "[", ":/")


@attrs.define(kw_only=True, eq=False)
class Invocation:
    """What stands before and after the command, taken together.

    Parameters
    ----------
    output : Output
        Where to write.
    directory : Path
        The folder that ``-C`` names.
    environment : str, optional
        What ``--env`` names.
    overrides : list of str
        What each ``--set`` says, in order.
    as_json : bool
        Whether facts are asked for as JSON.
    debug : bool
        Whether errors keep their traceback.
    command : str
        The words of the call, for the record of a run.
    """

    output: Output = attrs.field(factory=Output.standard)
    directory: Path = Path()
    environment: str | None = None
    overrides: list[str] = attrs.field(factory=list)
    as_json: bool = False
    debug: bool = False
    command: str = "fourstroke"

    def project(self) -> Project:
        """Open the project of this call."""
        from fourstroke.project import Project  # noqa: PLC0415 - only commands that need it pay for it

        return Project.open(
            self.folder(), environment=self.environment, overrides=tuple(self.overrides)
        )

    def config(self) -> Config | None:
        """Read the project file of this call; a folder without a project has none."""
        from fourstroke.config import load_config  # noqa: PLC0415 - only commands that need it pay for it

        if not (self.folder() / "fourstroke.toml").is_file():
            return None
        return load_config(
            self.folder(), environment=self.environment, overrides=tuple(self.overrides)
        )

    def folder(self) -> Path:
        """Give the folder of ``-C``.

        Raises
        ------
        UsageError
            If there is none; names the nearest.
        """
        if not self.directory.is_dir():
            hint = _near(self.directory, Path.is_dir)
            raise UsageError("there is no such folder", where=str(self.directory), hint=hint)
        return self.directory

    def require_file(self, path: Path) -> None:
        """Refuse a file that is not there, before anything is recorded.

        What is no plain path (a pattern, a URL) is left to the plugin that reads it.

        Raises
        ------
        UsageError
            If there is none; names the nearest.
        """
        if path == Path():  # what an empty argument becomes
            raise UsageError("expected the name of a file", where=repr(str(path)))
        if path.exists() or any(mark in str(path) for mark in _PATTERN_MARKS):
            return
        hint = _near(path, Path.is_file)
        raise UsageError("there is no such file", where=str(path), hint=hint)

    def shown(self, path: Path) -> str:
        """Name a path as a user of this shell would: relative to the current folder."""
        try:
            return os.path.relpath(path)
        except ValueError:  # another drive on Windows
            return str(path)

    def fourstroke(self, words: str) -> str:
        """Write the next command so that it can be copied: with the options of this call.

        Parameters
        ----------
        words : str
            The command and what follows it, quoted for a shell where that is needed.
        """
        options = ["-C", str(self.directory)] if self.directory != Path() else []
        if self.environment is not None:
            options += ["--env", self.environment]
        for override in self.overrides:
            options += ["--set", override]
        options += ["--json"] * self.as_json + ["--debug"] * self.debug
        return f"{shlex.join(['fourstroke', *options])} {words}"


pass_invocation: Callable[..., Any] = click.make_pass_decorator(Invocation)


def _near(path: Path, is_meant: Callable[[Path], bool]) -> str:
    """Name the entry of the same folder that comes nearest."""
    if not path.parent.is_dir():
        return ""
    names = [entry.name for entry in path.parent.iterdir() if is_meant(entry)]
    is_hidden = path.name.startswith(".")
    return nearest(path.name, [name for name in names if is_hidden or not name.startswith(".")])
