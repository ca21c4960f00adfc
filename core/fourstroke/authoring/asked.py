"""Which contracts a file, a folder or a name of a plugin means, in a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.authoring import checking
from fourstroke.authoring.given import settings_of
from fourstroke.authoring.target import Target
from fourstroke.config import load_config
from fourstroke.errors import UsageError
from fourstroke.plugins.inhouse import is_inhouse
from fourstroke.project import Project

if TYPE_CHECKING:
    from fourstroke.config import Config
    from fourstroke.testing import Contract

# A contract calls a plugin dozens of times: so many rows tell enough.
_MOST_ROWS = 1000


@attrs.frozen(kw_only=True)
class Asked:
    """What `plugins check` was asked for; it is sent to the process that does it.

    Parameters
    ----------
    directory, environment, overrides : Path, str and tuple of str
        The project of the call.
    plugin, stage, settings, reference : str and tuple of str
        The plugin, and what it is checked with.
    """

    directory: Path
    environment: str | None = None
    overrides: tuple[str, ...] = ()
    plugin: str
    stage: str = ""
    settings: tuple[str, ...] = ()
    reference: str = ""

    def config(self) -> Config | None:
        """Read the project file; a folder without a project has none."""
        if not (self.directory / "fourstroke.toml").is_file():
            return None
        return load_config(self.directory, environment=self.environment, overrides=self.overrides)

    def project(self) -> Project:
        """Open the project."""
        return Project.open(self.directory, environment=self.environment, overrides=self.overrides)


def contracts_of(asked: Asked) -> list[type[Contract]]:
    """Find the contracts that are meant by a file, a folder or a name.

    Raises
    ------
    UsageError
        If nothing is meant by it.
    """
    folder = asked.directory / asked.plugin
    if folder.is_dir():
        return checking.of_distribution(folder.resolve())
    config = asked.config()
    target = Target.of(asked.directory, asked.plugin, stage=asked.stage, config=config)
    test = contract_test(asked.directory, asked.plugin, target.file)
    if test is not None and not (asked.settings or asked.reference):
        return checking.of_tests(test.resolve(), called=target.called) or [
            _held(target, config, asked)
        ]
    contract = _held(target, config, asked)
    return [contract if not asked.reference else _on_data(asked, contract)]


def contract_test(root: Path, plugin: str, file: Path) -> Path | None:
    """Give the test that lies beside the file of a plugin; nothing for what is installed."""
    test = root / file.with_name(f"test_{file.name}") if is_inhouse(plugin) else None
    return test if test is not None and test.is_file() else None


def _held(target: Target, config: Config | None, asked: Asked) -> type[Contract]:
    more: dict[str, Any] = {"settings": settings_of(target, config, asked.settings)}
    return checking.held(target, more)


def _on_data(asked: Asked, contract: type[Contract]) -> type[Contract]:
    """Let a contract use rows of a project in the place of its own sample, and the project's task."""
    if not hasattr(contract, "sample"):
        raise UsageError("this contract takes no table", where="--data", hint="leave it out")
    with asked.project() as project:
        from fourstroke.authoring.trial import table_of  # noqa: PLC0415 - it brings the store

        rows = table_of(project, asked.reference).head(_MOST_ROWS)
        task = project.config.task
    return type(contract.__name__, (contract,), {"sample": lambda _self: rows.copy(), "task": task})
