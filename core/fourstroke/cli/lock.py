"""The command that writes down which plugins are in use, or checks that they still are those."""

from __future__ import annotations

import click

from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.errors import UsageError


@command()
@click.option("--check", is_flag=True, help="Write nothing; exit 4 if anything differs.")
@pass_invocation
def lock(invocation: Invocation, *, check: bool) -> None:
    """Write fourstroke.lock: distribution, version and digest of every plugin in use.

    Those of all environments are in it. `fourstroke run --frozen` refuses any other.
    """
    from fourstroke.locked import FILE_NAME, refuse_difference, write_lock  # noqa: PLC0415

    if invocation.environment is not None or invocation.overrides:
        where = "--set" if invocation.overrides else "--env"
        raise UsageError("a lock is of the file with all its environments", where=where)
    root = invocation.folder()
    found = refuse_difference(root) if check else write_lock(root)
    if invocation.as_json:
        invocation.output.json(
            {"is_written": not check, "fourstroke": found.fourstroke, "plugins": found.plugins}
        )
        return
    word = "in force" if check else "wrote"
    invocation.output.line((word, "good"), f"  {FILE_NAME}: {len(found.plugins)} plugins")
