"""The commands of the catalog for people: describe, search, promote, and a page of all of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from fourstroke.cli import names
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.output import moment
from fourstroke.entities.data_card import LAYERS
from fourstroke.errors import ConfigError

if TYPE_CHECKING:
    from fourstroke.cli.output import Output
    from fourstroke.entities.data_card import CatalogEntry, Layer

_LONGEST = 60
_folders = click.option(
    "--in",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of another project; repeatable. FOURSTROKE_PROJECTS names more.",
)
_why = click.option("--why", required=True, help="The reason, for the ledger.")


def _gathered(invocation: Invocation, folders: tuple[Path, ...]) -> list[CatalogEntry]:
    from fourstroke.data_catalog import gathered  # noqa: PLC0415 - opens projects

    try:
        with invocation.project() as project:
            return list(gathered(project, folders))
    except ConfigError:
        # Outside of a project others can still be searched.
        if not folders:
            raise
        return list(gathered(None, folders))


@command()
@click.argument("name", shell_complete=completed(names.datasets))
@pass_invocation
def describe(invocation: Invocation, *, name: str) -> None:
    """Show what people say of a data set, what is in it, how far it has come, and who uses it."""
    with invocation.project() as project:
        entry = project.catalog.entry(name.partition("@")[0])
    if invocation.as_json:
        invocation.output.json({**attrs.asdict(entry), "load": entry.load})
        return
    _show(invocation.output, entry)


def _show(output: Output, entry: CatalogEntry) -> None:
    card, latest = entry.card, entry.latest
    output.line((entry.name, "strong"), f"  {card.description}")
    age = f"{moment(latest.created)} UTC"
    limit = f"; at most {card.fresh}" if card.fresh else ""
    output.facts(
        {
            "owner": card.owner or "nobody yet: owner under [data.catalog]",
            "layer": f"{latest.layer}, v{latest.version}",
            "tags": ", ".join(card.tags),
            "sensitivity": card.sensitivity,
            "licence": card.licence,
            "published": f"{age}{limit}{' - it is older than that' if entry.is_stale else ''}",
            "used by": ", ".join(model for each in entry.versions for model in each.models),
            "load": entry.load,
        }
    )
    output.line()
    profiles = {column.name: column for column in entry.profile.columns} if entry.profile else {}
    rows = []
    for name in entry.columns:
        known = profiles.get(name)
        missing = f"{known.missing / max(known.rows, 1):.1%}" if known and known.missing else ""
        rows.append((name, known.family if known else "", missing, card.columns.get(name, "")))
    output.table(("COLUMN", "TYPE", "MISSING", "WHAT IT HOLDS"), rows)
    output.line()
    output.table(
        ("VERSION", "LAYER", "ROWS", "WHEN (UTC)", "WHO", "MODELS", "WHY"),
        [
            (
                f"v{each.version}",
                each.layer,
                each.rows,
                moment(each.created),
                each.who,
                ", ".join(each.models),
                each.why,
            )
            for each in entry.versions
        ],
    )


@command()
@click.argument("words", nargs=-1)
@click.option("--tag", "tags", multiple=True, help="With this tag; repeatable.")
@click.option("--column", "columns", multiple=True, help="With this column; repeatable.")
@click.option("--owner", default="", help="Of this owner, or a part of the name.")
@click.option("--layer", type=click.Choice(LAYERS[1:]), default=None, help="That came so far.")
@_folders
@pass_invocation
def search(
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    tags: tuple[str, ...],
    columns: tuple[str, ...],
    owner: str,
    layer: str | None,
    folders: tuple[Path, ...],
) -> int:
    """Find data sets by words, tags, columns and owner, in this project and in others."""
    from fourstroke.data_catalog import Wanted, found  # noqa: PLC0415 - as above

    wanted = Wanted(words=words, tags=tags, columns=columns, owner=owner, layer=layer or "")
    entries = found(_gathered(invocation, folders), wanted)
    if invocation.as_json:
        told = [{**attrs.asdict(entry), "load": entry.load} for entry in entries]
        invocation.output.json({"datasets": told})
    elif entries:
        invocation.output.table(
            ("DATA SET", "PROJECT", "LAYER", "ROWS", "OWNER", "TAGS", "DESCRIPTION"),
            [
                (
                    entry.name,
                    entry.project,
                    entry.latest.layer,
                    entry.latest.rows,
                    entry.card.owner,
                    ", ".join(entry.card.tags),
                    entry.card.description[:_LONGEST],
                )
                for entry in entries
            ],
        )
        invocation.output.line()
        invocation.output.line(("load     ", "strong"), entries[0].load)
    else:
        invocation.output.line("no data set is like that")
    return 0 if entries else 1


_version = click.argument("data", metavar="NAME@VERSION", shell_complete=completed(names.datasets))


@command()
@_version
@click.argument("layer", type=click.Choice(LAYERS[2:]), default=LAYERS[2])
@_why
@pass_invocation
def promote(invocation: Invocation, *, data: str, layer: Layer, why: str) -> None:
    """Say that a version is good for more people: who, when and why go to the ledger."""
    _move(invocation, data, layer, why)


@command()
@_version
@click.argument("layer", type=click.Choice(LAYERS[1:3]), default=LAYERS[1])
@_why
@pass_invocation
def demote(invocation: Invocation, *, data: str, layer: Layer, why: str) -> None:
    """Take a version back to a layer before."""
    _move(invocation, data, layer, why)


def _move(invocation: Invocation, data: str, layer: Layer, why: str) -> None:
    with invocation.project() as project:
        moved = project.catalog.move(data, layer, why=why, command=invocation.command)
        name = data.partition("@")[0]
    if invocation.as_json:
        invocation.output.json({"name": name, "version": moved.version, "layer": moved.layer})
        return
    invocation.output.line((f"{name}@v{moved.version}  ", "strong"), moved.layer)
    invocation.output.line(("load     ", "strong"), f'fourstroke.load("{name}@{moved.layer}")')


@command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("catalog.html"),
    show_default=True,
    help="Where to write it.",
)
@_folders
@pass_invocation
def site(invocation: Invocation, *, output: Path, folders: tuple[Path, ...]) -> None:
    """Write the catalog as one page that works offline and needs nothing else."""
    from fourstroke.pages import write_page  # noqa: PLC0415 - builds plugins

    entries = tuple(_gathered(invocation, folders))
    with invocation.project() as project:
        write_page(project, "render_catalog", output, {"entries": entries})
    if invocation.as_json:
        invocation.output.json({"file": str(output), "datasets": len(entries)})
        return
    told = f"{len(entries)} data set{'' if len(entries) == 1 else 's'}"
    invocation.output.line(("wrote    ", "good"), f"{output}, {told}")
