"""Commands about those who prove by a token who they are."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import click

from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from fourstroke.principals import Principal


@group()
def principals() -> None:
    """Make tokens, and show who proves by one who they are."""


@principals.command("token")
@click.argument("name")
@click.option(
    "--until", default="", metavar="DAY", help="The last day on which it is taken, of UTC."
)
@pass_invocation
def token(invocation: Invocation, *, name: str, until: str) -> None:
    """Make a token for NAME: a person, or a machine such as ci.

    It is shown once and kept nowhere. The project file gets the lines below it, which hold its digest.
    """
    from fourstroke.entities.age import refuse_no_last_day  # noqa: PLC0415 - not for the help
    from fourstroke.principals import VARIABLE, digest_of, new_token  # noqa: PLC0415 - as above

    if not name.strip() or not name.isprintable():
        raise UsageError(f"{name!r} is no name", where="NAME")
    if until:
        refuse_no_last_day(until, "the token")
    made = new_token()
    digest = digest_of(made)
    lines = [
        "[[development.policy.principals]]",
        f"name = {json.dumps(name, ensure_ascii=False)}",
        f'token = "{digest}"',
    ]
    lines += [f'until = "{until}"'] if until else []
    output = invocation.output
    if invocation.as_json:
        output.json({"name": name, "token": made, "digest": digest, "until": until, "lines": lines})
        return
    output.line((made, "strong"))
    output.line()
    output.line(f"It is shown once. {name} acts with it in the variable {VARIABLE}.")
    output.line("fourstroke.toml knows it by these lines, and forgets it with them:")
    output.line()
    for line in lines:
        output.line(line)


@principals.command("list")
@pass_invocation
def list_principals(invocation: Invocation) -> None:
    """List who has a token, and say who acts here now."""
    from fourstroke.principals import has_ended, short  # noqa: PLC0415 - not for the help

    with invocation.project() as project:
        known = project.config.policy.principals
    today = dt.datetime.now(dt.UTC).date()
    who, proof, trouble = _who(known)
    output = invocation.output
    if invocation.as_json:
        output.json(
            {
                "principals": [
                    {
                        "name": each.name,
                        "digest": each.token,
                        "until": each.until,
                        "has_ended": has_ended(each, today),
                    }
                    for each in known
                ],
                "you": {"name": who, "proof": proof, "trouble": trouble},
            }
        )
        return
    if known:
        output.table(
            ("NAME", "DIGEST", "UNTIL", "STATE"),
            [
                (
                    each.name,
                    short(each.token),
                    each.until or "for good",
                    "ended" if has_ended(each, today) else "taken",
                )
                for each in known
            ],
        )
    else:
        output.line("nobody has a token: fourstroke principals token NAME makes one")
    output.line()
    if trouble:
        output.warn(trouble)
    else:
        how = "by a token" if proof else "by the operating system, which proves nothing"
        output.line(f"you are {who}, {how}")


def _who(known: tuple[Principal, ...]) -> tuple[str, str, str]:
    """Give who acts, how that is proved, and why the token is not taken."""
    from fourstroke.engine.provenance import system_user  # noqa: PLC0415 - not for the help
    from fourstroke.principals import (  # noqa: PLC0415 - as above
        owner_of_token,
        proof_of,
        token_of_process,
    )

    shown = token_of_process(known)
    if not shown:
        return system_user(), "", ""
    try:
        return owner_of_token(known, shown), proof_of(shown), ""
    except RefusedError as error:
        return "", "", str(error)
