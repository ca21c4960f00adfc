"""How people are told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke import Alert


@plugin
class Template:
    """Append each alert to a file, one a line."""

    # The file, relative to the project.
    path: Path = Path("alerts.txt")

    @hookimpl
    def alert(self, alert: Alert) -> bool:
        """Write the alert; control characters cannot begin a line of their own."""
        text = f"{alert.at.isoformat()} {alert.severity} {alert.title}: {alert.text}"
        line = "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)
        with self.path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(f"{line}\n")
        return True
