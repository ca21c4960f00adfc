"""The commands by which people name versions: alias, tag, describe, stage."""

from __future__ import annotations

from typing import Final

import click

from fourstroke.cli import names
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.tags import tags_of
from fourstroke.cli.version_reference import version_reference

_model = click.argument("model", shell_complete=completed(names.models))
_version = click.argument("version", callback=version_reference)
_why = click.option("--why", metavar="TEXT", default="", help="The reason, for the ledger.")


@command("alias")
@_model
@click.argument("name", required=False)
@click.argument("version", callback=version_reference, required=False)
@click.option("--remove", is_flag=True, help="Take the name away.")
@_why
@pass_invocation
def alias(
    invocation: Invocation,
    *,
    model: str,
    name: str | None,
    version: int | str | None,
    remove: bool,
    why: str,
) -> None:
    """Let NAME stand for VERSION of MODEL, such as challenger; without NAME list them.

    What stands for the version in production is called champion, and moves by promotion alone.
    """
    with invocation.project() as project:
        found = project.models[model]
        if name is not None and (version is not None or remove):
            found.alias(name, None if remove else version, why=why)
        elif name is not None:
            found[name]
        known = {row.version: found[row.version].labels.aliases for row in found.versions()}
    rows = [(each, number) for number, given in known.items() for each in given]
    if invocation.as_json:
        invocation.output.json({"model": model, "aliases": dict(rows)})
        return
    shown = [(each, f"v{number}") for each, number in rows if name in {None, each} or remove]
    invocation.output.table(("ALIAS", "VERSION"), shown)


@command("tag")
@_model
@_version
@click.argument("tags", metavar="NAME=VALUE...", nargs=-1, required=True)
@pass_invocation
def tag(invocation: Invocation, *, model: str, version: int | str, tags: tuple[str, ...]) -> None:
    """Tag VERSION of MODEL; NAME= takes a tag away."""
    given = tags_of(tags)
    with invocation.project() as project:
        found = project.models[model]
        for name, value in given.items():
            found.tag(version, name, value)
        number, known = found[version].version, found[version].labels.tags
    if invocation.as_json:
        invocation.output.json({"model": model, "version": number, "tags": known})
        return
    told = ", ".join(f"{name}={value}" for name, value in known.items())
    invocation.output.line((f"{model}@v{number}  ", "strong"), told or "no tags")


@command("describe")
@_model
@_version
@click.argument("text")
@pass_invocation
def describe(invocation: Invocation, *, model: str, version: int | str, text: str) -> None:
    """Say in words what VERSION of MODEL is."""
    with invocation.project() as project:
        found = project.models[model]
        found.describe(version, text)
        number = found[version].version
    if invocation.as_json:
        invocation.output.json({"model": model, "version": number, "description": text})
        return
    invocation.output.line((f"{model}@v{number}  ", "strong"), text)


@command("stage")
@_model
@_version
@click.argument("stage")
@_why
@pass_invocation
def stage(invocation: Invocation, *, model: str, version: int | str, stage: str, why: str) -> None:
    """Move VERSION of MODEL to a stage of the project, such as staging."""
    with invocation.project() as project:
        found = project.models[model]
        found.move(version, stage, why=why)
        number = found[version].version
    if invocation.as_json:
        invocation.output.json({"model": model, "version": number, "stage": stage})
        return
    invocation.output.line((f"{model}@v{number}  ", "strong"), stage)


LABELLING: Final = (alias, tag, describe, stage)
