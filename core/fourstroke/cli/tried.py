"""How what a plugin gave in a trial is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fourstroke.cli.output import seconds
from fourstroke.cycles.shape import in_words
from fourstroke.entities.facts import Check, Evaluation, Section
from fourstroke.entities.model import Decision
from fourstroke.entities.operations import Observation
from fourstroke.plain_json import plain

if TYPE_CHECKING:
    from fourstroke.authoring.target import Target
    from fourstroke.authoring.trial import Trial
    from fourstroke.cli.invocation import Invocation
    from fourstroke.cli.output import Output

_ROWS = 8


def says_no(trial: Trial) -> bool:
    """Tell whether one of the checks that came out says no."""
    return any(isinstance(each, Check) and each.says_no for each in _several(trial.given))


def show(invocation: Invocation, target: Target, trial: Trial) -> None:
    """Print a trial: a line about the call, then what came out."""
    output = invocation.output
    if invocation.as_json:
        output.json(_facts(target, trial))
        return
    given_rows = "" if trial.rows is None else f" ({trial.rows:,} rows)"
    on = f" on {trial.data}{given_rows}" if trial.data else ""
    output.line((f"{trial.stage} {target.called}", "strong"), f"{on}  {seconds(trial.seconds)}")
    for message in trial.said:
        output.note(message)
    _show_given(output, trial.given)


def _facts(target: Target, trial: Trial) -> dict[str, object]:
    facts: dict[str, object] = {
        "stage": trial.stage,
        "use": target.use,
        "data": trial.data,
        "rows": trial.rows,
        "seconds": trial.seconds,
        "notes": trial.said,
    }
    if _is_table(trial.given):
        return facts | {"given": in_words(trial.given), "head": _records(trial.given)}
    if isinstance(trial.given, Mapping):
        return facts | {"given": {name: in_words(part) for name, part in trial.given.items()}}
    return facts | {"given": plain(trial.given)}


def _show_given(output: Output, given: Any) -> None:
    several = _several(given)
    if _is_table(given):
        _show_table(output, given)
    elif isinstance(given, Mapping):
        for name, part in given.items():
            output.line((f"{name:<8}", "strong"), in_words(part))
    elif several and isinstance(several[0], Check):
        rows = [
            (each.status, each.name, each.observed, each.required, each.why) for each in several
        ]
        output.table(("STATUS", "CHECK", "OBSERVED", "REQUIRED", "WHY"), rows)
    elif several and isinstance(several[0], Observation):
        columns = ("STATUS", "OBSERVATION", "COLUMN", "VALUE", "LIMIT", "WHY")
        output.table(
            columns,
            [(o.status, o.name, o.column, o.value, o.threshold, o.why) for o in several],
        )
    elif isinstance(given, Evaluation):
        output.table(
            ("METRIC", "VALUE", "LOW", "HIGH", "ROWS"),
            [(each.name, each.value, each.low, each.high, each.rows) for each in given.metrics],
        )
    elif several and isinstance(several[0], Section):
        for section in several:
            _show_section(output, section)
    elif isinstance(given, Decision):
        output.line((given.answer, "strong"), f"  {given.why}")
    else:
        output.line(str(plain(given)))


def _show_section(output: Output, section: Section) -> None:
    output.line((section.title, "strong"))
    if section.text:
        output.line(section.text)
    for table in section.tables:
        output.table([name.upper() for name in table.columns], table.rows)
    for chart in section.charts:
        output.line(("chart    ", "dim"), chart.title)


def _show_table(output: Output, table: Any) -> None:
    output.line(("gave     ", "dim"), in_words(table))
    head = table.head(_ROWS)
    columns = [head[name].tolist() for name in head.columns]
    output.table([str(name) for name in head.columns], list(zip(*columns, strict=True)))
    if len(table) > _ROWS:
        output.line((f"and {len(table) - _ROWS:,} more rows", "dim"))


def _records(table: Any) -> list[dict[str, str]]:
    head = table.head(_ROWS)
    columns = {str(name): head[name].tolist() for name in head.columns}
    return [
        {name: str(values[row]) for name, values in columns.items()} for row in range(len(head))
    ]


def _is_table(given: Any) -> bool:
    """Whether it is a table, whatever library made it: the core knows none."""
    return hasattr(given, "head") and hasattr(given, "columns")


def _several(given: Any) -> Sequence[Any]:
    return given if isinstance(given, Sequence) and not isinstance(given, str) else ()
