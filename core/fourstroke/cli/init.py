"""The command that starts a project."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.cli.guess import Guess
    from fourstroke.cli.scaffold import Content
    from fourstroke.cli.templates import Answers
    from fourstroke.entities.task import TaskKind

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_KINDS = ("binary", "multiclass", "regression")


def _sign_of(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    r"""Read a sign as people can type it: a tab as ``\t``."""
    sign = value.replace(r"\t", "\t")
    if len(sign) > 1:
        raise click.BadParameter(f"expected one sign such as ';', got {value!r}")
    return sign


@command()
@click.argument("name", required=False, default=None)
@click.option(
    "--template", metavar="NAME", default="tabular", show_default=True, help="What to start with."
)
@click.option(
    "--data",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The table; it is copied into the project unless it lies there already.",
)
@click.option(
    "--target",
    metavar="COLUMN",
    default="",
    help="The column to predict; needed unless one is named target, label or outcome.",
)
@click.option(
    "--delimiter",
    metavar="SIGN",
    default="",
    callback=_sign_of,
    help=r"What stands between two cells, such as ';' or '\t'; by default what the suffix says.",
)
@click.option("--kind", type=click.Choice(_KINDS), help="What the target is, if not guessed right.")
@pass_invocation
def init(
    invocation: Invocation,
    *,
    name: str | None,
    template: str,
    data: Path | None,
    target: str,
    delimiter: str,
    kind: TaskKind | None,
) -> None:
    """Start a project in a new folder NAME, or in the current one.

    Nothing is overwritten. With --data the target's values tell what kind of task it is.
    """
    from fourstroke.cli import scaffold  # noqa: PLC0415 - --help does not need it
    from fourstroke.plugins.discovery import find  # noqa: PLC0415

    base = invocation.folder()
    project_name = _project_name(name, base)
    folder = base if name is None else base / name
    known = None if data is None else _known(data, target, kind, delimiter)
    table, copied = _place(folder, data)
    answers = attrs.evolve(
        _answers(project_name, table, known, target=target, kind=kind), delimiter=delimiter
    )
    files: dict[str, Content] = dict(find("template", template).load()(answers))
    if copied is not None:
        files[table] = copied
    if folder.is_dir() and any(folder.iterdir()):
        written = scaffold.write_into(folder, files)
    else:
        scaffold.write_new(folder, files)
        written = tuple(files)
    _tell(invocation, folder, written, answers, has_guess=known is not None)


def _project_name(name: str | None, base: Path) -> str:
    if name is None:
        usable = re.sub(r"[^A-Za-z0-9_-]+", "-", base.resolve().name).lstrip("0123456789_-")
        return usable[:64] or "project"
    if not _NAME.fullmatch(name):
        raise UsageError(
            "a name starts with a letter, and has at most 64 letters, digits, '-' and '_'",
            where=name or "''",
            hint="the project is made in the folder of -C",
        )
    return name


def _known(data: Path, target: str, kind: TaskKind | None, delimiter: str) -> Guess:
    from fourstroke.cli.guess import Guess, guess  # noqa: PLC0415 - only this command needs it

    if target and kind and not _is_text_table(data):
        return Guess(target=target, kind=kind)
    return guess(data, target=target, delimiter=delimiter)


def _is_text_table(data: Path) -> bool:
    return any(suffix in {".csv", ".tsv"} for suffix in map(str.lower, data.suffixes))


def _place(folder: Path, data: Path | None) -> tuple[str, Path | None]:
    """Say where the table is in the project, and what to copy there."""
    if data is None:
        return "data/table.csv", None
    inside = data.resolve()
    if inside.is_relative_to(folder.resolve()):
        return inside.relative_to(folder.resolve()).as_posix(), None
    return f"data/{data.name}", data


def _answers(
    name: str, table: str, known: Guess | None, *, target: str, kind: TaskKind | None
) -> Answers:
    from fourstroke.cli.templates import Answers  # noqa: PLC0415 - only this command needs it

    if known is None:
        return Answers(name=name, data=table, target=target or "target", kind=kind or "binary")
    return Answers(
        name=name,
        data=table,
        has_data=True,
        target=known.target,
        kind=kind or known.kind,
        positive=known.positive,
        id=known.id,
    )


def _tell(
    invocation: Invocation,
    folder: Path,
    written: tuple[str, ...],
    answers: Answers,
    *,
    has_guess: bool,
) -> None:
    output = invocation.output
    if invocation.as_json:
        output.json(
            {"project": answers.name, "folder": folder, "files": written, "task": _task(answers)}
        )
        return
    for name in written:
        output.line(("wrote  ", "good"), invocation.shown(folder / name))
    if has_guess:
        output.line(
            ("task   ", "good"),
            f"predict column {answers.target!r}, {answers.kind}; "
            "if that is wrong, change [task] in fourstroke.toml",
        )
    where = invocation.shown(folder)
    if not answers.has_data:
        output.line(
            ("then   ", "dim"), f"put the table into {invocation.shown(folder / answers.data)}"
        )
    go = "" if where == "." else f"cd {where} && "
    output.line(("next   ", "strong"), f"{go}fourstroke run")


def _task(answers: Answers) -> dict[str, object]:
    return {
        "target": answers.target,
        "kind": answers.kind,
        "positive": answers.positive,
        "id": answers.id,
    }
