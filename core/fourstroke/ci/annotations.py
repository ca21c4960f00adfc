"""Findings as GitHub's workflow commands, which show them beside the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fourstroke.ci.forge import Forge
    from fourstroke.ci.results import CiReport


def as_annotations(report: CiReport, root: Path, forge: Forge) -> Iterator[str]:
    """Write each finding as one line, errors first: GitHub shows the first ten of a kind.

    Notes
    -----
    Escaped as the runner reads it: GitHub, "Workflow commands for GitHub Actions", and
    ``escapeData`` and ``escapeProperty`` of actions/toolkit, ``packages/core/src/command.ts``.
    """
    told = [(step.name, each) for step in report.steps for each in step.findings]
    for name, finding in sorted(told, key=lambda pair: pair[1].level):
        place = {"file": forge.named(root, finding.file)} if finding.file else {}
        place |= {"line": str(finding.line)} if finding.line else {}
        place["title"] = f"fourstroke ci: {name}"
        words = ",".join(f"{key}={_property(value)}" for key, value in place.items())
        yield f"::{finding.level} {words}::{_data(printable(finding.text))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
