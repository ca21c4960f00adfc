"""What a report says in plain words: numbers as people read them, and five sentences for whoever has a minute."""

from __future__ import annotations

from fourstroke import Candidate, Metric, RunReport

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

_NAMES = {
    "roc_auc": "area under the ROC curve",
    "accuracy": "accuracy",
    "rmse": "root mean squared error",
    "f1": "F1",
    "r2": "R²",
    "mae": "mean absolute error",
}
_SMALL = 1000.0


def number(value: object) -> str:
    """Write a number with as many digits as a reader uses."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or abs(value) >= _SMALL:
        return f"{value:,.0f}"
    return f"{value:.3f}"


def interval(metric: Metric) -> str:
    """Write the confidence interval of a metric."""
    if metric.low is None or metric.high is None:
        return ""
    return f"{number(metric.low)} to {number(metric.high)}"


def chosen(report: RunReport) -> Candidate | None:
    """Give the candidate that the run chose."""
    return next((item for item in report.candidates if item.name == report.chosen), None)


def headline(report: RunReport) -> str:
    """Say in one line what came of the run."""
    if report.verdict is not None:
        passed = sum(not check.says_no for check in report.verdict.checks)
        outcome = "PASSED" if report.verdict.passed else "REJECTED"
        name = report.version
        what = f"{name.model} version {name.version}" if name else report.verdict.candidate
        return f"{outcome}: {what}, {passed} of {len(report.verdict.checks)} checks"
    said_no = [check for check in report.checks if check.says_no]
    if said_no:
        return f"BLOCKED: {len(said_no)} of {len(report.checks)} checks of the data say no"
    return {"succeeded": "DONE", "failed": "FAILED"}.get(report.state, report.state.upper())


def sentences(report: RunReport) -> list[str]:
    """Tell the run in at most five sentences."""
    made = [_data(report), _model(report), _verdict(report), _deployment(report), _watch(report)]
    return [sentence for sentence in made if sentence]


def _data(report: RunReport) -> str:
    fact = report.dataset
    if fact is None:
        said_no = [check for check in report.checks if check.says_no]
        if said_no:
            return f"Nothing was published: {said_no[0].name} — {said_no[0].why}."
        return "No data were published."
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
        champion = report.verdict.champion
        versus = f", also against version {champion} in production" if champion else ""
        number = len(report.verdict.checks)
        checks = "the one check" if number == 1 else f"all {number} checks"
        return f"It passed {checks} that it has to pass{versus}."
    return f"It was rejected: {said_no[0].name} — {said_no[0].why}."


def _deployment(report: RunReport) -> str:
    if report.deployments:
        where = ", ".join(item.target for item in report.deployments)
        by = report.decision.by if report.decision else ""
        return f"It is deployed to {where}" + (f", approved by {by}." if by else ".")
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
