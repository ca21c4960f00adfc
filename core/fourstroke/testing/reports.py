"""Reports of runs: one of each sort that a renderer meets, from nothing at all to bad intentions."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from typing import Final, Literal

import attrs

from fourstroke.entities.facts import (
    Chart,
    Check,
    Evaluation,
    Metric,
    Section,
    Series,
    Slice,
    Table,
)
from fourstroke.entities.model import Candidate, Decision, Deployment, ModelVersion, Verdict
from fourstroke.entities.operations import Alert, MonitoringReport, Observation
from fourstroke.entities.run import DatasetFact, KeptFact, RunReport, StepFact
from fourstroke.entities.task import Task

# What ends or begins something in HTML, in an attribute, in CSS, in a template, in Markdown.
MARKUP: Final = (
    "</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    "\" onload='x' x=' --> ]]> {{ 7 * 7 }} &amp; | `code` **b** [x](javascript:alert(1)) \\"
)
# What moves a terminal's cursor, turns the order of a line, breaks one, or is no character at all.
CONTROL: Final = "a\x1b[2Jb\x00c\x9bd\u202ee\r\nf\u2028g\ud800h"

_AT: Final = dt.datetime(2026, 1, 5, 8, 30, tzinfo=dt.UTC)
_DIGEST: Final = f"blake3:{'0' * 64}"
_MANY: Final = 400


def plain() -> RunReport:
    """Give the report of a run that went through all four cycles and succeeded."""
    return saying("plain words")


def empty() -> RunReport:
    """Give the report of a run that failed at its first step: every part is missing."""
    step = StepFact(
        name="data.collect.people",
        cycle="data",
        stage="collect",
        state="failed",
        plugin="files",
        summary="there is no file people.csv",
    )
    return RunReport(
        run="20260105-083000-empty",
        project="sample",
        state="failed",
        started=_AT,
        seconds=0.0,
        task=Task(),
        seed=0,
        user="ana",
        command="",
        steps=(step,),
    )


def blocked() -> RunReport:
    """Give the report of a run that a check of its data stopped: nothing was published."""
    refusing = Check(
        name="ids are unique",
        status="fail",
        observed=3,
        required="0",
        why="three rows share an id",
        column="id",
        rows=(4, 9, 12),
    )
    step = StepFact(
        name="data.check.people",
        cycle="data",
        stage="check",
        state="blocked",
        plugin="columns",
        summary="1 of 1 checks say no",
    )
    return attrs.evolve(
        empty(), run="20260105-083000-blocked", state="blocked", steps=(step,), checks=(refusing,)
    )


def odd() -> RunReport:
    """Give a report whose figures are missing, not finite or very large, and whose words are not ASCII."""
    report = saying("Größe 年齢 🚀 \u200f\u0639\u0645\u0631\u200f")
    figures = (math.nan, math.inf, -math.inf, None, 1e300, 5e-324, -0.0, 10**30)
    metrics = tuple(
        Metric(name=f"metric_{number}", value=value, low=math.nan, high=math.inf, why="one class")
        for number, value in enumerate(figures)
    )
    charts = tuple(
        Chart(title=kind, kind=kind, series=(_strange_series(), Series(name="none", x=(), y=())))
        for kind in ("lines", "bars", "points")
    )
    table = Table(columns=("value",), rows=tuple((value,) for value in figures))
    evaluation = Evaluation(
        metrics=metrics,
        slices=tuple(Slice(column="年齢", value="", metric=metric) for metric in metrics),
        charts=charts,
        sections=(Section(title="", tables=(table, Table(columns=(), rows=()))),),
    )
    candidate = Candidate(name="Größe", digest=_DIGEST, evaluation=evaluation)
    bare = Candidate(name="bare", digest=_DIGEST, evaluation=Evaluation(metrics=()))
    return attrs.evolve(report, candidates=(candidate, bare), chosen="Größe", champion=bare)


def large() -> RunReport:
    """Give a report with as much of everything as a project with hundreds of columns has."""
    report = plain()
    (candidate,) = report.candidates
    line = Series(
        name="curve",
        x=tuple(float(number) for number in range(20_000)),
        y=tuple(math.sin(number / 999) for number in range(20_000)),
    )
    evaluation = attrs.evolve(
        candidate.evaluation,
        slices=candidate.evaluation.slices * _MANY,
        charts=(Chart(title="curve", kind="lines", series=(line,)),) * 4,
    )
    picture = _kept("figure", "large.png", b"\x89PNG" + bytes(2_000_000))
    checks = tuple(
        attrs.evolve(report.checks[0], name=f"check {number}") for number in range(_MANY)
    )
    return attrs.evolve(
        report,
        candidates=(attrs.evolve(candidate, evaluation=evaluation),),
        checks=checks,
        kept=(*report.kept, picture, picture),
    )


def saying(text: str) -> RunReport:
    """Give a full report in which every text that comes from outside is this one."""
    check = Check(
        name=text, status="pass", observed=text, required=text, why=text, column=text, rows=(0,)
    )
    warned = attrs.evolve(check, status="warn", severity="warning", observed=0.25)
    candidate = Candidate(name=text, digest=_DIGEST, evaluation=_evaluation(text), version=2)
    observation = Observation(
        name=text, status="alert", value=0.4, threshold=0.2, column=text, statistic=text, why=text
    )
    alert = Alert(
        key=text,
        severity="error",
        title=text,
        text=text,
        at=_AT,
        model=text,
        version=2,
        observations=(observation,),
    )
    return RunReport(
        run="20260105-083000-full",
        project=text,
        state="succeeded",
        started=_AT,
        seconds=12.5,
        task=Task(target=text, id=text, positive=text, sensitive=(text,)),
        seed=7,
        user=text,
        command=text,
        commit="0123456789abcdef",
        environment=text,
        versions={text: text},
        steps=tuple(_step(text, state) for state in ("succeeded", "cached", "skipped")),
        dataset=DatasetFact(name=text, version=3, digest=_DIGEST, rows=240, columns=(text, "id")),
        checks=(check, warned),
        candidates=(candidate,),
        chosen=text,
        champion=attrs.evolve(candidate, name="champion", version=1),
        explanations=(_section(text),),
        verdict=Verdict(outcome="pass", checks=(check, warned), candidate=text, champion=1),
        decision=Decision(answer="yes", why=text, by=text),
        version=ModelVersion(
            model=text, version=2, digest=_DIGEST, candidate=text, run=text, created=_AT
        ),
        deployments=(
            Deployment(target=text, model=text, version=2, digest=_DIGEST, location=text),
        ),
        monitoring=MonitoringReport(
            model=text, version=2, rows=100, observations=(observation,), alerts=(alert,)
        ),
        kept=(
            _kept("table", text, _table_of(text)),
            _kept("figure", text, _picture_of(text)),
            _kept("file", text, text.encode(errors="replace")),
        ),
        messages=(text,),
    )


def _step(text: str, state: Literal["succeeded", "cached", "skipped"]) -> StepFact:
    return StepFact(
        name=text,
        cycle="data",
        stage="prepare",
        state=state,
        plugin=text,
        seconds=0.5,
        summary=text,
        reason=text,
        settings={text: text},
    )


def _evaluation(text: str) -> Evaluation:
    metric = Metric(name=text, value=0.91, low=0.88, high=0.94, rows=60, method=text, why=text)
    undefined = Metric(name=f"{text}.", value=None, why=text)
    return Evaluation(
        metrics=(metric, undefined),
        baseline=(attrs.evolve(metric, value=0.5),),
        slices=(Slice(column=text, value=text, metric=metric),),
        charts=tuple(_chart(text, kind) for kind in ("lines", "bars", "points")),
        sections=(_section(text),),
    )


def _chart(text: str, kind: Literal["lines", "bars", "points"]) -> Chart:
    x: tuple[float | str, ...] = (text, "b") if kind == "bars" else (0.0, 1.0)
    series = Series(name=text, x=x, y=(0.2, 0.8), low=(0.1, 0.7), high=(0.3, 0.9))
    several = (series,) if kind == "bars" else (series, series)
    return Chart(title=text, kind=kind, series=several, x_label=text, y_label=text)


def _section(text: str) -> Section:
    table = Table(title=text, columns=(text, "n"), rows=((text, 1), (None, 0.5)))
    return Section(title=text, text=text, charts=(_chart(text, "bars"),), tables=(table,))


def _strange_series() -> Series:
    y = (math.nan, math.inf, -math.inf, 1.0)
    return Series(name="strange", x=(0.0, 1.0, 2.0, 3.0), y=y, low=y, high=y)


def _table_of(text: str) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([[text, "n"], [text, "1"]])
    return file.getvalue().encode(errors="replace")


def _picture_of(text: str) -> bytes:
    return f"<svg xmlns='http://www.w3.org/2000/svg'>{text}</svg>".encode(errors="replace")


def _kept(kind: str, file: str, content: bytes) -> KeptFact:
    return KeptFact(
        step=file,
        name=file,
        kind=kind,
        file=file,
        digest=_DIGEST,
        size_bytes=len(content),
        read=lambda: content,
    )
