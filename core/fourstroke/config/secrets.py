"""Secrets: ``${NAME}`` in a value stands for a variable of the environment."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from fourstroke.errors import ConfigError, FourstrokeError, nearest
from fourstroke.principals import VARIABLE as TOKEN_VARIABLE

if TYPE_CHECKING:
    from fourstroke.config.settings import Config

_REFERENCE = re.compile(
    r"(?P<escape>\$\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<malformed>\$\{[^}]*\}?)"
)


class UnsetVariableError(ConfigError):
    """A variable that the project file refers to is not set: the file may well be right."""


# To hide every "a" of a text would make it unreadable, and tell the secret all the same.
_SHORTEST_HIDDEN = 3


def resolve_secrets(value: Any, *, where: str) -> Any:
    """Replace each ``${NAME}`` by the variable of the environment, in texts at any depth.

    Parameters
    ----------
    value : object
        A value of the project file; it is left as it is.
    where : str
        Its key, for messages.

    Raises
    ------
    ConfigError
        If a variable is not set; all of them at once, each with its key.

    Examples
    --------
    >>> resolve_secrets({"rows": 3, "url": "http://$${x}"}, where="data.collect")
    {'rows': 3, 'url': 'http://${x}'}
    """
    missing: list[ConfigError] = []
    resolved = _resolved(value, where, missing)
    if missing:
        raise FourstrokeError.join(missing)
    return resolved


def mask(text: str, config: Config) -> str:
    """Hide the values of all secrets that a project file refers to, and the token of who acts.

    They stand there as ``${NAME}``.

    Their forms in URLs, JSON and ``repr`` are hidden too. Values under three characters are left:
    they cannot be told from ordinary text.
    """
    forms = {
        form: f"${{{name}}}"
        for name in sorted({*referenced(config.values), TOKEN_VARIABLE})
        for form in _forms(os.environ.get(name, ""))
    }
    if not forms:
        return text
    longest_first = sorted(forms, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return pattern.sub(lambda match: forms[match.group()], text)


def referenced(value: Any) -> set[str]:
    """Give the names of all variables that a value refers to.

    Examples
    --------
    >>> sorted(referenced({"url": "db://${USER}:${PASSWORD}@db", "plain": "$${NOT}"}))
    ['PASSWORD', 'USER']
    """
    return {
        match["name"]
        for text in _texts(value)
        for match in _REFERENCE.finditer(text)
        if match["name"]
    }


def malformed_reference(text: str) -> str:
    """Give the first ``${`` that does not begin a reference; empty if there is none."""
    found = (match["malformed"] for match in _REFERENCE.finditer(text))
    return next((wrong for wrong in found if wrong), "")


def without_references(text: str) -> str:
    """Take all references out of a text."""
    return _REFERENCE.sub("", text)


def _resolved(value: Any, where: str, missing: list[ConfigError]) -> Any:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: _replacement(match, where, missing), value)
    if isinstance(value, Mapping):
        return {key: _resolved(part, f"{where}.{key}", missing) for key, part in value.items()}
    if isinstance(value, list | tuple):
        parts = [_resolved(part, f"{where}[{at}]", missing) for at, part in enumerate(value)]
        return type(value)(parts)
    return value


def _replacement(match: re.Match[str], where: str, missing: list[ConfigError]) -> str:
    name = match["name"]
    if match["escape"]:
        return "${"
    if name is None:
        return match.group()
    if name not in os.environ:
        # Only names are compared: what variables hold is nobody's business here.
        close = nearest(name, os.environ)
        hint = close if close.startswith("did you mean") else f"set {name} before the command"
        missing.append(
            UnsetVariableError(
                f"the environment variable {name} is not set", where=where, hint=hint
            )
        )
        return ""
    return os.environ[name]


def _forms(secret: str) -> set[str]:
    if len(secret) < _SHORTEST_HIDDEN:
        return set()
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    }


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
