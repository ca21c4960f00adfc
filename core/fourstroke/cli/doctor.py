"""The command that looks for faults and says how to mend them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation

if TYPE_CHECKING:
    from fourstroke.cli.diagnosis import Finding

_MARKS = {
    "ok": ("✓", "+", "good"),
    "warn": ("!", "!", "doubt"),
    "bad": ("✗", "x", "bad"),
    "skipped": ("-", "-", "dim"),
}
_NAME_WIDTH = 14


@command()
@click.option("--quick", is_flag=True, help="Do not re-hash what is in the store and deployed.")
@pass_invocation
def doctor(invocation: Invocation, *, quick: bool) -> int:
    """Look for faults in installation and project, and say how to mend each. Exit code 1: some.

    Outside a project only the installation is looked at.
    """
    from fourstroke.cli.diagnosis import diagnose  # noqa: PLC0415 - --help does not need it

    findings = []
    for finding in diagnose(
        invocation.folder(),
        environment=invocation.environment,
        overrides=tuple(invocation.overrides),
        is_quick=quick,
    ):
        findings.append(finding)
        if not invocation.as_json:
            _show(invocation, finding)
    bad = sum(finding.status == "bad" for finding in findings)
    if invocation.as_json:
        invocation.output.json({"is_sound": not bad, "findings": findings})
    else:
        invocation.output.line()
        text = f"{bad} faults" if bad > 1 else "1 fault" if bad else "no fault"
        invocation.output.line((text, "bad" if bad else "good"))
    return 1 if bad else 0


def _show(invocation: Invocation, finding: Finding) -> None:
    mark, ascii_mark, colour = _MARKS[finding.status]
    shown = mark if invocation.output.has_unicode else ascii_mark
    invocation.output.line((shown, colour), f" {finding.name.ljust(_NAME_WIDTH)}  {finding.what}")
    if finding.fix:
        invocation.output.line(f"  {' ' * _NAME_WIDTH}  ", ("fix: ", "strong"), finding.fix)
