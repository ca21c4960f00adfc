"""Windows: how the prediction log is cut, and which windows are due."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from records_sample import artifact

from fourstroke import Traffic
from fourstroke.records.operation_rows import (
    PredictionRow,
    SeenWindow,
    SegmentRow,
    WindowFacts,
)
from fourstroke.windows.cutting import Part, cut
from fourstroke.windows.due import Looks
from fourstroke.windows.periods import Periods
from fourstroke.windows.settings import LabelSettings, WindowSettings
from fourstroke.windows.silence import silence

ZURICH = ZoneInfo("Europe/Zurich")
DAY = WindowSettings(by="calendar", unit="day", timezone="Europe/Zurich")


def batch(number: int, at: dt.datetime, rows: int = 10) -> PredictionRow:
    return PredictionRow(
        id=number,
        model="m",
        version=1,
        data=artifact(f"d{number}"),
        predictions=artifact(f"p{number}"),
        rows=rows,
        run="r",
        at=at,
        first_at=at,
        last_at=at,
    )


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def requests(number: int, at: dt.datetime, answered: int = 0, failed: int = 1) -> SegmentRow:
    traffic = Traffic(answered=answered, statuses={"500": failed} if failed else {})
    return SegmentRow(
        id=number,
        segment=f"s{number}",
        model="m",
        version=1,
        role="champion",
        day=f"{at:%Y-%m-%d}",
        traffic=traffic,
        first_at=at,
        last_at=at,
    )


def looks(
    settings: WindowSettings, now: str, seen=(), labelled=(), mature="", segments=()
) -> Looks:
    return Looks(
        segments=segments,
        settings=settings,
        labels=LabelSettings(mature=mature),
        seen=seen,
        labelled=frozenset(labelled),
        now=at(now),
    )


def seen(
    name: str, rows: int, when: str, *, labelled: int = 0, batches=(1,), number: int = 1
) -> SeenWindow:
    facts = WindowFacts(name=name, rows=rows, labelled=labelled)
    return SeenWindow(id=number, facts=facts, batches=batches, run="r", at=at(when))


@pytest.mark.parametrize(
    ("unit", "moment", "name", "hours"),
    [
        ("day", "2026-03-29T12:00+02:00", "2026-03-29", 23),  # the clocks go forward
        ("day", "2026-10-25T12:00+01:00", "2026-10-25", 25),  # and back
        ("day", "2026-05-01T00:30+02:00", "2026-05-01", 24),  # yesterday by UTC
        ("week", "2027-01-01T12:00+01:00", "2026-W53", 168),  # by ISO 8601
        ("month", "2026-12-31T23:59+01:00", "2026-12", 744),
        ("hour", "2026-10-25T02:30+02:00", "2026-10-25T02+0200", 1),  # the first of the two
        ("hour", "2026-10-25T02:30+01:00", "2026-10-25T02+0100", 1),
    ],
)
def test_periods_of_a_calendar_are_those_of_its_time_zone(unit, moment, name, hours):
    periods = Periods.of(attrs.evolve(DAY, unit=unit))

    found = periods.at(at(moment))

    assert found.name == name
    assert found.starts <= at(moment) < found.ends
    assert found.ends - found.starts == dt.timedelta(hours=hours)


@given(
    moment=st.datetimes(
        dt.datetime(1971, 1, 1), dt.datetime(2090, 1, 1), timezones=st.just(dt.UTC)
    ),
    unit=st.sampled_from(["hour", "day", "week", "month", "time"]),
    zone=st.sampled_from(
        ["UTC", "Europe/Zurich", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]
    ),
)
def test_every_moment_lies_in_one_period_and_the_next_begins_where_it_ends(moment, unit, zone):
    by = "time" if unit == "time" else "calendar"
    settings = WindowSettings(
        by=by, unit="day" if by == "time" else unit, every="6h", timezone=zone
    )
    periods = Periods.of(settings)

    found = periods.at(moment)

    assert found.starts <= moment < found.ends
    assert periods.at(found.starts) == found
    assert periods.at(found.ends).starts == found.ends


def test_season_is_the_same_weekday_where_the_clocks_change_between():
    periods = Periods.of(attrs.evolve(DAY, season="7d"))

    before = periods.season_before(periods.at(at("2026-04-01T12:00+02:00")))

    assert before.name == "2026-03-25"


@given(
    sizes=st.lists(st.integers(0, 40), max_size=12),
    rows=st.integers(1, 25),
)
def test_windows_by_rows_hold_every_row_once_and_in_order(sizes, rows):
    log = [batch(n, at("2026-05-01T00:00Z"), size) for n, size in enumerate(sizes)]

    windows = cut(log, WindowSettings(by="rows", rows=rows))

    taken = [
        (part.row.id, number)
        for window in windows
        for part in window.parts
        for number in range(part.start, part.stop)
    ]
    every = [(row.id, number) for row in log for number in range(row.rows)]
    assert {window.rows for window in windows} <= {rows}
    assert taken == every[: len(every) // rows * rows]
    assert len({window.name for window in windows}) == len(windows)


def test_window_is_due_once_it_is_over_and_was_waited_for():
    log = [batch(1, at("2026-05-01T10:00+02:00")), batch(2, at("2026-05-02T10:00+02:00"))]
    settings = attrs.evolve(DAY, late="2h")

    early = looks(settings, "2026-05-02T01:00+02:00").due(log)
    later = looks(settings, "2026-05-02T02:00+02:00").due(log)

    assert early == ()
    assert [window.name for window in later] == ["2026-05-01"]


def test_window_is_looked_at_again_when_rows_of_it_came_late():
    log = [batch(1, at("2026-05-01T10:00+02:00")), batch(2, at("2026-05-01T11:00+02:00"))]
    before = seen("2026-05-01", 10, "2026-05-02T01:00+02:00")

    [again] = looks(DAY, "2026-05-03T00:00Z", [before]).due(log)

    assert again.rows == 20
    assert (
        looks(DAY, "2026-05-03T00:00Z", [seen("2026-05-01", 20, "2026-05-02T01:00Z")]).due(log)
        == ()
    )


@pytest.mark.parametrize(
    ("labelled", "looks_with_labels", "now", "is_due"),
    [
        (0, [], "2026-05-20T00:00Z", False),  # nobody brought any
        (0, [1], "2026-05-03T00:00Z", True),  # of its rows, since it was looked at
        (0, [2], "2026-05-20T00:00Z", False),  # of rows of another window
        (5, [], "2026-05-03T00:00Z", False),  # known then already
        (5, [], "2026-05-20T00:00Z", True),  # they had the time to come now
        (10, [1], "2026-05-03T00:00Z", True),  # they were corrected
    ],
)
def test_window_is_looked_at_again_for_its_labels(labelled, looks_with_labels, now, is_due):
    log = [batch(1, at("2026-05-01T10:00+02:00"))]
    before = seen("2026-05-01", 10, "2026-05-02T01:00Z", labelled=labelled)

    found = looks(DAY, now, [before], looks_with_labels, mature="7d").due(log)

    assert bool(found) == is_due


def test_window_is_mature_when_labels_had_the_time_to_come():
    log = [batch(1, at("2026-05-01T10:00+02:00"))]
    [window] = looks(DAY, "2026-05-03T00:00Z").due(log)

    assert not looks(DAY, "2026-05-08T21:59Z", mature="7d").is_mature(window)
    assert looks(DAY, "2026-05-08T22:00Z", mature="7d").is_mature(window)


def test_look_takes_what_was_scored_since_the_last_one():
    log = [batch(n, at("2026-05-01T10:00Z")) for n in (1, 2, 3)]
    first = seen("batch 1", 10, "2026-05-01T11:00Z")

    [window] = looks(WindowSettings(), "2026-05-02T00:00Z", [first]).due(log)

    assert window.name == "batches 2-3"
    assert list(window.parts) == [Part.whole(row) for row in log[1:]]
    last = seen("batches 2-3", 20, "2026-05-01T12:00Z", batches=(2, 3), number=2)
    assert looks(WindowSettings(), "2026-05-02T00:00Z", [first, last]).due(log) == ()
    labelled = looks(WindowSettings(), "2026-05-02T00:00Z", [first, last], labelled=[2])
    assert [window.name for window in labelled.due(log)] == ["batches 2-3"]


def test_no_more_windows_are_due_at_once_than_the_project_says():
    log = [batch(n, at(f"2026-05-{n:02}T10:00Z")) for n in range(1, 21)]
    settings = attrs.evolve(DAY, catch_up=3)

    found = looks(settings, "2026-06-01T00:00Z").due(log)

    assert [window.name for window in found] == ["2026-05-18", "2026-05-19", "2026-05-20"]


def test_windows_are_judged_by_late_labels_however_many_of_them_come_every_day():
    settings, start = WindowSettings(by="calendar", catch_up=5), at("2026-01-01T12:00Z")
    log, known, judged = [], [], {}
    for day in range(60):
        now = start + dt.timedelta(days=day + 1)
        log.append(batch(day + 1, start + dt.timedelta(days=day)))
        # Outcomes take up to ten days: each file has some of each of these, which is twice catch_up.
        recent = {f"{now - dt.timedelta(days=back):%Y-%m-%d}" for back in range(1, 11)}
        labelled = [look.id for look in known if look.facts.name in recent]
        look = looks(settings, now.isoformat(), known, labelled, mature="9d")
        for window in look.due(log):
            if look.is_mature(window):
                judged.setdefault(window.name, day)
            facts = WindowFacts(name=window.name, rows=window.rows, labelled=1)
            known.append(SeenWindow(id=len(known), facts=facts, batches=(), run="r", at=now))

    assert [row.first_at.date().isoformat() for row in log[:50]] == sorted(judged)[:50]
    assert all(
        judged[row.first_at.date().isoformat()] - place <= 10 for place, row in enumerate(log[:50])
    )


@pytest.mark.parametrize(
    ("settings", "now", "ends"),
    [
        (WindowSettings(), "2026-05-01T12:00Z", "2026-05-01T12:00Z"),
        (attrs.evolve(DAY, late="2h"), "2026-05-01T12:00Z", "2026-05-03T00:00Z"),
        (DAY, "2026-05-04T00:00Z", "2026-05-04T00:00Z"),
    ],
)
def test_silence_lasts_from_the_last_row_until_a_whole_period_has_passed(settings, now, ends):
    log = [batch(1, at("2026-05-01T10:00Z")), batch(2, at("2026-05-01T11:00Z"), rows=0)]

    found = silence(log, (), settings, at(now))

    assert (found.name, found.rows) == ("no rows since 2026-05-01T10:00:00Z", 0)
    assert (found.starts, found.ends) == (at("2026-05-01T10:00Z"), at(ends))


def test_there_is_no_silence_beside_a_window_that_lasts_until_now():
    log = [batch(1, at("2026-05-01T10:00Z"))]
    look = looks(WindowSettings(), "2026-05-01T12:00Z")

    assert silence(log, look.due(log), look.settings, look.now) is None
    assert silence([], (), look.settings, look.now) is None


def test_season_before_is_the_window_that_one_is_compared_with():
    log = [batch(n, at(f"2026-05-{n:02}T10:00Z")) for n in (1, 8, 10)]

    found = cut(log, attrs.evolve(DAY, season="7d"))

    seasons = {window.name: window.season and window.season.name for window in found}
    assert seasons == {"2026-05-01": None, "2026-05-08": "2026-05-01", "2026-05-10": None}


def test_requests_belong_to_the_period_of_their_moment_and_need_no_rows():
    log = [batch(1, at("2026-05-01T10:00+02:00"))]
    files = [
        requests(1, at("2026-05-01T10:00+02:00"), answered=8, failed=2),
        requests(2, at("2026-05-01T23:45+02:00"), failed=3),
        requests(3, at("2026-05-02T00:00+02:00"), failed=4),
        requests(4, at("2026-05-03T12:00+02:00"), answered=5, failed=0),
    ]

    found = cut(log, DAY, files)

    told = [(window.name, window.rows, window.traffic) for window in found]
    assert told == [
        ("2026-05-01", 10, Traffic(answered=8, statuses={"500": 5})),
        ("2026-05-02", 0, Traffic(statuses={"500": 4})),
    ], "of the third day nothing failed and nothing was logged"


def test_window_of_which_nobody_counts_the_requests_says_so():
    [found] = cut([batch(1, at("2026-05-01T10:00+02:00"))], DAY)

    assert found.traffic is None
    assert not found.has_failures


@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=8),
    rows=st.integers(1, 25),
    minutes=st.lists(st.integers(0, 600), max_size=12),
)
def test_a_file_of_requests_is_in_one_window_by_rows_at_most(sizes, rows, minutes):
    begins = at("2026-05-01T00:00+00:00")
    log = [batch(n, begins + dt.timedelta(hours=n), size) for n, size in enumerate(sizes, start=1)]
    files = [requests(n, begins + dt.timedelta(minutes=m)) for n, m in enumerate(minutes)]

    windows = cut(log, WindowSettings(by="rows", rows=rows), files)

    inside = [each.id for window in windows for each in window.segments]
    assert len(inside) == len(set(inside))
    if sum(sizes) % rows == 0:
        assert sorted(inside) == [each.id for each in files], "no rows wait for their window"


def test_requests_belong_to_the_rows_that_came_last_before_them():
    log = [batch(n, at(f"2026-05-01T0{n}:00+00:00"), 10) for n in (1, 2, 3)]
    files = [requests(n, at(f"2026-05-01T0{n}:30+00:00")) for n in (1, 2, 3)]

    found = cut(log, WindowSettings(by="rows", rows=15), files)

    assert [[each.id for each in window.segments] for window in found] == [[1], [2, 3]]


def test_window_in_which_all_failed_is_due_and_again_when_counts_come_late():
    files = [requests(1, at("2026-05-01T10:00+02:00"), failed=4)]
    name, noon = "2026-05-01", "2026-05-02T12:00+02:00"
    known = WindowFacts(name=name, traffic=Traffic(statuses={"500": 4}))
    look = SeenWindow(id=1, facts=known, batches=(), run="r", at=at(noon))
    late = [*files, requests(2, at("2026-05-01T11:00+02:00"))]

    def due(*seen: SeenWindow, segments=files) -> list[str]:
        found = looks(DAY, noon, seen, segments=segments).due([])
        return [window.name for window in found]

    assert due() == [name]
    assert due(look) == []
    assert due(look, segments=late) == [name]
    assert due(look, segments=[]) == [], "what was purged is no news"


def test_look_takes_the_requests_since_the_last_one_though_none_was_answered():
    log = [batch(1, at("2026-05-01T10:00+00:00"))]
    files = [
        requests(1, at("2026-05-01T10:00+00:00"), answered=10, failed=0),
        requests(2, at("2026-05-01T11:00+00:00"), failed=7),
    ]
    by_look = WindowSettings()
    facts = WindowFacts(name="batch 1", rows=10, traffic=files[0].traffic)
    look = SeenWindow(
        id=1, facts=facts, batches=(1,), run="r", at=at("2026-05-01T10:30+00:00"), segments=(1,)
    )
    now = "2026-05-01T12:00+00:00"

    [first] = looks(by_look, now, segments=files).due(log)
    [second] = looks(by_look, now, [look], segments=files).due(log)
    again = attrs.evolve(look, id=2, batches=(), segments=(2,))

    assert (first.name, first.traffic) == ("batch 1", Traffic(answered=10, statuses={"500": 7}))
    assert second.name == "requests from 2026-05-01T11:00:00Z"
    assert (second.rows, second.traffic) == (0, Traffic(statuses={"500": 7}))
    assert looks(by_look, now, [look, again], segments=files).due(log) == ()


def test_requests_that_a_day_had_are_no_news_to_who_looks_without_days_now():
    files = [requests(1, at("2026-05-01T10:00+00:00")), requests(2, at("2026-05-02T10:00+00:00"))]
    starts, ends = at("2026-05-01T00:00+00:00"), at("2026-05-02T00:00+00:00")
    facts = WindowFacts(name="2026-05-01", starts=starts, ends=ends, traffic=files[0].traffic)
    look = SeenWindow(id=1, facts=facts, batches=(), run="r", at=ends)

    [found] = looks(WindowSettings(), "2026-05-02T12:00+00:00", [look], segments=files).due([])

    assert [each.id for each in found.segments] == [2]


@pytest.mark.parametrize(("by", "counted"), [("rows", 7), ("time", None), ("look", None)])
def test_by_rows_alone_what_fails_after_the_last_row_is_of_the_time_without_rows(by, counted):
    log = [batch(1, at("2026-05-01T10:00+00:00"))]
    files = [requests(1, log[0].last_at), requests(2, at("2026-05-01T11:00+00:00"), failed=7)]

    found = silence(log, (), WindowSettings(by=by), at("2026-05-01T12:00+00:00"), files)

    assert (found.traffic and found.traffic.failed) == counted
