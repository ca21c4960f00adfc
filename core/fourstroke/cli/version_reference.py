"""A model's version, as people write it: its number, or a name that stands for it."""

from __future__ import annotations

import re

import click

_MOST_DIGITS = 9
_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def version_reference(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> int | str | None:
    """Read the number of a version, also as it is shown everywhere, ``v3``; or an alias."""
    if value is None:
        return None
    digits = value.removeprefix("v")
    if digits.isascii() and digits.isdigit():
        if len(digits) <= _MOST_DIGITS and int(digits) > 0:
            return int(digits)
    elif _ALIAS.fullmatch(value):
        return value
    raise click.BadParameter(f"expected a version such as 3, v3 or champion, got {value!r}")
