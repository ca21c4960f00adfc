"""The commands of the registry: versions of models, and which of them is in production."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourstroke.cli import names
from fourstroke.cli.differences import show_all
from fourstroke.cli.explained import explain
from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.model_answers import ANSWERS, tell_deployments
from fourstroke.cli.model_labels import LABELLING
from fourstroke.cli.model_verdict import validate
from fourstroke.cli.names import completed
from fourstroke.cli.output import moment
from fourstroke.cli.version_reference import version_reference
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.cli.output import Output
    from fourstroke.records.rows import EventRow, VersionRow

_LATEST_EVENTS = 20


@group()
def models() -> None:
    """List, show, explain, approve, deploy and roll back models."""


for each in (explain, validate, *ANSWERS, *LABELLING):
    models.add_command(each)


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
    """Show the versions of one model, what people call them, and what happened to them last."""
    with invocation.project() as project:
        found = project.models[model]
        versions = found.versions()
        labels = [found[row.version].labels for row in versions]
        history = found.history()
    output = invocation.output
    if invocation.as_json:
        output.json({"model": model, "versions": versions, "labels": labels, "events": history})
        return
    output.table(
        ("VERSION", "ALIASES", "STAGE", "CANDIDATE", "DIGEST", "REGISTERED (UTC)", "RUN"),
        [
            (
                row.version,
                ", ".join(label.aliases),
                "retired" if label.is_retired else label.stage,
                row.candidate,
                row.digest[:19],
                moment(row.created),
                row.run,
            )
            for row, label in zip(versions, labels, strict=True)
        ],
    )
    said = [
        (
            f"v{row.version}",
            ", ".join(f"{name}={value}" for name, value in label.tags.items()),
            label.description,
        )
        for row, label in zip(versions, labels, strict=True)
        if label.tags or label.description
    ]
    if said:
        output.line()
        output.table(("VERSION", "TAGS", "DESCRIPTION"), said)
    output.line()
    _tell_events(output, history[-_LATEST_EVENTS:])
    if len(history) > _LATEST_EVENTS:
        more = invocation.fourstroke(f"models history {model}")
        output.line((f"{len(history) - _LATEST_EVENTS} earlier ones: {more}", "dim"))


@models.command("history")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("version", callback=version_reference, required=False)
@pass_invocation
def history(invocation: Invocation, *, model: str, version: int | str | None) -> None:
    """Show who did what with MODEL, or with one VERSION of it, when and why."""
    with invocation.project() as project:
        found = project.models[model]
        events = found.history(version)
    if invocation.as_json:
        invocation.output.json({"model": model, "events": events})
        return
    _tell_events(invocation.output, events)


@models.command("diff")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("first", callback=version_reference)
@click.argument("second", callback=version_reference)
@click.option("--results", is_flag=True, help="Show the digests of results, too.")
@pass_invocation
def diff(
    invocation: Invocation, *, model: str, first: int | str, second: int | str, results: bool
) -> None:
    """Show in what two versions of MODEL differ: settings, data, figures, code and environment.

    Figures that were measured on the same rows come with the interval of their difference.
    """
    with invocation.project() as project:
        found = project.models[model]
        numbers = found[first].version, found[second].version
        differences = found.diff(*numbers)
    if invocation.as_json:
        told = {"model": model, "first": numbers[0], "second": numbers[1]}
        invocation.output.json({**told, "differences": differences})
        return
    hidden = show_all(
        invocation.output, differences, f"v{numbers[0]}", f"v{numbers[1]}", results=results
    )
    if hidden:
        invocation.output.line()
        invocation.output.line((f"{hidden} results differ, too: --results shows them", "dim"))


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
            [(each.subject, moment(each.at), each.shown_who, each.why, each.run) for each in found],
        )
    else:
        invocation.output.line(f"no model had a champion at {moment(wanted)} UTC")


@models.command("card")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("version", callback=version_reference, required=False)
@click.option("-o", "--output", "file", type=click.Path(path_type=Path), help="Write it to a file.")
@pass_invocation
def card(
    invocation: Invocation, *, model: str, version: int | str | None, file: Path | None
) -> None:
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


@models.command("sbom")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("version", callback=version_reference, required=False)
@click.option("-o", "--output", "file", type=click.Path(path_type=Path), help="Write it to a file.")
@pass_invocation
def sbom(
    invocation: Invocation, *, model: str, version: int | str | None, file: Path | None
) -> None:
    """Write the bill of materials of MODEL as CycloneDX 1.6: of VERSION, or of the champion.

    It names the model with the digests of its files, the data, and every distribution of the
    environment that it was trained in.
    """
    with invocation.project() as project:
        found = (
            project.models[model].champion if version is None else project.models[model][version]
        )
        bill = found.sbom()
    if file is None:
        invocation.output.json(bill)
        return
    try:
        file.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"it cannot be written: {error.strerror}", where=str(file)) from error
    if invocation.as_json:
        invocation.output.json({"model": model, "version": found.version, "file": str(file)})
    else:
        invocation.output.line(("wrote  ", "good"), f"{file}, {len(bill['components'])} components")


@models.command("export")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("version", callback=version_reference, required=False)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="A new folder; MODEL-vVERSION without it.",
)
@pass_invocation
def export(
    invocation: Invocation, *, model: str, version: int | str | None, folder: Path | None
) -> None:
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
@click.argument("version", callback=version_reference)
@click.option("--why", metavar="TEXT", default="", help="The reason, for the ledger.")
@click.option("--override", is_flag=True, help="Deploy it although it was refused; needs --why.")
@click.option("--until", metavar="DAY", default="", help="The last day on which that holds.")
@pass_invocation
def deploy(
    invocation: Invocation, *, model: str, version: int | str, why: str, override: bool, until: str
) -> None:
    """Deploy VERSION of MODEL to all targets; this records your approval.

    After the last day it stays at work, and nothing promotes it again or goes back to it. Exit code
    4: the promotion policy refused it.
    """
    with invocation.project() as project:
        made = project.models[model].deploy(version, why=why, override=override, until=until)
    tell_deployments(invocation, "deployed", made)


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
    tell_deployments(invocation, "rolled back", made)


@models.command("probe")
@click.argument("model", shell_complete=completed(names.models))
@pass_invocation
def probe(invocation: Invocation, *, model: str) -> None:
    """Score held-out rows through what is deployed of MODEL, and compare with what its run said.

    Exit code 1: a target fails, or says something else; the ledger keeps it, nothing is rolled back.
    """
    with invocation.project() as project:
        tried = project.models[model].probe()
    if invocation.as_json:
        invocation.output.json({"tried": tried})
        return
    for each in tried:
        invocation.output.line(
            ("works  ", "good"), f"{each.model}@v{each.version} at {each.target}: {each.location}"
        )


def _champion(rows: Sequence[VersionRow]) -> int | None:
    return next((row.version for row in rows if row.is_champion), None)


def _tell_events(output: Output, events: Sequence[EventRow]) -> None:
    output.table(
        ("WHEN (UTC)", "WHO", "WHAT", "SUBJECT", "WHY"),
        [
            (moment(each.at), each.shown_who, each.what, each.subject, each.reason)
            for each in events
        ],
    )
