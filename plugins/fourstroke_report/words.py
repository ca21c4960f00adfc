"""What a report says in plain words: numbers as people read them, and five sentences for whoever has a minute."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from fourstroke import Candidate, Metric, RunReport, StepFact, Verdict

MARKS = {
    "pass": "✓",
    "warn": "!",
    "fail": "✗",
    "inconclusive": "?",
    "skipped": "-",
    "error": "✗",
    "ok": "✓",
    "alert": "✗",
    "unknown": "?",
}

# Control characters have signs in Unicode. The later ones, those that turn the direction or break a
# line, and halves of a character have none.
_SIGNS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"}
_SIGNS |= {0x7F: 0x2421}
_SIGNS |= dict.fromkeys(
    [
        *range(0x80, 0xA0),
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
        *range(0xD800, 0xE000),
    ],
    0xFFFD,
)

_NAMES = {
    "roc_auc": "area under the ROC curve",
    "accuracy": "accuracy",
    "rmse": "root mean squared error",
    "f1": "F1",
    "r2": "R²",
    "mae": "mean absolute error",
}
_TINY, _MIDDLE, _SMALL = 0.0095, 100.0, 1000.0


def visible(text: str) -> str:
    """Show characters that a file must not hold, or that would turn the order of its words."""
    return text.translate(_SIGNS)


def number(value: object) -> str:
    """Write a number with as many digits as a reader uses."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if value == 0 or isinstance(value, int) or abs(value) >= _SMALL:
        return f"{value:,.0f}"
    if abs(value) < _TINY:
        return f"{value:.2g}"
    return f"{value:.1f}" if abs(value) >= _MIDDLE else f"{value:.3f}"


def size(bytes_: int) -> str:
    """Write a size in the unit that people read, in powers of 1000; nothing of what is not known.

    Examples
    --------
    >>> size(1_234_567), size(999), size(0)
    ('1.2 MB', '999 B', '')
    """
    value, units = float(bytes_), ["B", "kB", "MB", "GB", "TB"]
    while value >= _SMALL and len(units) > 1:
        value /= _SMALL
        del units[0]
    return f"{value:.{0 if units[0] == 'B' else 1}f} {units[0]}" if bytes_ else ""


def interval(metric: Metric) -> str:
    """Write the confidence interval of a metric."""
    if metric.low is None or metric.high is None:
        return ""
    return f"{number(metric.low)} to {number(metric.high)}"


def named(metrics: Sequence[Metric], name: str) -> Metric | None:
    """Give the metric of this name, if there is one."""
    return next((metric for metric in metrics if metric.name == name), None)


def chosen(report: RunReport) -> Candidate | None:
    """Give the candidate that the run chose."""
    return next((item for item in report.candidates if item.name == report.chosen), None)


def headline(report: RunReport) -> str:
    """Say in one line what came of the run."""
    if report.verdict is not None:
        waived = len(report.verdict.waivers)
        passed = sum(not check.says_no for check in report.verdict.checks) - waived
        outcome = "PASSED" if report.verdict.passed else "REJECTED"
        name = report.version
        what = f"{name.model} version {name.version}" if name else report.verdict.candidate
        by_waiver = f", {waived} waived" if waived else ""
        return f"{outcome}: {what}, {passed} of {len(report.verdict.checks)} checks{by_waiver}"
    said_no = [check for check in report.checks if check.says_no]
    if said_no:
        return f"BLOCKED: {len(said_no)} of {len(report.checks)} checks of the data say no"
    if (step := stopped(report)) is not None:
        return f"{report.state.upper()} at {step.name}"
    return "DONE" if report.state == "succeeded" else report.state.upper()


def stopped(report: RunReport) -> StepFact | None:
    """Give the step that the run did not get past."""
    return next((step for step in report.steps if step.state in {"failed", "blocked"}), None)


def sentences(report: RunReport) -> list[str]:
    """Tell the run in at most six sentences."""
    made = [
        _stop(report),
        _data(report),
        _model(report),
        _verdict(report),
        _deployment(report),
        _watch(report),
    ]
    return [sentence for sentence in made if sentence]


def _stop(report: RunReport) -> str:
    step = stopped(report)
    if report.state != "failed" or step is None:
        return ""
    return f"It ended at the step {step.name}: {step.summary}."


def _data(report: RunReport) -> str:
    fact = report.dataset
    if fact is None:
        said_no = [check for check in report.checks if check.says_no]
        if said_no:
            return f"Nothing was published: {said_no[0].name} — {said_no[0].why}."
        return "" if report.state == "failed" else "No data were published."
    rows = f"{fact.rows:,} rows" if fact.rows is not None else "a table"
    return f"The run used {rows} of the data set {fact.name}, version {fact.version}."


def _model(report: RunReport) -> str:
    best = chosen(report)
    if best is None or not best.evaluation.metrics:
        return ""
    first = best.evaluation.metrics[0]
    name = _NAMES.get(first.name, first.name)
    others = len(report.candidates) - 1
    among = f", the best of {others + 1} candidates," if others else ""
    between = f" ({interval(first)} with {first.confidence:.0%} confidence)" if first.low else ""
    return f"The model {best.name}{among} reaches {name} {number(first.value)}{between}."


def _verdict(report: RunReport) -> str:
    if report.verdict is None:
        return ""
    said_no = [check for check in report.verdict.checks if check.says_no]
    if not said_no:
        return f"{_passed(report.verdict)} {_versus(report)}".strip()
    return f"It was rejected: {said_no[0].name} — {said_no[0].why}."


def _passed(verdict: Verdict) -> str:
    """Count the checks that it passed, and name those that somebody answers for instead."""
    asked, waivers = len(verdict.checks), verdict.waivers
    if not waivers:
        checks = "the one check" if asked == 1 else f"all {asked} checks"
        return f"It passed {checks} that it has to pass."
    told = "; ".join(
        f"{each.check} by {each.by} until {each.until}, {each.why}" for each in waivers
    )
    count = f"{len(waivers)} of them is" if len(waivers) == 1 else f"{len(waivers)} of them are"
    return (
        f"It passed {asked - len(waivers)} of the {asked} checks that it has to pass; "
        f"{count} waived: {told}."
    )


def _versus(report: RunReport) -> str:
    """Say how the champion does on the same rows: what was measured, whatever was asked for."""
    champion = report.champion
    if champion is None or not champion.evaluation.metrics:
        return ""
    first = champion.evaluation.metrics[0]
    name = _NAMES.get(first.name, first.name)
    version = f"Version {champion.version}, in production until now,"
    if first.value is None:
        return f"{version} could not be measured on these rows."
    return f"{version} reaches {name} {number(first.value)} on the same rows."


def _deployment(report: RunReport) -> str:
    if report.deployments:
        where = ", ".join(item.location for item in report.deployments)
        by = report.decision.shown_by if report.decision else ""
        return f"It is deployed at {where}" + (f", approved by {by}." if by else ".")
    if report.decision is not None:
        return f"It is not deployed: {report.decision.why}."
    return "Nothing new was deployed." if report.candidates else ""


def _watch(report: RunReport) -> str:
    seen = report.monitoring
    if seen is None:
        return ""
    if not seen.alerts:
        return f"In {seen.rows:,} rows from production the monitors found nothing unusual."
    return f"In {seen.rows:,} rows from production: {seen.alerts[0].title}."


@attrs.frozen(kw_only=True)
class Stroke:
    """How far one of the four cycles came.

    Parameters
    ----------
    cycle : str
        Its name.
    state : str
        ``pass``, ``fail`` or ``skipped``: the key of its mark and of its colour.
    told : str
        What its steps did, in a few words.
    seconds : float
        What its steps took together.
    """

    cycle: str
    state: str
    told: str
    seconds: float


def strokes(report: RunReport) -> list[Stroke]:
    """Tell the four cycles beside each other."""
    return [
        _stroke(cycle, [step for step in report.steps if step.cycle == cycle])
        for cycle in ("data", "model", "development", "operations")
    ]


def _stroke(cycle: str, steps: list[StepFact]) -> Stroke:
    states = [step.state for step in steps]
    done, reused = states.count("succeeded"), states.count("cached")
    bad = [step.name for step in steps if step.state in {"failed", "blocked", "cancelled"}]
    told = [f"{done} of {len(steps)} steps ran"] if done else []
    told += [f"{reused} reused"] if reused else []
    told += [f"{len(bad)} failed"] if bad else []
    return Stroke(
        cycle=cycle,
        state="fail" if bad else "pass" if done or reused else "skipped",
        told=", ".join(told) or "not reached" if steps else "nothing to do",
        seconds=sum(step.seconds for step in steps),
    )
