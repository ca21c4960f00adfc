"""Where this runs: on GitHub, GitLab, Jenkins or a laptop, and whether for a fork's change."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen(kw_only=True)
class Forge:
    """What a forge tells its jobs.

    Parameters
    ----------
    has_annotations : bool
        Whether it reads GitHub's workflow commands.
    is_fork : bool
        Whether the change comes from a fork, whose jobs get no secrets.
    summary : Path, optional
        The file to which a job's summary is appended.
    workspace : Path, optional
        The folder of the checkout, to which annotations name files.
    """

    has_annotations: bool = False
    is_fork: bool = False
    summary: Path | None = None
    workspace: Path | None = None

    @classmethod
    def found(cls, variables: Mapping[str, str] = os.environ) -> Forge:
        """Read the variables that GitHub Actions, GitLab CI and Jenkins document."""
        if variables.get("GITHUB_ACTIONS") == "true":
            return cls(
                has_annotations=True,
                is_fork=_is_fork_on_github(variables.get("GITHUB_EVENT_PATH", "")),
                summary=_path(variables, "GITHUB_STEP_SUMMARY"),
                workspace=_path(variables, "GITHUB_WORKSPACE"),
            )
        source = variables.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "")
        target = variables.get("CI_MERGE_REQUEST_PROJECT_ID", "")
        return cls(is_fork=source != target or bool(variables.get("CHANGE_FORK")))

    def named(self, root: Path, file: str) -> str:
        """Name a file of the project as annotations do: from the top of the checkout."""
        path = Path(os.path.normpath(root / file))  # resolving asks for a file of that name
        workspace = root if self.workspace is None else self.workspace.resolve()
        return path.relative_to(workspace).as_posix() if path.is_relative_to(workspace) else file


def _path(variables: Mapping[str, str], name: str) -> Path | None:
    return Path(variables[name]) if variables.get(name) else None


def _is_fork_on_github(event: str) -> bool:
    try:
        told: Any = json.loads(Path(event).read_text(encoding="utf-8"))
        pull = told["pull_request"]
        source = pull["head"]["repo"]  # null if the fork has been deleted
        return source is None or source["full_name"] != pull["base"]["repo"]["full_name"]
    except (OSError, ValueError, KeyError, TypeError):
        return False  # no pull request, or none that could be told
