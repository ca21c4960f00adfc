"""Commands that check data without a run: contracts, audits of splits, and what was set aside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fourstroke.cli import names
from fourstroke.cli.groups import command, group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.output import moment
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.cli.output import Output
    from fourstroke.data_checks import Checked, Quarantine
    from fourstroke.entities.facts import Check

_REFUSED = 3
_SHOWN_ROWS = 10

_USE = click.option(
    "--use", metavar="PLUGIN", default="contract", show_default=True, help="What knows contracts."
)
_RAW = click.option("--raw", is_flag=True, help="Take a file as it is read, unprepared.")
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@command("check")
@click.argument("data", required=False, default="", shell_complete=completed(names.datasets))
@click.option("--all", "is_all", is_flag=True, help="Show checks that pass as well.")
@_RAW
@pass_invocation
def check(invocation: Invocation, *, data: str, is_all: bool, raw: bool) -> int:
    """Check DATA by all checks of the project file, without a run.

    DATA is a data set such as `sales@3`, or a file; without it, the sources as they are now. Exit code 3
    says that a run would be blocked.
    """
    with invocation.project() as project:
        found = project.data_checks.check(data, is_raw=raw)
    _show_checked(invocation, found, is_all=is_all)
    return _REFUSED if found.says_no else 0


@command("leakage")
@click.argument("data", required=False, default="", shell_complete=completed(names.datasets))
@pass_invocation
def leakage(invocation: Invocation, *, data: str) -> int:
    """Show what the audits say of the last split, or of DATA split anew.

    Exit code 3 says that nothing would be trained.
    """
    with invocation.project() as project:
        found = project.data_checks.leakage(data)
    _show_checked(invocation, found, is_all=True)
    return _REFUSED if found.says_no else 0


@group()
def contract() -> None:
    """Write contracts of tables, and compare them."""


@contract.command("infer")
@click.argument("data", required=False, default="", shell_complete=completed(names.datasets))
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; to the terminal without.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@_USE
@_RAW
@pass_invocation
def infer_contract(
    invocation: Invocation, *, data: str, output: Path | None, force: bool, use: str, raw: bool
) -> None:
    """Write the contract that DATA keeps to.

    DATA is a data set such as `sales@3`, or a file; without it, the sources as they are now.
    """
    if output is not None and output.exists() and not force:
        hint = "--force replaces it; data contract diff compares two"
        raise UsageError("it is there already", where=invocation.shown(output), hint=hint)
    with invocation.project() as project:
        text = project.data_checks.infer(data, use=use, is_raw=raw)
        place = "" if output is None else _within(output, project.root)
    if output is None:
        if invocation.as_json:
            invocation.output.json({"contract": text})
        else:
            invocation.output.text(text)
        return
    _write(output, text)
    if invocation.as_json:
        invocation.output.json({"file": str(output), "contract": text})
        return
    to = invocation.output
    to.line(("written  ", "strong"), invocation.shown(output))
    to.line(("edit it  ", "dim"), "what it asks is what this table happens to keep to")
    to.line(("use it   ", "strong"), f'[[data.check]] use = "{use}", file = "{place}"')
    to.line(("next     ", "strong"), invocation.fourstroke("data check"))


@contract.command("diff")
@click.argument("old", type=_EXISTING)
@click.argument("new", type=_EXISTING)
@_USE
@pass_invocation
def diff_contracts(invocation: Invocation, *, old: Path, new: Path, use: str) -> int:
    """Name the changes from the contract OLD to NEW, and say whether they break a promise.

    Exit code 3 says that they do: data that keeps to NEW may hold what OLD ruled out.
    """
    with invocation.project() as project:
        changes = project.data_checks.compare(old, new, use=use)
    breaking = [change for change in changes if change.is_breaking]
    verdict = "breaking" if breaking else "compatible"
    if invocation.as_json:
        invocation.output.json({"verdict": verdict, "changes": changes})
    else:
        if changes:
            rows = [
                ("breaking" if each.is_breaking else "", each.name, each.old, each.new, each.why)
                for each in sorted(changes, key=lambda each: not each.is_breaking)
            ]
            invocation.output.table(("", "CHANGE", "OLD", "NEW", "MEANS"), rows)
            invocation.output.line()
        told = f"{verdict}, {len(breaking)} of {len(changes)} changes break a promise to readers"
        invocation.output.line(
            ("verdict  ", "strong"),
            (told if changes else "compatible, nothing changed", "bad" if breaking else "good"),
        )
    return _REFUSED if breaking else 0


@group()
def quarantine() -> None:
    """Show rows that checks set aside."""


@quarantine.command("list")
@pass_invocation
def list_quarantined(invocation: Invocation) -> None:
    """List what was set aside in the latest runs, the newest first."""
    with invocation.project() as project:
        found = project.data_checks.quarantined()
    if invocation.as_json:
        invocation.output.json({"quarantined": [_facts(each) for each in found]})
    elif found:
        invocation.output.table(
            ("RUN", "CHECK", "ROWS", "STARTED (UTC)", "SHARE"),
            [(each.run, each.step, each.rows, moment(each.started), each.why) for each in found],
        )
    else:
        invocation.output.line("no row was set aside")


@quarantine.command("show")
@click.argument("name")
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write all rows as CSV.",
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=_SHOWN_ROWS, show_default=True)
@pass_invocation
def show_quarantined(invocation: Invocation, *, name: str, output: Path | None, limit: int) -> None:
    """Show the rows that were set aside in run NAME, or for the latest version of data set NAME.

    NAME is a run, or a data set such as `sales` or `sales@3`.
    """
    with invocation.project() as project:
        base, _, version = name.partition("@")
        if base in list(project.datasets):
            versions = project.datasets[base].versions()
            wanted = version.removeprefix("v")
            chosen = [row for row in versions if not wanted or str(row.version) == wanted]
            if not chosen:
                raise UsageError(f"there is no data set {name!r}", hint=f"data show {base}")
            found = project.data_checks.quarantined(chosen[-1].run)
        else:
            found = project.data_checks.quarantined(project.runs.show(name).run.run)
        tables = [(each, each.load()) for each in found]
    if not tables and not invocation.as_json:
        invocation.output.line("no row was set aside")
        return
    if output is not None:
        _write(output, "".join(table.to_csv(index=False) for _, table in tables))
    if invocation.as_json:
        shown = [_facts(each) | {"first": _records(table, limit)} for each, table in tables]
        invocation.output.json({"quarantined": shown})
        return
    for each, table in tables:
        _show_rows(invocation.output, each, table, limit)
    if output is not None:
        invocation.output.line(("written  ", "strong"), invocation.shown(output))


def _show_checked(invocation: Invocation, found: Checked, *, is_all: bool) -> None:
    output = invocation.output
    if invocation.as_json:
        output.json({"data": found.data, "says_no": found.says_no, "checks": found.checks})
        return
    several = [each for checks in found.checks.values() for each in checks]
    shown = [each for each in several if is_all or each.status != "pass"]
    if shown:
        columns = ("STATUS", "CHECK", "OBSERVED", "REQUIRED", "WHY")
        output.table(columns, [_row(each) for each in sorted(shown, key=_urgency)])
        output.line()
    output.line(("verdict  ", "strong"), _verdict(found, several))


def _verdict(found: Checked, several: list[Check]) -> tuple[str, str]:
    counts = {word: sum(each.status == word for each in several) for word in ("pass", "warn")}
    no = sum(each.says_no for each in several)
    told = f"{len(several)} checks of {found.data}: {counts['pass']} pass, {counts['warn']} warn"
    if no:
        return f"refused, {no} say no; {told}", "bad"
    return f"accepted; {told}", "good"


def _row(each: Check) -> tuple[Any, ...]:
    return (each.status, each.name, each.observed, each.required, each.why)


def _urgency(each: Check) -> tuple[bool, bool]:
    return not each.says_no, each.status == "pass"


def _facts(each: Quarantine) -> dict[str, Any]:
    return {
        "run": each.run,
        "step": each.step,
        "started": each.started,
        "rows": each.rows,
        "why": each.why,
    }


def _records(table: Any, limit: int) -> list[dict[str, Any]]:
    return [
        {str(name): _plain(cell) for name, cell in row.items()}
        for row in table.head(limit).to_dict("records")
    ]


def _plain(cell: Any) -> Any:
    if cell is None or cell != cell:  # noqa: PLR0124 - NaN alone is unlike itself
        return None
    return cell if isinstance(cell, str | bool | int | float) else str(cell)


def _show_rows(output: Output, each: Quarantine, table: Any, limit: int) -> None:
    output.line((f"{each.step}  ", "strong"), f"run {each.run}: {each.why}")
    columns = [str(name) for name in table.columns]
    # What is wrong and where comes last in the table, and first for a reader.
    columns = [columns[-1], *columns[:-1]]
    rows = [[row[name] for name in columns] for row in _records(table, limit)]
    output.table([name.upper() for name in columns], rows)
    if len(table) > limit:
        output.line((f"... and {len(table) - limit:,} more: -o FILE writes all of them", "dim"))


def _within(file: Path, root: Path) -> str:
    file, root = file.resolve(), root.resolve()
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
