"""The commands that show what is installed. They read metadata and import no plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import click

from fourstroke.cli import names
from fourstroke.cli.authors import check, new, package, try_
from fourstroke.cli.describe import Description, Setting, describe
from fourstroke.cli.groups import group
from fourstroke.cli.hooks import show_hooks
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.errors import FourstrokeError, UsageError, nearest
from fourstroke.plain_json import plain
from fourstroke.plugins.discovery import DEFAULT, Offer, installed
from fourstroke.plugins.offers import as_said
from fourstroke.stages import header_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.cli.output import Output

# Config calls them otherwise than the entry-point groups that they come from.
_STAGE_OF_GROUP = {"batch": "collect"}


@group()
def plugins() -> None:
    """List and show plugins: what can stand after `use` in the project file."""


@plugins.command("list")
@pass_invocation
def list_plugins(invocation: Invocation) -> None:
    """List what is installed, and what of it this project uses."""
    shelf = _Shelf.of(invocation)
    if invocation.as_json:
        invocation.output.json(
            {
                "plugins": [shelf.facts(offer) for offer in shelf.offers],
                "files": [{"kind": as_said(stage), "use": name} for stage, name in shelf.files],
            }
        )
        return
    rows = [
        (each.kind, each.name, header_of(each.stage), _origin(each), shelf.status(each))
        for each in shelf.offers
    ]
    for stage, use in shelf.files:
        file, _, name = use.rpartition(":")
        rows.append((as_said(stage), name, header_of(stage), f"./{file}", "in use"))
    invocation.output.table(("KIND", "NAME", "TABLE", "FROM", "STATUS"), sorted(rows))


@plugins.command("show")
@click.argument("name", shell_complete=completed(names.plugins))
@pass_invocation
def show_plugin(invocation: Invocation, name: str) -> None:
    """Show one plugin with its settings. NAME may be `stage/name`, `distribution/name` or `name`.

    This one is imported, to read its settings.
    """
    shelf = _Shelf.of(invocation)
    meant = [offer for offer in shelf.offers if name in _names(offer)]
    if not meant:
        known = {each for offer in shelf.offers for each in _names(offer)}
        raise UsageError(f"there is no plugin {name!r}", hint=nearest(name, known))
    described = [Description() if each.problem else describe(each) for each in meant]
    if invocation.as_json:
        facts = zip(meant, described, strict=True)
        invocation.output.json(
            {"plugins": [shelf.facts(offer) | plain(more) for offer, more in facts]}
        )
        return
    for at, (offer, more) in enumerate(zip(meant, described, strict=True)):
        if at:
            invocation.output.line()
        _show(invocation.output, offer, more, shelf.status(offer))


for _command in (show_hooks, new, try_, check, package):
    plugins.add_command(_command)


@attrs.frozen
class _Shelf:
    """What is installed, and what of it a project names."""

    offers: tuple[Offer, ...]
    used: frozenset[tuple[str, str]]
    defaults: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, invocation: Invocation) -> _Shelf:
        everything = installed()
        return cls(
            offers=tuple(offer for offer in everything if offer.name != DEFAULT),
            used=_used(invocation),
            # A table without `use` gets what the bundled name "default" stands for.
            defaults=frozenset(
                (offer.stage, offer.value)
                for offer in everything
                if offer.name == DEFAULT and offer.is_bundled
            ),
        )

    @property
    def files(self) -> list[tuple[str, str]]:
        """Plugins in files of the project."""
        return sorted((stage, use) for stage, use in self.used if ".py:" in use)

    def status(self, offer: Offer) -> str:
        """Say whether a plugin is broken, in use, or only there."""
        if offer.problem:
            return f"broken: {offer.problem}"
        names = {offer.name, f"{offer.distribution}/{offer.name}"}
        if offer.is_bundled and (offer.stage, offer.value) in self.defaults:
            names.add(DEFAULT)
        is_used = any((offer.stage, name) in self.used for name in names)
        return "in use" if is_used else "installed"

    def facts(self, offer: Offer) -> dict[str, object]:
        """Give the facts of one plugin for JSON."""
        return {
            "kind": offer.kind,
            "table": header_of(offer.stage),
            "name": offer.name,
            "distribution": offer.distribution,
            "version": offer.version,
            "class": offer.value,
            "is_bundled": offer.is_bundled,
            "status": self.status(offer),
        }


def _show(output: Output, offer: Offer, more: Description, status: str) -> None:
    output.line((f"{offer.kind}/{offer.name}", "strong"))
    table = header_of(offer.stage)
    output.facts({"table": table, "from": _origin(offer), "class": offer.value, "status": status})
    _show_text(output, more.description)
    _show_settings(output, more.settings)
    for inner in more.tables:
        output.line()
        output.line((inner.name, "strong"))
        _show_text(output, inner.description)
        _show_settings(output, inner.settings)


def _show_text(output: Output, text: str) -> None:
    for line in ["", *text.splitlines()] if text else ():
        output.line(f"  {line}" if line else "")


def _show_settings(output: Output, settings: Sequence[Setting]) -> None:
    """Show what may be set: a line each, and below what it means; nothing is cut to fit."""
    if not settings:
        return
    width = max(len("SETTING"), *(len(each.name) for each in settings))
    output.line()
    output.line((f"{'SETTING':{width}}  TYPE  DEFAULT", "dim"))
    for each in settings:
        output.line(f"{each.name:{width}}  {each.type}  {each.default}")
        if each.meaning:
            output.line((f"{'':{width}}  {each.meaning}", "dim"))


def _used(invocation: Invocation) -> frozenset[tuple[str, str]]:
    """Say which plugins the project names; a faulty project file, or none, names none."""
    folder = invocation.folder()
    if not any(
        (each / "fourstroke.toml").is_file() for each in (folder, *folder.resolve().parents)
    ):
        return frozenset()
    from fourstroke.config import load_config  # noqa: PLC0415 - only inside a project

    try:
        config = load_config(
            folder,
            environment=invocation.environment,
            overrides=tuple(invocation.overrides),
        )
    except FourstrokeError as error:
        invocation.output.warn(str(error).splitlines()[0])
        return frozenset()
    tables = [each for tables in config.tables.values() for each in tables]
    return frozenset(
        (_STAGE_OF_GROUP.get(table.stage, table.stage), table.use or DEFAULT)
        for table in [*tables, config.storage, config.executor]
    )


def _origin(offer: Offer) -> str:
    return f"{offer.who} (bundled)" if offer.is_bundled else offer.who


def _names(offer: Offer) -> tuple[str, ...]:
    return (offer.name, f"{offer.kind}/{offer.name}", f"{offer.distribution}/{offer.name}")
