"""The step `config`: the project file in every environment, as `config check` sees it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from fourstroke.ci.results import Finding, StepResult, finding_of
from fourstroke.config import load_config
from fourstroke.config.environments import VARIABLE
from fourstroke.config.secrets import UnsetVariableError
from fourstroke.config.source import read_tree
from fourstroke.errors import FourstrokeError
from fourstroke.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fourstroke.config import Config

NAME = "config"


@attrs.frozen(kw_only=True)
class Asked:
    """Which project, in which environment.

    Parameters
    ----------
    root : Path
        The project's folder.
    environment : str, optional
        What ``--env`` names: then no other is looked at.
    overrides : tuple of str
        What each ``--set`` says.
    """

    root: Path
    environment: str | None = None
    overrides: tuple[str, ...] = ()

    @property
    def in_force(self) -> str:
        """The environment in force; empty if none."""
        return os.environ.get(VARIABLE, "") if self.environment is None else self.environment

    def config(self, environment: str | None = None) -> Config:
        """Read the project file in the environment in force, or in another one."""
        name = self.in_force if environment is None else environment
        return load_config(self.root, environment=name, overrides=self.overrides)

    def environments(self) -> tuple[str, ...]:
        """Name the environments to look at, the one in force first; empty for the file alone."""
        if self.environment is not None:
            return (self.environment,)
        found = read_tree(self.root).get("environments")
        names = [] if found is None or found.table is None else list(found.table)
        return tuple(dict.fromkeys([self.in_force, "", *names]))


def check_configuration(asked: Asked, *, is_fork: bool) -> StepResult:
    """Check the project file in every environment that it names.

    A variable that is not set is a warning in the environments that are not in force, whose secrets
    are kept elsewhere, and for the change of a fork, whose jobs get none.
    """
    findings: dict[str, Finding] = {}
    code = 0
    try:
        names = asked.environments()
    except FourstrokeError as error:
        names = ()
        code, findings = error.exit_code, {str(error): finding_of(error)}
    for name in names:
        forgives = is_fork or name != asked.in_force
        for fault in _faults(asked, name):
            is_mild = forgives and isinstance(fault, UnsetVariableError)
            code = code if is_mild else max(code, fault.exit_code)
            # A fault of the file itself is the same in every environment: it is told once.
            findings.setdefault(fault.line, finding_of(fault, "warning" if is_mild else "error"))
    ordered = sorted(findings.values(), key=lambda each: each.level)
    return StepResult(
        name=NAME,
        status="failed" if code else "warned" if ordered else "passed",
        summary=ordered[0].text if ordered else _summary(names),
        exit_code=code,
        findings=tuple(ordered),
    )


def _faults(asked: Asked, name: str) -> Sequence[FourstrokeError]:
    try:
        Project(config=asked.config(name)).check()
    except FourstrokeError as error:
        return error.several
    return ()


def _summary(names: Sequence[str]) -> str:
    named = [name for name in names if name]
    more = f", and as {', '.join(named)}" if named else ""
    return f"the project file is valid{more}"
