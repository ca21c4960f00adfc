"""The number of a model's version, as people write it."""

from __future__ import annotations

import click

_MOST_DIGITS = 9


def version_number(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> int | None:
    """Read the number of a version, also as it is shown everywhere: ``v3``."""
    if value is None:
        return None
    digits = value.removeprefix("v")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    if not is_number or int(digits) == 0:
        raise click.BadParameter(f"expected a version such as 3 or v3, got {value!r}")
    return int(digits)
