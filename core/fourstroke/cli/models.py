"""The commands of the registry: versions of models, and which of them is in production."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourstroke.cli import names
from fourstroke.cli.explained import explain
from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.output import moment
from fourstroke.cli.version_number import version_number
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.entities.model import Deployment
    from fourstroke.records.rows import VersionRow


@group()
def models() -> None:
    """List, show, explain, deploy and roll back models."""


models.add_command(explain)


@models.command("list")
@pass_invocation
def list_models(invocation: Invocation) -> None:
    """List the registered models, each with its latest version and its champion."""
    with invocation.project() as project:
        found = [(name, model.versions()) for name, model in project.models.items()]
    if invocation.as_json:
        facts = [{"model": name, "versions": versions} for name, versions in found]
        invocation.output.json({"models": facts})
    elif found:
        invocation.output.table(
            ("MODEL", "VERSIONS", "LATEST", "CHAMPION", "REGISTERED (UTC)"),
            [
                (name, len(rows), rows[-1].version, _champion(rows), moment(rows[-1].created))
                for name, rows in found
            ],
        )
    else:
        invocation.output.line("no model yet", ("  next: " + invocation.fourstroke("run"), "dim"))


@models.command("show")
@click.argument("model", shell_complete=completed(names.models))
@pass_invocation
def show_model(invocation: Invocation, *, model: str) -> None:
    """Show the versions of one model, and what happened to them."""
    with invocation.project() as project:
        versions = project.models[model].versions()
        history = [event for event in project.records.events() if _is_about(event.subject, model)]
    output = invocation.output
    if invocation.as_json:
        output.json({"model": model, "versions": versions, "events": history})
        return
    output.table(
        ("VERSION", "", "CANDIDATE", "DIGEST", "REGISTERED (UTC)", "RUN"),
        [
            (
                row.version,
                "champion" if row.is_champion else "",
                row.candidate,
                row.digest[:19],
                moment(row.created),
                row.run,
            )
            for row in versions
        ],
    )
    if history:
        output.line()
        output.table(
            ("WHEN (UTC)", "WHO", "WHAT", "SUBJECT", "WHY"),
            [
                (moment(event.at), event.who, event.what, event.subject, event.why)
                for event in history
            ],
        )


@models.command("at")
@click.argument("when")
@pass_invocation
def at_moment(invocation: Invocation, *, when: str) -> None:
    """Show which versions were the champions at WHEN: a day to its end, or a time, of UTC."""
    from fourstroke.cli.times import time_of  # noqa: PLC0415 - not needed for the help

    wanted = time_of(when, "WHEN", to_its_end=True)
    with invocation.project() as project:
        found = project.models.champions_at(wanted)
    if invocation.as_json:
        invocation.output.json({"at": wanted, "champions": found})
    elif found:
        invocation.output.table(
            ("CHAMPION", "SINCE (UTC)", "BY", "WHY", "RUN"),
            [(each.subject, moment(each.at), each.who, each.why, each.run) for each in found],
        )
    else:
        invocation.output.line(f"no model had a champion at {moment(wanted)} UTC")


@models.command("card")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("version", callback=version_number, required=False)
@click.option("-o", "--output", "file", type=click.Path(path_type=Path), help="Write it to a file.")
@pass_invocation
def card(invocation: Invocation, *, model: str, version: int | None, file: Path | None) -> None:
    """Write the model card of MODEL: of VERSION, or of the champion.

    The figures are those that the version was registered with; what people say of it stands in the
    project's model-card.md.
    """
    with invocation.project() as project:
        found = (
            project.models[model].champion if version is None else project.models[model][version]
        )
        text = found.card()
    if file is not None:
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"it cannot be written: {error.strerror}", where=str(file)) from error
    if invocation.as_json:
        invocation.output.json({"model": model, "version": found.version, "card": text})
    elif file is not None:
        invocation.output.line(("wrote  ", "good"), str(file))
    else:
        invocation.output.text(text)


@models.command("export")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("version", callback=version_number, required=False)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="A new folder; MODEL-vVERSION without it.",
)
@pass_invocation
def export(invocation: Invocation, *, model: str, version: int | None, folder: Path | None) -> None:
    """Write MODEL into a folder that works without project, records and store: of VERSION, or of the champion."""
    with invocation.project() as project:
        found = (
            project.models[model].champion if version is None else project.models[model][version]
        )
        place = folder or Path(f"{model}-v{found.version}")
        made = found.export(place)
    if invocation.as_json:
        invocation.output.json({"folder": str(place), **made.manifest})
        return
    files = len(made.manifest["files"])
    invocation.output.line(("wrote    ", "good"), f"{place}, {files} files, which predict the same")
    invocation.output.line(("next     ", "strong"), f"python {place / 'predict.py'} rows.csv")


@models.command("deploy")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("version", callback=version_number)
@click.option("--why", metavar="TEXT", default="", help="The reason, for the ledger.")
@click.option("--override", is_flag=True, help="Deploy it although it was refused; needs --why.")
@pass_invocation
def deploy(invocation: Invocation, *, model: str, version: int, why: str, override: bool) -> None:
    """Deploy VERSION of MODEL to all targets; this records your approval.

    Exit code 4: the promotion policy refused it.
    """
    with invocation.project() as project:
        made = project.models[model].deploy(version, why=why, override=override)
    _tell(invocation, "deployed", made)


@models.command("rollback")
@click.argument("model", shell_complete=completed(names.models))
@click.option("--why", metavar="TEXT", default="", help="The reason, for the ledger.")
@pass_invocation
def rollback(invocation: Invocation, *, model: str, why: str) -> None:
    """Go back to the version of MODEL that was in production before.

    The version that is left behind counts as refused: no later run deploys it by itself.
    """
    with invocation.project() as project:
        made = project.models[model].rollback(why=why)
    _tell(invocation, "rolled back", made)


def _tell(invocation: Invocation, what: str, made: Sequence[Deployment]) -> None:
    if invocation.as_json:
        invocation.output.json({"deployments": made})
        return
    for each in made:
        invocation.output.line(
            (f"{what}  ", "good"),
            f"{each.model}@v{each.version} at {each.target}: {each.location}",
        )
    if made:
        command = f"models show {made[0].model}"
        invocation.output.line(
            ("next".ljust(len(what)) + "  ", "strong"), invocation.fourstroke(command)
        )
    else:
        invocation.output.line((f"{what}  ", "good"), "no target is configured: nothing was copied")


def _champion(rows: Sequence[VersionRow]) -> int | None:
    return next((row.version for row in rows if row.is_champion), None)


def _is_about(subject: str, model: str) -> bool:
    return subject == model or subject.startswith(f"{model}@")
