"""The command that shows what comes from what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.entities.lineage import Lineage, LineageNode

_FILE = click.Path(dir_okay=False, path_type=Path)


@command(
    epilog="WHAT is data:NAME@1, model:NAME@1, run:ID, source:PLACE, deployment:... or predictions:..."
)
@click.argument("what")
@click.option("--up", is_flag=True, help="Only what it comes from.")
@click.option("--down", is_flag=True, help="Only what comes from it.")
@click.option("--svg", type=_FILE, help="Write a picture there.")
@click.option("--openlineage", type=_FILE, help="Write events of OpenLineage there, one a line.")
@pass_invocation
def lineage(
    invocation: Invocation,
    *,
    what: str,
    up: bool,
    down: bool,
    svg: Path | None,
    openlineage: Path | None,
) -> None:
    """Show what WHAT comes from, and what comes from it, up to deployments and predictions."""
    from fourstroke.lineage import traced  # noqa: PLC0415 - --help does not need it

    is_both = up == down
    with invocation.project() as project:
        found = traced(project.records, what, up=up or is_both, down=down or is_both)
        if openlineage is not None:
            from fourstroke.open_lineage import events  # noqa: PLC0415 - when it is asked for

            lines = [json.dumps(event) for event in events(found, project.records)]
            openlineage.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if svg is not None:
            from fourstroke.pages import write_page  # noqa: PLC0415 - builds plugins

            write_page(project, "render_lineage", svg, {"lineage": found})
    output = invocation.output
    if invocation.as_json:
        output.json(attrs.asdict(found))
        return
    for path in filter(None, (svg, openlineage)):
        output.line(("wrote    ", "good"), str(path))
    if svg is None and openlineage is None:
        for line, style in _tree(found):
            output.line((line, style) if style else line)


def _tree(found: Lineage) -> Iterator[tuple[str, str]]:
    starts = [node for node in found.nodes if node.id == found.about]
    if not starts:  # a run: what it made
        made = [node for node in found.nodes if f"run:{node.run}" == found.about]
        ids = {node.id for node in made}
        starts = [
            node
            for node in made
            if ids.isdisjoint(each.id for each in found.beside(node.id, upwards=True))
        ]
    for node in starts:
        above = list(_branch(found, node, upwards=True))
        below = list(_branch(found, node, upwards=False))
        yield from ((line, "") for line in reversed(above))
        yield f"{node.id}  {node.about}", "strong"
        yield from ((line, "") for line in below)


def _branch(found: Lineage, node: LineageNode, *, upwards: bool, depth: int = 1) -> Iterator[str]:
    sign = "└─ " if not upwards else "┌─ "
    for each in found.beside(node.id, upwards=upwards):
        yield f"{'   ' * (depth - 1)}{sign}{each.id}  {each.about}".rstrip()
        yield from _branch(found, each, upwards=upwards, depth=depth + 1)
