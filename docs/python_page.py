"""The page of the Python interface: what is imported, and what a project gives."""

from __future__ import annotations

import inspect
from typing import Any

import attrs
from prose import (
    code,
    default_of,
    parameters_of,
    prose,
    prose_without_parameters,
    signature,
    table,
)

import fourstroke
from fourstroke import testing, typing
from fourstroke.anchors import Anchor
from fourstroke.artifacts.artifact import Artifact, File
from fourstroke.artifacts.sweep import Sweep
from fourstroke.audit_trail import AuditTrail
from fourstroke.backtesting import BacktestOutcome
from fourstroke.catalog import Dataset, Datasets
from fourstroke.cli.describe import written
from fourstroke.comparison import Difference
from fourstroke.entities.backtest import Backtest, Latency, LeftOut, MetricOnBoth, ScoreShift
from fourstroke.history import RunDetail, Runs
from fourstroke.labels import Labels
from fourstroke.plan import Plan, PlannedStep
from fourstroke.plugins.annotations import of_fields
from fourstroke.plugins.meanings import of_comments
from fourstroke.prediction_log.compaction import Compacted
from fourstroke.prediction_log.intake import TakenIn, Waiting
from fourstroke.prediction_log.journal import PredictionJournal
from fourstroke.prediction_log.log import DayCount, PredictionLog, Purged
from fourstroke.predictor import Predictor
from fourstroke.records.operation_rows import PredictionRow
from fourstroke.records.rows import (
    DatasetRow,
    EventRow,
    NamedArtifact,
    RunRow,
    StepRow,
    VersionRow,
)
from fourstroke.registered import Version
from fourstroke.registry import Model, Models
from fourstroke.upkeep import Store

# What a project's properties give, as a caller writes it.
REACHED = (
    ("project.runs", Runs),
    ("project.datasets", Datasets),
    ("project.datasets[name]", Dataset),
    ("project.models", Models),
    ("project.models[name]", Model),
    # What `project.models[name][number]` gives, too.
    ("project.models[name].champion", Version),
    ("project.predictions", PredictionLog),
    ("project.audit", AuditTrail),
    ("project.store", Store),
)
# What they answer with.
ANSWERS = (
    *(Plan, PlannedStep),
    *(RunRow, RunDetail, StepRow, Difference),
    *(DatasetRow, VersionRow, Labels, Predictor, PredictionJournal),
    *(PredictionRow, DayCount, TakenIn, Waiting, Compacted, Purged),
    *(BacktestOutcome, Backtest, MetricOnBoth, ScoreShift, Latency, LeftOut),
    *(EventRow, Anchor),
    *(NamedArtifact, Artifact, File, Sweep),
)
_INDEX = "__getitem__"


def page() -> str:
    """Write the page."""
    lines = ["# Python", "", "What `from fourstroke import ...` gives, and what comes of it.", ""]
    lines += ["- [Reached from a project](#reached-from-a-project): its runs, data sets, models."]
    lines += ["- [What it answers with](#what-it-answers-with): rows of the records."]
    lines += ["- [For authors of plugins](#for-authors-of-plugins): contracts and types.", ""]
    for name in fourstroke.__all__:
        if not name.startswith("_"):
            lines += _entry("##", name, getattr(fourstroke, name), caller=name)
    lines += ["## Reached from a project", "", "`project = Project.open(path)`, and then:", ""]
    for name, kind in REACHED:
        lines += _entry("###", name, kind, caller=name)
    lines += ["## What it answers with", ""]
    for kind in ANSWERS:
        # Their methods serve the records; a caller reads what they hold.
        lines += _entry("###", kind.__name__, kind, caller=kind.__name__, has_methods=False)
    return "\n".join([*lines, *_for_authors()])


def _for_authors() -> list[str]:
    lines = ["## For authors of plugins", ""]
    for module, more in (
        (testing, "What each contract holds: [contracts](contracts.md)."),
        (typing, "The contracts declare their plugins with these."),
    ):
        told = inspect.cleandoc(module.__doc__ or "").partition("\n")[0]
        lines += [f"### {module.__name__}", "", f"{told} {more}", ""]
        rows = [(code(name), _first_line(getattr(module, name))) for name in module.__all__]
        lines += table(("name", "meaning"), rows)
    return lines


def _first_line(value: Any) -> str:
    return inspect.cleandoc(value.__doc__ or "").partition("\n")[0]


def _entry(
    level: str, title: str, value: Any, caller: str, *, has_methods: bool = True
) -> list[str]:
    head = [f"{level} {title}", ""]
    if inspect.isclass(value) and attrs.has(value):
        head += [prose_without_parameters(value), "", *_fields(value)]
    else:
        call = _call(f"{title}{signature(value)}") if inspect.isfunction(value) else []
        head += [*call, prose(value), ""]
    return [*head, *_members(level, value, caller, has_methods=has_methods)]


def _fields(kind: type) -> list[str]:
    types, meanings = of_fields(kind), of_comments(kind) | parameters_of(kind)
    # What can be given before `=` or read behind a dot; private fields are neither.
    rows = [
        (
            code(field.name),
            code(written(types[field.alias])),
            default_of(field),
            meanings.get(field.name, ""),
        )
        for field in attrs.fields(kind)
        if field.init
        and not field.name.startswith("_")
        # The way back to the project, which no caller needs.
        and written(types[field.alias]) != "Project"
    ]
    return table(("field", "type", "default", "meaning"), rows)


def _members(level: str, value: Any, caller: str, *, has_methods: bool) -> list[str]:
    if not inspect.isclass(value) or issubclass(value, BaseException | Warning):
        return []
    lines: list[str] = []
    for name, part in vars(value).items():
        title, call, text = f"{caller}.{name}", "", ""
        function = getattr(part, "__func__", part)
        if isinstance(part, property) and not name.startswith("_"):
            given = signature(part.fget).partition(" -> ")[2]
            call, text = f"{title} -> {given}", prose(part)
        elif not has_methods:
            continue
        elif name == _INDEX:
            title, call = f"{caller}[...]", _index(caller, function)
            text = prose(function) or "Give one by its name."
        elif name.startswith("_"):
            continue
        elif inspect.isfunction(function):
            call, text = f"{title}{signature(function, is_bound=True)}", prose(function)
        if call:
            lines += [f"{level}# {title}", "", *_call(call), text, ""]
    return lines


def _call(text: str) -> list[str]:
    return ["```python", text, "```", ""]


def _index(caller: str, function: Any) -> str:
    argument, given = signature(function, is_bound=True).removeprefix("(").split(")", 1)
    return f"{caller}[{argument}]{given}"
