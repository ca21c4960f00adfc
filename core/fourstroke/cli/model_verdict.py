"""The command that judges a registered version again."""

from __future__ import annotations

import click

from fourstroke.cli import names
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.version_reference import version_reference

_SAID_NO = 3


@command("validate")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("version", callback=version_reference)
@pass_invocation
def validate(invocation: Invocation, *, model: str, version: int | str) -> int:
    """Judge VERSION of MODEL again, by the checks of now and what its shadow has said by now.

    It is measured on the rows that its run held out. The new verdict counts from now on; nothing is
    deployed. Exit code 3: it is no pass.
    """
    from fourstroke.cli.progress import progress  # noqa: PLC0415 - --help does not need it
    from fourstroke.cycles.judging import in_words  # noqa: PLC0415 - as above

    with (
        invocation.project() as project,
        progress(invocation.output, is_quiet=invocation.as_json) as listener,
    ):
        found = project.models[model].validate(
            version, listener=listener, command=invocation.command
        )
    verdict, output = found.verdict, invocation.output
    if invocation.as_json:
        output.json(found)
    else:
        output.line()
        output.table(
            ("CHECK", "STATUS", "WHY"),
            [(each.name, each.status, each.why) for each in verdict.checks],
        )
        output.line()
        told = f"{model}@v{found.version}: {in_words(verdict)}"
        output.line(("verdict  ", "strong"), (told, "good" if verdict.passed else "doubt"))
        next_ = f"models promote {model} {found.version}" if verdict.passed else "runs list"
        output.line(("next     ", "strong"), invocation.fourstroke(next_))
    return 0 if verdict.passed else _SAID_NO
