"""Health: how much came, how fresh it is, how fast it was answered, by a clock that a test sets."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from fourstroke import Batch, Traffic, Window
from fourstroke_service_health import Health, duration
from fourstroke_service_health.watching import Bounds, watch

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def hours(count):
    return dt.timedelta(hours=count)


def bounds(**given):
    free = {
        "stale_after": None,
        "rate": (None, None),
        "latency": {},
        "errors": None,
        "refused": None,
    }
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


def asked(answered=0, **statuses):
    return Traffic(answered=answered, statuses={code[1:]: n for code, n in statuses.items()})


def errors_of(traffic, limit=0.01, **facts):
    return seen(window(batch(1), traffic=traffic, **facts), errors=limit)["errors", "share"]


def test_errors_are_of_the_requests_that_were_not_refused():
    found = errors_of(asked(1163, _500=60, _503=17, _422=300))

    assert (found.status, found.value, found.threshold) == ("alert", 77 / 1240, 0.01)
    assert found.why == "6.21 % of 1,240 requests failed: 60 with 500, 17 with 503; at most 1 % may"
    interval = binomtest(77, 1240).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize(
    ("traffic", "limit", "status"),
    [
        (asked(2, _500=1), 0.01, "unknown"),
        (asked(0, _500=2), 0.01, "unknown"),
        (asked(0, _500=3), 0.01, "alert"),
        (asked(299), 0.01, "unknown"),
        (asked(300), 0.01, "ok"),
        (asked(990, _500=10), 0.01, "ok"),
        (asked(988, _500=12), 0.01, "ok"),
        (asked(970, _500=30), 0.01, "alert"),
        (asked(999, _500=1), 0.0, "alert"),
        (asked(1), 0.0, "ok"),
        (asked(0, _422=9), 0.01, "unknown"),
        (asked(0, _500=9), None, "ok"),
        (None, 0.01, "unknown"),
    ],
)
def test_few_failures_page_nobody_and_many_always(traffic, limit, status):
    assert errors_of(traffic, limit).status == status


def test_service_at_its_limit_alerts_in_one_window_of_twenty_at_most():
    random = np.random.default_rng(5)
    for requested in (50, 300, 3000):
        failed = random.binomial(requested, 0.01, 2000)
        few, counts = np.unique(failed, return_counts=True)
        alarms = sum(
            many
            for each, many in zip(few.tolist(), counts.tolist(), strict=True)
            if errors_of(asked(requested - each, _500=each)).status == "alert"
        )
        assert alarms / 2000 < 0.05


def test_what_is_known_of_too_few_requests_is_told():
    assert errors_of(asked(2, _500=1)).why == (
        "33.3 % of 3 requests failed: 1 with 500; 300 are needed to hold them to 1 %"
    )
    assert "chance alone may make of 1 %" in errors_of(asked(988, _500=12)).why
    assert errors_of(asked(0, _422=9)).why == "all 9 requests were refused"


def test_refused_requests_are_a_figure_of_their_own_with_a_limit_of_its_own():
    served = window(batch(80), traffic=asked(80, _500=100, _422=15, _413=5))

    free, held = (seen(served, refused=limit)["refused", "share"] for limit in (None, 0.02))

    assert (free.status, free.value) == ("ok", 0.1)
    assert held.status == "alert"
    assert held.why == (
        "10 % of 200 requests were refused for what they held: 5 with 413, 15 with 422; at most 2 % may"
    )


def test_window_in_which_everything_failed_is_judged_without_a_row():
    outage = window(traffic=asked(0, _500=40), starts=NOON - hours(1), ends=NOON)

    found = seen(outage, errors=0.05)

    assert found["errors", "share"].status == "alert"
    assert found["errors", "share"].value == 1.0
    assert ("latency", "p50_seconds") not in found
    assert Health.watches_failures


def test_where_nobody_counts_failures_their_share_is_unknown_and_not_zero():
    scored = seen(window(batch(10)), errors=0.01)["errors", "share"]
    served = seen(window(batch(10, requests=requests([0.1] * 10))), errors=0.01, refused=0.1)

    assert (scored.status, scored.value) == ("unknown", None)
    assert "files that were scored had no requests" in scored.why
    assert "nobody counted failed requests" in served["errors", "share"].why
    assert served["refused", "share"].status == "unknown"
    silent = seen(window(starts=NOON - hours(1), ends=NOON), errors=0.01)
    assert ("errors", "share") not in silent


def test_without_limits_all_is_told_and_nothing_alerts():
    found = Health().monitor(window(batch(10), batch(20, NOON + hours(2))))

    assert {each.status for each in found} <= {"ok", "unknown"}
    assert {each.name: each.value for each in found}["volume"] == 15


@pytest.mark.parametrize("name", ["errors_max", "refused_max"])
def test_share_beyond_all_requests_is_refused(name):
    with pytest.raises(ValueError, match=name):
        Health(**{name: 1.01})
