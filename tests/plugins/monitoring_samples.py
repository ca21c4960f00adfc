"""Histories of what monitors saw, made without a project: usual, quiet, hostile, very large."""

from __future__ import annotations

import datetime as dt

import attrs

from fourstroke import (
    Alert,
    Decision,
    IncidentFact,
    MonitoringHistory,
    MonitoringReport,
    Observation,
    Trend,
    WatchedWindow,
)
from fourstroke.entities.operations import Held

EVIL = "<script>alert('x')</script>|`a`\"&\n# b\x1b\u202e"
DAY = dt.timedelta(days=1)
FIRST = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def window(number: int, text: str = "", **more) -> WatchedWindow:
    starts = FIRST + number * DAY
    return WatchedWindow(
        name=f"{starts:%Y-%m-%d}{text}",
        starts=starts,
        ends=starts + DAY,
        rows=1000,
        labelled=0.5,
        run=f"run{number}",
        at=starts + DAY,
        **more,
    )


def drift(column: str, value: float, limit: float = 0.1, **more) -> Observation:
    return Observation(
        name="drift",
        column=column,
        status="alert" if value > limit else "ok",
        value=value,
        threshold=limit,
        statistic="jensen_shannon",
        why=f"{column} drifts: 10 % became 30 %" if value > limit else "",
        monitor="drift",
        **more,
    )


def trend_of(seen: Observation, *statuses: str | None, value: float = 0.05) -> Trend:
    """Give the way of a figure that ends with an observation, with these statuses before."""
    before = [
        None if status is None else value * (4 if status == "alert" else 1) for status in statuses
    ]
    count = len(statuses)
    return Trend(
        monitor=seen.monitor,
        name=seen.name,
        column=seen.column,
        statistic=seen.statistic,
        statuses=(*statuses, seen.status),
        values=(*before, seen.value if isinstance(seen.value, float) else None),
        thresholds=(seen.threshold,) * (count + 1),
        lows=(None,) * count + (seen.low,),
        highs=(None,) * count + (seen.high,),
    )


def usual() -> MonitoringHistory:
    """Give four windows, of which one is missing: two columns drift, performance is estimated well."""
    estimate = Observation(
        name="estimated_roc_auc",
        status="ok",
        value=0.91,
        threshold=0.85,
        statistic="cbpe",
        low=0.9,
        high=0.92,
        why="estimated roc_auc is 0.91",
        monitor="estimates",
    )
    outcome = attrs.evolve(
        estimate,
        name="roc_auc",
        status="unknown",
        value=0.89,
        statistic="realised",
        monitor="truth",
    )
    seen = (
        drift("hours", 0.3),
        drift("age", 0.2),
        drift("city", 0.02),
        Observation(name="missing", column="city", status="ok", value=0.0, statistic="share"),
        Observation(
            name="schema",
            column="gone",
            status="alert",
            why="the window has it not",
            monitor="quality",
        ),
        estimate,
        outcome,
        Observation(name="recall_gap", column="sex", status="ok", value=0.02, threshold=0.1),
        Observation(name="latency", status="ok", value=0.01, statistic="p50_seconds"),
        Observation(name="latency", status="ok", value=0.02, statistic="p95_seconds"),
    )
    alert = Alert(
        key="shop/drift",
        severity="error",
        title="drift: hours, age",
        text="hours drifts",
        at=FIRST,
        model="shop",
        version=3,
        observations=seen[:2],
    )
    held = Held(key="shop/quality", title="quality: gone", why="muted by ann for good: a campaign")
    incident = IncidentFact(
        number=12,
        key="shop/drift",
        state="open",
        severity="error",
        title="drift: hours, age",
        since=FIRST,
        times=2,
        window="2026-05-05",
        runbook="https://wiki.example.org/drift",
    )
    return MonitoringHistory(
        project="shop",
        model="shop",
        version=3,
        is_champion=True,
        trained_in="run0",
        dataset="shop@v2",
        profiles={"drift": "blake3:1"},
        run="run4",
        looked_at=FIRST + 5 * DAY,
        latest=MonitoringReport(
            model="shop",
            version=3,
            rows=1000,
            observations=seen,
            alerts=(alert,),
            window="2026-05-05",
            starts=FIRST + 4 * DAY,
            ends=FIRST + 5 * DAY,
            labelled=0.5,
            crossed=("shop/drift", "shop/quality"),
            held=(held,),
        ),
        windows=tuple(window(number) for number in (0, 1, 2, 4)),
        earlier=2,
        trends=(
            trend_of(seen[0], "ok", "ok", "alert"),
            trend_of(seen[1], "ok", "ok", "ok"),
            trend_of(seen[2], "ok", None, "ok"),
            trend_of(estimate, "ok", "ok", "ok", value=0.9),
            trend_of(outcome, "ok", "ok", None, value=0.9),
            trend_of(seen[4], "ok", "ok", "ok"),
        ),
        importances={"age": 0.4, "city": 0.2, "hours": 0.1, "gone": 0.0, "unseen": 0.0},
        incidents=(incident,),
        decision=Decision(answer="yes", why="shop/drift was alerted", by="on_alert"),
    )


def quiet() -> MonitoringHistory:
    """Give one window in which nothing was unusual."""
    seen = (drift("age", 0.01),)
    latest = MonitoringReport(model="shop", version=3, rows=10, observations=seen, window="batch 1")
    only = attrs.evolve(window(0), name="batch 1", starts=None, ends=None, labelled=None)
    return attrs.evolve(
        usual(),
        latest=latest,
        windows=(only,),
        trends=(trend_of(seen[0]),),
        importances={},
        incidents=(),
        decision=None,
    )


def hostile(columns: int = 500, windows: int = 200, text: str = EVIL) -> MonitoringHistory:
    """Give many columns with bad names through many windows, all of them beyond their limits."""
    names = [f"{text}{number}{'x' * 100}" for number in range(columns)]
    seen = tuple(drift(name, 0.5, low=0.4, high=0.6) for name in names)
    alert = Alert(
        key=text, severity="error", title=text * 50, text=text * 50, at=FIRST, model=text, version=3
    )
    many = tuple(attrs.evolve(alert, key=f"{text}{number}") for number in range(columns))
    held = tuple(Held(key=text, title=text * 20, why=text * 20) for _ in range(columns))
    incident = attrs.evolve(
        usual().incidents[0],
        key=text,
        title=text * 20,
        runbook=f"javascript:{text}",
        muted=text * 20,
    )
    history = usual()
    return attrs.evolve(
        history,
        project=text,
        model=text,
        dataset=text,
        latest=attrs.evolve(
            history.latest, observations=seen, alerts=many, held=held, window=text, resolved=(text,)
        ),
        windows=tuple(
            window(number, text, alerts=(text,) * 20, held=held[:20]) for number in range(windows)
        ),
        trends=tuple(
            Trend(
                monitor=each.monitor,
                name=each.name,
                column=each.column,
                statistic=each.statistic,
                statuses=("alert",) * windows,
                values=tuple(0.123 + number % 7 for number in range(windows)),
                thresholds=tuple(0.1 + number % 3 for number in range(windows)),
                lows=(0.1,) * windows,
                highs=(7.5,) * windows,
            )
            for each in seen
        ),
        importances={name: 1 / (number + 1) for number, name in enumerate(names)},
        incidents=tuple(attrs.evolve(incident, number=number) for number in range(100)),
        decision=Decision(answer="waiting", why=text * 20, by=text),
    )
