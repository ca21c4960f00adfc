"""Health: how much came, how fresh it is, how fast it was answered, by a clock that a test sets."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from fourstroke import Batch, FourstrokeWarning, Window
from fourstroke_service_health import Health, duration
from fourstroke_service_health.watching import Bounds, watch

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def hours(count):
    return dt.timedelta(hours=count)


def bounds(**given):
    free = {"stale_after": None, "rate": (None, None), "latency": {}, "errors": None}
    return Bounds(**{**free, **given})


def batch(rows, at=NOON, requests=None):
    predictions = pd.DataFrame({"prediction": np.ones(rows)})
    return Batch(
        at=at, data=pd.DataFrame({"x": range(rows)}), predictions=predictions, requests=requests
    )


def requests(latencies, at=NOON, rows_each=1, **more):
    count = len(latencies)
    table = pd.DataFrame(
        {
            "request_id": [f"{at:%H%M}-{n}" for n in range(count)],
            "at": [at + dt.timedelta(seconds=n) for n in range(count)],
            "latency_seconds": latencies,
            **more,
        }
    )
    return table.loc[table.index.repeat(rows_each)].reset_index(drop=True)


def window(*batches, **facts):
    return Window(model="m", version=1, batches=batches, **facts)


def seen(of, now=NOON, **given):
    return {(each.name, each.statistic): each for each in watch(of, bounds(**given), now=now)}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("1.5h", 5400), ("7d", 604800), ("2w", 1209600)],
)
def test_lengths_of_time_are_read(text, seconds):
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["1 hour", "h", "-1h", "10"])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match="no length of time such as 90s"):
        Health(stale_after=text)


def test_row_older_than_the_limit_is_an_alert():
    late = window(batch(5))

    one_hour = seen(late, now=NOON + hours(1), stale_after=hours(1))["freshness", "age_seconds"]
    two_hours = seen(late, now=NOON + hours(2), stale_after=hours(1))["freshness", "age_seconds"]

    assert (one_hour.status, one_hour.value) == ("ok", 3600)
    assert (two_hours.status, two_hours.value, two_hours.threshold) == ("alert", 7200, 3600)
    assert two_hours.why == (
        "the last row is of 2026-05-01 12:00:00 UTC, 2 hours ago now; 60 minutes is the limit"
    )


def test_past_window_is_held_to_its_own_end():
    past = window(batch(5), starts=NOON - hours(12), ends=NOON + hours(0.5))

    found = seen(past, now=NOON + hours(1000), stale_after=hours(1))

    assert found["freshness", "age_seconds"].status == "ok"
    assert "at the end of the window" in found["freshness", "age_seconds"].why


def test_window_that_nothing_came_in_is_stale():
    empty = window(starts=NOON - hours(24), ends=NOON)

    found = seen(empty, stale_after=hours(6), rate=(1.0, None))

    assert found["freshness", "age_seconds"].status == "alert"
    assert found["volume", "rows_per_hour"].status == "alert"
    assert found["volume", "rows_per_hour"].value == 0


def test_no_rate_is_told_before_rows_are_due():
    empty = window(starts=NOON - hours(1), ends=NOON)

    assert seen(empty, rate=(2.9, None))["volume", "rows_per_hour"].status == "unknown"
    assert seen(empty, rate=(3.0, None))["volume", "rows_per_hour"].status == "alert"
    lasting = window(starts=NOON - hours(1), ends=NOON + hours(1))
    assert seen(lasting, rate=(3.0, None))["volume", "rows_per_hour"].status == "unknown"


def test_clock_behind_the_rows_is_told():
    found = seen(window(batch(1)), now=NOON - hours(3), stale_after=hours(1))

    assert found["freshness", "age_seconds"].status == "unknown"
    assert "3 hours ahead of the clock" in found["freshness", "age_seconds"].why


def test_rate_is_over_the_time_of_the_window():
    day = window(batch(60, NOON - hours(20)), batch(60), starts=NOON - hours(24), ends=NOON)

    found = seen(day, rate=(10.0, 20.0))["volume", "rows_per_hour"]

    assert (found.status, found.value, found.threshold) == ("alert", 5.0, 10.0)
    assert "at least 10 are due" in found.why
    assert seen(day, rate=(None, 4.0))["volume", "rows_per_hour"].status == "alert"
    assert seen(day, rate=(1.0, 20.0))["volume", "rows_per_hour"].status == "ok"


def test_window_that_still_lasts_counts_until_now():
    day = window(batch(60, NOON - hours(5)), starts=NOON - hours(6), ends=NOON + hours(18))

    assert seen(day)["volume", "rows_per_hour"].value == 10


def test_latency_is_that_of_requests_and_not_of_rows():
    slow = requests([0.9], rows_each=5000)
    fast = requests(np.linspace(0.001, 0.1, 999), at=NOON + hours(1))
    both = window(batch(5000, requests=slow), batch(999, requests=fast))
    every = np.concatenate([[0.9], np.linspace(0.001, 0.1, 999)])

    found = seen(both, latency={0.5: None, 0.95: None, 0.99: None})

    for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99")):
        assert found["latency", f"{name}_seconds"].value == pytest.approx(np.quantile(every, share))


def test_slow_answers_are_an_alert_beyond_chance_alone():
    random = np.random.default_rng(1)
    times = random.exponential(0.1, 2000)
    served = window(batch(2000, requests=requests(times)))
    p95 = float(np.quantile(times, 0.95))

    clear = seen(served, latency={0.95: p95 * 0.8})["latency", "p95_seconds"]
    close = seen(served, latency={0.95: p95 * 0.999})["latency", "p95_seconds"]

    assert clear.status == "alert"
    assert clear.low < clear.value < clear.high
    assert "is the limit" in clear.why
    assert close.status == "ok"


def test_few_requests_have_no_99th_percentile():
    found = seen(window(batch(50, requests=requests([0.1] * 50))), latency={0.5: 1.0, 0.99: 1.0})

    assert found["latency", "p50_seconds"].status == "ok"
    assert found["latency", "p99_seconds"].status == "unknown"
    assert "50 requests, and 200 are needed" in found["latency", "p99_seconds"].why


def test_errors_are_counted_where_the_log_has_them():
    statuses = [200] * 180 + [500] * 15 + [422] * 5
    served = window(batch(200, requests=requests([0.1] * 200, status=statuses)))

    found = seen(served, errors=0.01)["errors", "share"]

    assert (found.status, found.value) == ("alert", 0.075)
    assert seen(served, errors=0.07)["errors", "share"].status == "ok"


def test_log_without_errors_says_where_they_are():
    found = seen(window(batch(10)), errors=0.01)["errors", "share"]

    assert found.status == "unknown"
    assert "/metrics" in found.why


def test_without_limits_all_is_told_and_nothing_alerts():
    found = Health().monitor(window(batch(10), batch(20, NOON + hours(2))))

    assert {each.status for each in found} <= {"ok", "unknown"}
    assert {each.name: each.value for each in found}["volume"] == 15


def test_limit_that_cannot_alert_on_the_bundled_service_says_so():
    with pytest.warns(
        FourstrokeWarning, match="errors_max cannot alert on rows of fourstroke serve"
    ):
        Health(errors_max=0.01)
