"""The commands by which people answer for a version: request, approve, reject, promote, retire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from fourstroke.cli import names
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.version_reference import version_reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.entities.model import Deployment
    from fourstroke.project import Project

_model = click.argument("model", shell_complete=completed(names.models))
_version = click.argument("version", callback=version_reference)
_why = click.option("--why", metavar="TEXT", default="", help="The reason, for the ledger.")
_evidence = click.option(
    "--evidence", metavar="TEXT", default="", help="What it rests on: a link, a ticket, a file."
)


@command("request")
@_model
@_version
@_why
@pass_invocation
def request(invocation: Invocation, *, model: str, version: int | str, why: str) -> None:
    """Ask people to approve VERSION of MODEL; the ledger keeps that you asked."""
    with invocation.project() as project:
        found = project.models[model]
        number, lacking = found[version].version, found.request(version, why=why)
    _tell_answer(invocation, "requested", model, number, lacking)


@command("approve")
@_model
@_version
@_why
@_evidence
@click.option("--until", metavar="DAY", default="", help="The last day on which it holds.")
@click.option("--override", is_flag=True, help="Approve it although somebody said no; needs --why.")
@pass_invocation
def approve(
    invocation: Invocation,
    *,
    model: str,
    version: int | str,
    why: str,
    evidence: str,
    until: str,
    override: bool,
) -> None:
    """Say yes to VERSION of MODEL in your name; this deploys nothing.

    Your name is the one that your token in FOURSTROKE_TOKEN proves. Without one it is that of the
    operating system, with the address that git knows, and nobody has proved it. Exit code 4: the
    promotion policy does not let you, or not this version.
    """
    with invocation.project() as project:
        found = project.models[model]
        number = found[version].version
        lacking = found.approve(version, why=why, evidence=evidence, until=until, override=override)
        by = _who(project, model, number)
    _tell_answer(invocation, "approved", model, number, lacking, by)


@command("reject")
@_model
@_version
@click.option("--why", metavar="TEXT", required=True, help="The reason, for the ledger.")
@_evidence
@pass_invocation
def reject(
    invocation: Invocation, *, model: str, version: int | str, why: str, evidence: str
) -> None:
    """Say no to VERSION of MODEL: it takes back every yes before it."""
    with invocation.project() as project:
        found = project.models[model]
        number = found[version].version
        found.reject(version, why=why, evidence=evidence)
        by = _who(project, model, number)
    if invocation.as_json:
        invocation.output.json({"model": model, "version": number, "answer": "rejected"})
        return
    invocation.output.line(("rejected  ", "bad"), f"{model}@v{number}: {why}")
    invocation.output.line(("by        ", "strong"), by)


@command("promote")
@_model
@_version
@_why
@click.option(
    "--expecting",
    metavar="NUMBER",
    type=click.IntRange(min=0),
    help="The champion that it replaces, 0 for none; refused if it is another by then.",
)
@pass_invocation
def promote(
    invocation: Invocation, *, model: str, version: int | str, why: str, expecting: int | None
) -> None:
    """Deploy VERSION of MODEL to all targets by the approvals that it has; it becomes the champion.

    Exit code 4: the promotion policy refused it. The ledger keeps the attempt.
    """
    with invocation.project() as project:
        made = project.models[model].promote(version, why=why, expecting=expecting)
    tell_deployments(invocation, "deployed", made)


@command("retire")
@_model
@_version
@click.option("--why", metavar="TEXT", required=True, help="The reason, for the ledger.")
@click.option("--withdraw", is_flag=True, help="Also take it down where it is at work.")
@pass_invocation
def retire(
    invocation: Invocation, *, model: str, version: int | str, why: str, withdraw: bool
) -> None:
    """Take VERSION of MODEL out of use for good: nothing promotes it any more."""
    with invocation.project() as project:
        found = project.models[model]
        number = found[version].version
        down = found.retire(version, why=why, withdraw=withdraw)
    if invocation.as_json:
        told = {"model": model, "version": number, "withdrawn": down}
        invocation.output.json(told)
        return
    invocation.output.line(("retired  ", "good"), f"{model}@v{number}")
    for each in down:
        invocation.output.line("         ", f"taken down at {each.target}: {each.location}")


def tell_deployments(invocation: Invocation, what: str, made: Sequence[Deployment]) -> None:
    """Say what was deployed where."""
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


def _who(project: Project, model: str, number: int) -> str:
    """Tell in whose name the last word stands, and what that is worth."""
    said = project.records.decisions(model, number, kind="person")[-1].decision
    names = " ".join(filter(None, (said.by, said.email and f"<{said.email}>")))
    if said.proof:
        return f"{names}, by a token"
    return f"{names}, by the word of this machine and of git: nobody has proved it"


def _tell_answer(
    invocation: Invocation, what: str, model: str, number: int, lacking: str, by: str = ""
) -> None:
    if invocation.as_json:
        invocation.output.json(
            {"model": model, "version": number, "answer": what, "missing": lacking}
        )
        return
    invocation.output.line((f"{what}  ", "good"), f"{model}@v{number}")
    width = len(what) + 2
    if by:
        invocation.output.line(("by".ljust(width), "strong"), by)
    if lacking:
        invocation.output.line(("missing".ljust(width), "strong"), lacking)
    else:
        verb = "approve" if what == "requested" else "promote"
        line = invocation.fourstroke(f"models {verb} {model} {number}")
        invocation.output.line(("next".ljust(width), "strong"), line)


ANSWERS: Final = (request, approve, reject, promote, retire)
