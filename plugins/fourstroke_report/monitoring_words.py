"""What monitors saw, in plain words: what changed, since when, whether it matters, what to do next."""

from __future__ import annotations

from typing import Literal

import attrs

from fourstroke import MonitoringHistory, Observation
from fourstroke_report import words
from fourstroke_report.monitoring_parts import (
    COVERAGE,
    DRIFT,
    ESTIMATED,
    ColumnRow,
    began,
    columns_of,
    of_part,
)

_LONGEST_WHY, _LONGEST_NAME, _NAMED = 200, 80, 3
_FAILED = "operations.monitor."


@attrs.frozen(kw_only=True)
class Reading:
    """A history as a report tells it.

    Parameters
    ----------
    status : {"alert", "held", "unknown", "ok"}
        What it comes to; ``held`` if limits were crossed and people were not told, or not again.
    headline : str
        That in one line.
    sentences : tuple of str
        What changed, since when, whether it matters, and what to do next.
    columns : tuple of ColumnRow
        Every column, what counts most first.
    """

    status: Literal["alert", "held", "unknown", "ok"]
    headline: str
    sentences: tuple[str, ...]
    columns: tuple[ColumnRow, ...]


def read(history: MonitoringHistory) -> Reading:
    """Say what a history comes to."""
    columns = columns_of(history)
    status = _status(history)
    named = f"{history.model}@v{history.version} in {clip(history.windows[-1].name, _LONGEST_NAME)}"
    found = ", ".join(_found(history, columns))
    told = {
        "unknown": f"too little is known to tell how {named} does",
        "ok": f"{named} looks like what it was made for"
        if history.latest.rows
        else f"{named} is within its limits",
    }
    made = [
        _change(history, columns),
        _since(history),
        _matter(history, columns),
        _unknown(history),
        _held(history),
        _next(history, status),
    ]
    return Reading(
        status=status,
        headline=f"{status.upper()}: {told.get(status) or f'{named}: {found}'}",
        sentences=tuple(sentence for sentence in made if sentence),
        columns=tuple(columns),
    )


def clip(text: str, longest: int = _LONGEST_WHY) -> str:
    """Keep a text short enough for a line of a table."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def name_of(text: str) -> str:
    """Keep a name short enough to be read."""
    return clip(text, _LONGEST_NAME)


def counted(count: int, thing: str) -> str:
    """Write how many there are of a thing.

    Examples
    --------
    >>> counted(1, "window"), counted(2000, "window")
    ('1 window', '2,000 windows')
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def interval(seen: Observation) -> str:
    """Write the interval of a figure."""
    if seen.low is None or seen.high is None:
        return ""
    return f"{words.number(seen.low)} to {words.number(seen.high)}"


def place(row: ColumnRow, of: int) -> str:
    """Say where a column stands by importance."""
    if row.rank is None:
        return ""
    return "the most important column" if row.rank == 1 else f"{row.rank} of {of} by importance"


def _status(history: MonitoringHistory) -> Literal["alert", "held", "unknown", "ok"]:
    statuses = {each.status for each in history.latest.observations}
    if "alert" in statuses:
        return "alert" if history.latest.alerts else "held"
    return "ok" if "ok" in statuses else "unknown"


def _found(history: MonitoringHistory, columns: list[ColumnRow]) -> list[str]:
    """Say in few words each what crossed its limits."""
    found = []
    drifting = sum(DRIFT in row.crossed for row in columns)
    broken = [row for row in columns if row.crossed and DRIFT not in row.crossed]
    if drifting:
        verb = "drifts" if drifting == 1 else "drift"
        found.append(f"{drifting} of {counted(len(columns), 'column')} {verb}")
    if broken:
        kinds = ", ".join(dict.fromkeys(name for row in broken for name in row.crossed))
        found.append(f"{counted(len(broken), 'column')} not as before ({kinds.replace('_', ' ')})")
    crossed = [each for each in history.latest.observations if each.status == "alert"]
    names = {each.name for each in crossed}
    found += ["predictions drift"] * ("prediction_drift" in names)
    found += ["outcomes drift"] * ("label_drift" in names)
    found += ["some outcomes are none that the model knows"] * ("strange_outcomes" in names)
    worse = [each.name for each in of_part(crossed, "performance")]
    if worse:
        found.append(f"performance is worse ({_listed(worse)})")
    if of_part(crossed, "fairness"):
        found.append("a gap between groups is wider")
    if service := of_part(crossed, "service"):
        found.append(f"the service is out of its limits ({_listed([e.name for e in service])})")
    others = [each.name for each in of_part(crossed, "other")]
    found += [f"the monitor {e.removeprefix(_FAILED)} failed" for e in others if _FAILED in e]
    if plain := [name for name in others if _FAILED not in name]:
        found.append(f"beyond its limit: {_listed(plain)}")
    return found


def _change(history: MonitoringHistory, columns: list[ColumnRow]) -> str:
    """Tell the change that counts most, with its figures."""
    first = next((row for row in columns if row.status == "alert"), None)
    if first is None:
        crossed = [each for each in history.latest.observations if each.status == "alert"]
        return f"What was seen: {clip(crossed[0].why or crossed[0].name)}." if crossed else ""
    where = place(first, len(history.importances))
    said = f"{name_of(first.name)}{f', {where}' if where else ''}: {clip(first.why)}"
    return f"What changed most is {said}."


def _since(history: MonitoringHistory) -> str:
    first, running = began(history, history.trends)
    if not running:
        return ""
    watched = len(history.windows)
    if watched == 1:
        return "It is the first window that was looked at, so that nobody knows since when."
    if running == 1:
        before = "window" if watched == 2 else f"{watched - 1} windows"  # noqa: PLR2004 - it and one more
        return f"It is new: the {before} before did not show it."
    if running == watched:
        return f"It is there in all {watched} windows, since {clip(first, _LONGEST_NAME)} at least."
    return f"It began in {clip(first, _LONGEST_NAME)} and is there in {running} windows, of {watched} looked at."


def _matter(history: MonitoringHistory, columns: list[ColumnRow]) -> str:
    """Say whether the model does worse, by outcomes, or else by estimates."""
    if history.latest.rows == 0:
        return ""
    figures = [
        each
        for each in of_part(history.latest.observations, "performance")
        if isinstance(each.value, int | float) and each.name != COVERAGE
    ]
    worse = [each for each in figures if each.status == "alert"]
    well = [each for each in figures if each.status == "ok"]
    well.sort(key=lambda each: each.name.startswith(ESTIMATED))
    if worse:
        return f"It matters: {_figure(worse[0])}, beyond its limit of {words.number(worse[0].threshold)}."
    if well:
        return f"The model does not do worse so far: {_figure(well[0])}."
    alarming = [row for row in columns if row.status == "alert"]
    if not alarming:
        return ""
    known = "" if history.importances else " and how important its columns are, too"
    return f"Whether the model does worse is not known: no outcomes and no estimate say so{known}."


def _figure(seen: Observation) -> str:
    name = seen.name.replace("_", " ")
    within = interval(seen)
    return f"{name} is {words.number(seen.value)}{f' ({within})' if within else ''}"


def _unknown(history: MonitoringHistory) -> str:
    seen = history.latest.observations
    untold = [each for each in seen if each.status == "unknown"]
    if not untold:
        return ""
    which = untold[0].name.replace("_", " ")
    return f"{len(untold)} of {counted(len(seen), 'figure')} could not be judged; {which}: {clip(untold[0].why)}."


def _held(history: MonitoringHistory) -> str:
    held = history.latest.held
    if not held or history.latest.alerts:
        return ""
    return f"Nobody was told this time: {clip(held[0].why)}."


def _next(history: MonitoringHistory, status: str) -> str:
    decision = history.decision
    if decision is not None and decision.answer == "yes":
        return (
            "Next: bring rows with known outcomes into the data and turn again, by fourstroke loop."
        )
    if decision is not None and decision.answer == "waiting":
        return f"Next: people decide whether to turn again: {clip(decision.why)}."
    if status in {"alert", "held"} and history.incidents:
        number = history.incidents[-1].number
        return f"Next: see what belongs to it, by fourstroke incidents show {number}."
    return "Nothing has to be done." if status == "ok" else ""


def _listed(names: list[str]) -> str:
    several = list(dict.fromkeys(name_of(name.replace("_", " ")) for name in names))
    more = len(several) - _NAMED
    return ", ".join(several[:_NAMED]) + (f" and {more} more" if more > 0 else "")
