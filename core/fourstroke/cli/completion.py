"""The command that prints a shell's completion script."""

from __future__ import annotations

import click

from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.errors import UsageError, nearest

_SHELLS = ("bash", "zsh", "fish")
_HELP = """Print the script that completes words in SHELL: bash, zsh or fish.

Put it where your shell finds it:

\b
  bash  eval "$(fourstroke completion bash)"        in ~/.bashrc
  zsh   eval "$(fourstroke completion zsh)"         in ~/.zshrc
  fish  fourstroke completion fish > ~/.config/fish/completions/fourstroke.fish
"""


@command(help=_HELP)
@click.argument("shell")
@pass_invocation
def completion(invocation: Invocation, shell: str) -> None:
    """Print the completion script."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only this command needs it

    from fourstroke.cli.main import cli  # noqa: PLC0415 - the program loads this module

    kind = get_completion_class(shell) if shell in _SHELLS else None
    if kind is None:
        raise UsageError(f"there is no completion for {shell!r}", hint=nearest(shell, _SHELLS))
    completer = kind(cli, {}, "fourstroke", "_FOURSTROKE_COMPLETE")
    # Not source(): for bash it starts a bash to ask for its version.
    script = completer.source_template % completer.source_vars()
    if invocation.as_json:
        invocation.output.json({"shell": shell, "script": script})
    else:
        invocation.output.text(script)
