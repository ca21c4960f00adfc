"""The names that a shell offers when a word is completed: of runs, models, data sets, plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke.cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click


def models(invocation: Invocation) -> Iterable[str]:
    """Name the registered models."""
    with invocation.project() as project:
        return list(project.models)


def datasets(invocation: Invocation) -> Iterable[str]:
    """Name the published data sets."""
    with invocation.project() as project:
        return list(project.datasets)


def runs(invocation: Invocation) -> Iterable[str]:
    """Name the latest runs."""
    with invocation.project() as project:
        return [row.run for row in project.runs.list()]


def plugins(_invocation: Invocation) -> Iterable[str]:
    """Name what is installed."""
    from fourstroke.plugins.discovery import installed  # noqa: PLC0415 - only this one needs it

    return sorted({f"{offer.kind}/{offer.name}" for offer in installed()})


def hooks(_invocation: Invocation) -> Iterable[str]:
    """Name the hooks."""
    from fourstroke.plugins import specification  # noqa: PLC0415 - only this one needs it

    return list(specification.hooks())


def keys(invocation: Invocation) -> Iterable[str]:
    """Name the keys in force."""
    from fourstroke.config import flat, load_config  # noqa: PLC0415 - only this one needs it

    return [entry.path for entry in flat(load_config(invocation.folder()))]


def kinds(_invocation: Invocation) -> Iterable[str]:
    """Name what `fourstroke use` can change."""
    from fourstroke.choice import KINDS  # noqa: PLC0415 - only this one needs it

    return KINDS


def environments(invocation: Invocation) -> Iterable[str]:
    """Name the environments of the project file."""
    import tomllib  # noqa: PLC0415 - every command has this option, few complete it

    text = (invocation.folder() / "fourstroke.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text).get("environments", {}))


def completed(
    names: Callable[[Invocation], Iterable[str]],
) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Make what click asks for the rest of a word.

    A shell that completes must never show an error: where there is no project there are no names.
    """

    def complete(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        try:
            known = names(context.ensure_object(Invocation))
        except Exception:  # noqa: BLE001 - whatever it is, the command itself will tell it
            return []
        return [name for name in known if name.startswith(incomplete)]

    return complete
