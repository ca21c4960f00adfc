"""What whoever runs the service reads: one line a thing, on standard error."""

from __future__ import annotations

import sys
import time


def say(text: str) -> None:
    """Tell something on one line, whatever a client or a plugin has put into it."""
    safe = "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
    print(f"{time.strftime('%H:%M:%S')}  {safe}", file=sys.stderr, flush=True)  # noqa: T201
