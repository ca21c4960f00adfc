"""What may stand in a Dockerfile, a unit of systemd or a command line: words of a few characters, nothing else.

A value that is written into such a file can end the line and begin an instruction of its own: so it
went in MLflow and BentoML (CVE-2026-33744, CVE-2026-44345). Here nothing is quoted or escaped; what is
not a plain word of its kind is refused.
"""

from __future__ import annotations

import re
from typing import Final

from fourstroke import ConfigError

_PART: Final = r"[a-z0-9]+(?:[._-]{1,2}[a-z0-9]+)*"
_GRAMMAR: Final = {
    # As the reference of an OCI image has it; a tag or a digest has to be there.
    "image": (
        rf"(?:[a-zA-Z0-9.-]+(?::[0-9]{{1,5}})?/)?{_PART}(?:/{_PART})*"
        r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
    ),
    "model": r"[A-Za-z][A-Za-z0-9_-]{0,63}",
    "user": r"[a-z_][a-z0-9_-]{0,30}",
    "host": r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?",
    "path": r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*){1,20}",
    "distribution": r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?",
    # As PEP 440 writes a version, local part included.
    "version": r"[0-9]+(?:[A-Za-z0-9.!_-]*[A-Za-z0-9])?(?:\+[A-Za-z0-9.]+)?",
    "python": r"3\.[0-9]{1,2}(?:\.[0-9]{1,2})?",
}


def token(kind: str, value: str, where: str) -> str:
    """Give a value back if it is a plain word of its kind.

    Raises
    ------
    ConfigError
        If it is anything else.
    """
    if not re.fullmatch(_GRAMMAR[kind], value, re.ASCII):
        raise ConfigError(f"{value[:60]!r} is no {kind} that may be written there", where=where)
    return value


def pinned_image(value: str, where: str) -> str:
    """Give the name of an image back if it says which one.

    Raises
    ------
    ConfigError
        If it has neither a tag nor a digest, or the tag that moves.
    """
    token("image", value, where)
    name = value.rpartition("/")[2]
    if "@" not in name and (":" not in name or name.endswith(":latest")):
        raise ConfigError(
            f"{value!r} is another image each month", where=where, hint="name a tag or a digest"
        )
    return value
