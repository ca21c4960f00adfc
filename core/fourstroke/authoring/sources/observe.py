"""What hears how a run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke import StepFact


@plugin
class Template:
    """Write a line for each step that has ended."""

    # The file, relative to the project.
    path: Path = Path("steps.txt")

    @hookimpl
    def step_finished(self, run: str, step: StepFact) -> None:
        """Append the step."""
        with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{run} {step.name} {step.state} {step.seconds:.2f}\n")
