"""A form of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke import Context, RunReport


@plugin
class Template:
    """Write a run as lines of plain text."""

    @hookimpl
    def render(self, report: RunReport, context: Context) -> Path:
        """Write a line for the run, and one for each step."""
        lines = [f"{report.project} {report.run} {report.state}"]
        lines += [f"{step.state} {step.name} {step.summary}" for step in report.steps]
        path = context.scratch / "report.txt"
        path.write_text("".join(f"{_plain(line)}\n" for line in lines), encoding="utf-8")
        return path


def _plain(text: str) -> str:
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)
