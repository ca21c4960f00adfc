"""The command that shows the hooks: what a plugin can do, read from the specifications themselves."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Literal

import attrs
import click

from fourstroke.cli import names
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke.cli.output import Output
    from fourstroke.plugins.specification import Hook

_CALLED = ("Called ", "called ")


@attrs.frozen(kw_only=True)
class DescribedHook:
    """A hook as a plugin's author needs it.

    Parameters
    ----------
    kind : {"stage", "service", "event"}
        Whether a step is done by it, the core is served by it, or observers hear it.
    signature : str
        What the method of a plugin may look like, without ``self``.
    summary, called : str
        What it is for, and when it is called.
    documentation : str
        All that its specification says.
    """

    name: str
    kind: Literal["stage", "service", "event"]
    signature: str
    summary: str
    called: str
    documentation: str

    @classmethod
    def of(cls, hook: Hook) -> DescribedHook:
        """Read a specification."""
        text = inspect.getdoc(hook.function) or ""
        return cls(
            name=hook.name,
            kind="stage" if hook.is_stage else "event" if hook.is_event else "service",
            signature=f"{hook.name}{_signature(hook.function)}",
            summary=text.partition("\n")[0],
            called=_called(text),
            documentation=text,
        )


@command("hooks")
@click.argument("name", required=False, shell_complete=completed(names.hooks))
@pass_invocation
def show_hooks(invocation: Invocation, name: str | None) -> None:
    """List the hooks with their signatures; all that there is to know about the one called NAME."""
    from fourstroke.plugins.specification import hooks  # noqa: PLC0415 - --help does not need it

    if name is not None and name not in hooks():
        raise UsageError(f"there is no hook {name!r}", hint=nearest(name, hooks()))
    found = [DescribedHook.of(hook) for hook in hooks().values() if name in {None, hook.name}]
    if invocation.as_json:
        invocation.output.json({"hooks": found})
    elif name is None:
        _list(invocation.output, found)
    else:
        _show(invocation.output, found[0])


def _list(output: Output, hooks: list[DescribedHook]) -> None:
    for at, hook in enumerate(hooks):
        if at:
            output.line()
        output.line((hook.signature, "strong"), (f"  {hook.kind}", "dim"))
        output.line(f"  {hook.summary}")
        if hook.called:
            output.line((f"  {hook.called}", "dim"))


def _show(output: Output, hook: DescribedHook) -> None:
    output.line((hook.signature, "strong"), (f"  {hook.kind}", "dim"))
    output.line()
    for line in hook.documentation.splitlines():
        output.line(f"  {line}" if line else "")


def _signature(function: Callable[..., object]) -> str:
    """Write what a method takes and gives, as it stands in the specification."""
    signature = inspect.signature(function)
    own = [each for name, each in signature.parameters.items() if name != "self"]
    given = ", ".join(
        each.name if each.annotation is each.empty else f"{each.name}: {_type(each.annotation)}"
        for each in own
    )
    return f"({given}) -> {_type(signature.return_annotation)}"


def _type(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "object")


def _called(text: str) -> str:
    """Give the sentence that says when the hook is called."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n")[1:])
    sentences = (each for part in paragraphs for each in part.split(". "))
    found = next((each for each in sentences if each.startswith(_CALLED)), "")
    return f"{found.rstrip('.')}." if found else ""
