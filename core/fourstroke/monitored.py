"""Put together what a monitoring report shows, from what was recorded; nothing is looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.alerting.keeping import data_of
from fourstroke.engine.workshop import Workshop
from fourstroke.entities.monitoring_history import (
    IncidentFact,
    MonitoringHistory,
    Trend,
    WatchedWindow,
)
from fourstroke.errors import FourstrokeError, StoreError, UsageError
from fourstroke.explaining import recorded
from fourstroke.windows.silence import silences

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from fourstroke.alerting.matters import Matter
    from fourstroke.entities.model import Decision
    from fourstroke.entities.operations import MonitoringReport, Observation
    from fourstroke.project import Project
    from fourstroke.records.operation_rows import SeenWindow
    from fourstroke.records.rows import VersionRow

# As many windows as a reader sees at a glance: two months of days.
_USUAL: Final = 60
_MOST: Final = 400


def history_of(
    project: Project,
    model: str = "",
    version: int | None = None,
    *,
    since: dt.datetime | None = None,
) -> MonitoringHistory:
    """Gather what monitors saw of a version.

    Parameters
    ----------
    project : Project
        Whose records are read.
    model : str
        The project's own if empty.
    version : int, optional
        The champion without one.
    since : datetime, optional
        Windows that were looked at before are left out; without it all but the latest 60 are. There are
        400 at most.

    Raises
    ------
    UsageError
        If there is no such version, or no window of it.
    """
    row = _version(project, model or project.config.model, version)
    looks = _latest_looks(project.records.seen_windows(row.model, row.version))
    if not looks:
        raise UsageError(
            f"{row.model}@v{row.version} has not been monitored yet", hint="fourstroke monitor"
        )
    chosen = looks[-_USUAL:] if since is None else [each for each in looks if each.at >= since]
    chosen = chosen[-_MOST:]
    if not chosen:
        raise UsageError(
            f"no window of {row.model}@v{row.version} was looked at since {since:%Y-%m-%d %H:%M} UTC",
            where="--since",
        )
    return _history(project, row, _Seen.of(project, chosen), earlier=len(looks) - len(chosen))


def importances_of(project: Project, row: VersionRow) -> dict[str, float]:
    """Give how important each column is to a version, as the run that made it explained.

    That is the first table of its explanation whose first columns are ``column`` and ``importance``.
    Without one, or if it is not kept any more, nothing is known.
    """
    try:
        sections = recorded(project, row)
    except FourstrokeError:  # what is not kept any more is not known, and the report says so
        return {}
    for table in (table for section in sections for table in section.tables):
        if table.columns[:2] == ("column", "importance"):
            found = {str(name): _number(value) for name, value, *_ in table.rows}
            return {name: value for name, value in found.items() if value is not None}
    return {}


def _version(project: Project, model: str, version: int | None) -> VersionRow:
    if version is not None:
        return project.records.model_version(model, version)
    champion = project.records.champion(model)
    if champion is None:
        raise UsageError(f"no version of {model} is deployed", hint="fourstroke run")
    return champion


def _latest_looks(looks: Sequence[SeenWindow]) -> list[SeenWindow]:
    """Give the latest look at each window, in the order of the windows."""
    latest: dict[str, SeenWindow] = {}
    for each in looks:
        if each.facts.report is not None:
            latest[each.facts.name] = each
    # A time without rows is told while it is what was looked at last: then rows came again.
    silent, last = silences(looks), max((each.id for each in latest.values()), default=0)
    found = [each for each in latest.values() if each.facts.name not in silent or each.id == last]
    if all(each.facts.starts is not None for each in found):
        found.sort(key=lambda each: (each.facts.starts, each.id))
    return found


@attrs.frozen
class _Seen:
    """Looks, with what was seen in them; and the names of those of which that is not known any more."""

    looks: Sequence[SeenWindow]
    reports: Sequence[MonitoringReport]
    unreadable: tuple[str, ...]

    @classmethod
    def of(cls, project: Project, looks: Sequence[SeenWindow]) -> _Seen:
        """Load what was seen.

        Raises
        ------
        StoreError
            If nothing of any look can be read.
        """
        store = Workshop.of(project.config).store
        found: list[tuple[SeenWindow, MonitoringReport]] = []
        faults: dict[str, StoreError] = {}
        for look in looks:
            assert look.facts.report is not None  # noqa: S101 - the others were left out before
            try:
                found.append((look, store.load(look.facts.report)))
            except StoreError as error:  # one damaged window takes nothing from the others
                faults[look.facts.name] = error
        if not found:
            raise next(iter(faults.values()))
        kept, reports = zip(*found, strict=True)
        return cls(kept, reports, tuple(faults))


def _history(project: Project, row: VersionRow, seen: _Seen, *, earlier: int) -> MonitoringHistory:
    looks, reports, last = seen.looks, seen.reports, seen.looks[-1]
    profiles: Mapping[str, Mapping[str, str]] = row.facts.get("profiles", {})
    return MonitoringHistory(
        project=project.name,
        model=row.model,
        version=row.version,
        is_champion=row.is_champion,
        trained_in=row.run,
        dataset=_dataset(project, row),
        season=project.config.window.season,
        profiles={name: str(known["digest"]) for name, known in sorted(profiles.items())},
        run=last.run,
        looked_at=last.at,
        latest=reports[-1],
        windows=tuple(_window(*each) for each in zip(looks, reports, strict=True)),
        earlier=earlier,
        unreadable=seen.unreadable,
        trends=_trends(reports),
        importances=importances_of(project, row),
        incidents=_incidents(project, row.model, reports[-1]),
        decision=_decision(project, row, last.run),
    )


def _window(look: SeenWindow, report: MonitoringReport) -> WatchedWindow:
    return WatchedWindow(
        name=report.window or f"window {look.id}",
        starts=report.starts,
        ends=report.ends,
        rows=report.rows,
        labelled=report.labelled,
        run=look.run,
        at=look.at,
        alerts=tuple(alert.key for alert in report.alerts),
        held=report.held,
    )


def _trends(reports: Sequence[MonitoringReport]) -> tuple[Trend, ...]:
    """Give each figure that any window has; of two of one name in a window the first one counts."""
    found: dict[tuple[str, str, str, str], list[Observation | None]] = {}
    for place, report in enumerate(reports):
        for seen in report.observations:
            key = (seen.monitor, seen.name, seen.column, seen.statistic)
            places = found.setdefault(key, [None] * len(reports))
            if places[place] is None:
                places[place] = seen
    return tuple(_trend(key, places) for key, places in found.items())


def _trend(key: tuple[str, str, str, str], places: Sequence[Observation | None]) -> Trend:
    monitor, name, column, statistic = key
    return Trend(
        monitor=monitor,
        name=name,
        column=column,
        statistic=statistic,
        statuses=tuple(None if seen is None else seen.status for seen in places),
        values=tuple(None if seen is None else _number(seen.value) for seen in places),
        thresholds=tuple(None if seen is None else seen.threshold for seen in places),
        lows=tuple(None if seen is None else seen.low for seen in places),
        highs=tuple(None if seen is None else seen.high for seen in places),
    )


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]  # as the line before says


def _incidents(project: Project, model: str, latest: MonitoringReport) -> tuple[IncidentFact, ...]:
    """Give the matters that are not over, and those that this window ended."""
    matters = [each for each in project.alerts.matters() if each.model == model]
    ended = {key: each for each in matters if (key := each.key) in latest.resolved}
    shown = [each for each in matters if each.resolved is None or ended.get(each.key) is each]
    return tuple(_incident(project, each) for each in shown)


def _incident(project: Project, matter: Matter) -> IncidentFact:
    alert, mute, seen_to = matter.last.alert, project.alerts.mute_of(matter), matter.acknowledged
    return IncidentFact(
        number=matter.number,
        key=matter.key,
        state=matter.state,
        severity=alert.severity,
        title=alert.title,
        since=matter.began,
        times=len(matter.alerts),
        window=alert.window,
        runbook=alert.runbook,
        muted="" if mute is None else f"by {mute.who}{f': {mute.why}' if mute.why else ''}",
        acknowledged_by="" if seen_to is None else seen_to.who,
    )


def _decision(project: Project, row: VersionRow, run: str) -> Decision | None:
    rows = project.records.decisions(row.model, row.version, kind="retrain")
    return next((each.decision for each in reversed(rows) if each.run == run), None)


def _dataset(project: Project, row: VersionRow) -> str:
    try:
        return data_of(project, row)
    except FourstrokeError:  # as with importances
        return ""
