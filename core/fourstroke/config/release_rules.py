"""The keys that say what it takes to promote a version, and what may not loosen them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fourstroke.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fourstroke.config.faults import Faults
    from fourstroke.config.node import Node

_CYCLE: Final = "development"
_RULES: Final = {"policy": "policy", "approve": "approver"}


def refuse_of_one_call(parts: Sequence[str], value: Any, where: str) -> None:
    """Refuse to let a call say what it needs to be allowed: people review the file, and nobody a call.

    Parameters
    ----------
    parts : sequence of str
        The key that the call lays over the file.
    value : object
        What it lays there, as TOML has it.
    where : str
        What to name in the message.

    Raises
    ------
    ConfigError
        If it is one of these keys, or a table with one of them.
    """
    if parts[0] != _CYCLE:
        return
    laid = parts[1:2] or (value if isinstance(value, dict) else ())
    for key in (key for key in _RULES if key in laid):
        raise ConfigError(
            f"the {_RULES[key]} is no matter of a single call",
            where=where,
            hint="it stands in fourstroke.toml, also for one environment alone: "
            f"[environments.NAME.{_CYCLE}.{key}]",
        )


def refuse_lax_environments(sharing: Iterable[tuple[str, Node]], faults: Faults) -> None:
    """Refuse an environment with rules of its own and the records of others.

    They would have one champion: what the rules of one do not let through, those of the other do.

    Parameters
    ----------
    sharing : iterable of (str, Node)
        The overlays without records of their own, by name.
    faults : Faults
        Gets what is wrong.
    """
    for name, overlay in sharing:
        for key, what in _RULES.items():
            rule = overlay.get(_CYCLE, key)
            if rule is not None:
                faults.at(
                    rule,
                    ("environments", name, _CYCLE, key),
                    f"another {what} needs records of its own",
                    f'[environments.{name}.backends] records = "..."; or one {what} for all',
                )
