"""The contracts of monitors, alerts and retraining: kept by what is bundled, failed by what is wrong."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from wrong import failed_checks

from fourstroke import Decision, Observation, hookimpl, plugin
from fourstroke.testing import AlertContract, MonitorContract, RetrainContract
from fourstroke.testing.contracts.monitor import binomial_quantile
from fourstroke.testing.windows import window_of
from fourstroke_drift import Drift, MultivariateDrift
from fourstroke_logging import LogAlert, LogMonitor
from fourstroke_policy import Never, OnAlert, Triggers
from fourstroke_quality import Quality

RATE = "test_usual_windows_are_quiet_at_the_promised_rate"


class TestDrift(MonitorContract):
    plugin = Drift
    capabilities = ("profile", "alerts")


class TestMultivariateDrift(MonitorContract):
    plugin = MultivariateDrift
    settings = {"sample": 300}
    capabilities = ("profile", "alerts")
    window_rows = 100

    def test_usual_windows_are_quiet_at_the_promised_rate(self):
        """A tenth of the windows that others see, because each has classifiers of its own."""
        reference = self.reference()

        seen = [self.watch(window_of(self.usual(n), task=self.task), reference) for n in range(20)]

        loud = sum(any(each.status == "alert" for each in found) for found in seen)
        assert loud <= binomial_quantile(20, 0.01, 1e-4)


class TestQuality(MonitorContract):
    plugin = Quality
    capabilities = ("profile",)


class TestLogMonitor(MonitorContract):
    plugin = LogMonitor


class TestLogAlert(AlertContract):
    plugin = LogAlert
    settings = {"path": "alerts.jsonl"}
    capabilities = ("text",)


class TestOnAlert(RetrainContract):
    plugin = OnAlert
    capabilities = ("alerts",)


class TestTriggers(RetrainContract):
    plugin = Triggers
    capabilities = ("alerts",)


class TestNever(RetrainContract):
    plugin = Never


@plugin
class Means:
    """Watch the mean of each column of numbers."""

    limit: float = 6.0

    capabilities = frozenset({"profile", "alerts"})

    @hookimpl
    def profile(self, data):
        numbers = data.select_dtypes("number")
        return {name: [float(numbers[name].mean()), float(numbers[name].std())] for name in numbers}

    @hookimpl
    def monitor(self, window, reference):
        return [self.seen(name, known, window) for name, known in (reference or {}).items()]

    def seen(self, name, known, window):
        values = [
            float(value)
            for batch in window.batches
            if name in batch.data
            for value in batch.data[name].dropna()
        ]
        told = {"name": "mean", "column": name, "threshold": self.limit}
        if len(values) < 30:
            return Observation(**told, status="unknown", why="too few rows")
        errors = abs(sum(values) / len(values) - known[0]) / (known[1] / len(values) ** 0.5)
        return Observation(**told, status="alert" if errors > self.limit else "ok", value=errors)


@plugin
class CriesWolf(Means):
    """Raise an alert at each breath."""

    limit: float = 1.0


@plugin
class SeesNothing(Means):
    """Observe nothing while all is well."""

    @hookimpl
    def monitor(self, window, reference):
        return [each for each in Means.monitor(self, window, reference) if each.status == "alert"]


@plugin
class RepeatsItself(Means):
    """Say everything twice."""

    @hookimpl
    def monitor(self, window, reference):
        return Means.monitor(self, window, reference) * 2


@plugin
class GivesNoReason(Means):
    """Raise alerts without a word."""

    @hookimpl
    def monitor(self, window, reference):
        return [attrs.evolve(each, value=None) for each in Means.monitor(self, window, reference)]


@plugin
class GivesInfinity(Means):
    """Divide by nothing."""

    @hookimpl
    def monitor(self, window, reference):
        found = Means.monitor(self, window, reference)
        return [attrs.evolve(each, value=float("inf")) for each in found]


@plugin
class CountsCalls(Means):
    """Remember how often it looked."""

    @hookimpl
    def monitor(self, window, reference):
        CALLS.append(1)
        return [
            attrs.evolve(each, why=f"call {len(CALLS)}")
            for each in Means.monitor(self, window, reference)
        ]


CALLS: list[int] = []


@plugin
class ChangesWindow(Means):
    """Fill gaps in the rows of others."""

    @hookimpl
    def monitor(self, window, reference):
        for batch in window.batches:
            if "age" in batch.data:
                batch.data["age"] = batch.data["age"].fillna(45.0)
        return Means.monitor(self, window, reference)


@plugin
class AlarmedByNothing(Means):
    """Take no rows for a drift."""

    @hookimpl
    def monitor(self, window, reference):
        if not sum(len(batch.data) for batch in window.batches):
            return [Observation(name="volume", status="alert", value=0)]
        return Means.monitor(self, window, reference)


@plugin
class AlarmedByOne(Means):
    """Take one row for a drift."""

    @hookimpl
    def monitor(self, window, reference):
        if sum(len(batch.data) for batch in window.batches) == 1:
            return [Observation(name="volume", status="alert", value=1)]
        return Means.monitor(self, window, reference)


@plugin
class SilencedByOne(Means):
    """Look at nothing when one column is missing."""

    @hookimpl
    def monitor(self, window, reference):
        if any("age" not in batch.data for batch in window.batches):
            return []
        return Means.monitor(self, window, reference)


@plugin
class FallsOverGaps(Means):
    """Divide by the number of values."""

    @hookimpl
    def monitor(self, window, reference):
        for batch in window.batches:
            if "age" in batch.data and len(batch.data) and batch.data["age"].isna().all():
                raise ZeroDivisionError("no value")
        return Means.monitor(self, window, reference)


@plugin
class LooksAtOneBatch(Means):
    """Look at the last batch alone."""

    def seen(self, name, known, window):
        last = attrs.evolve(window, batches=window.batches[-1:])
        found = Means.seen(self, name, known, last)
        return attrs.evolve(found, status="unknown") if len(window.batches) > 1 else found


@plugin
class KeepsAllRows(Means):
    """Keep the rows themselves."""

    @hookimpl
    def profile(self, data):
        return Means.profile(self, data) | {"rows": data.to_csv()}

    @hookimpl
    def monitor(self, window, reference):
        known = {name: each for name, each in (reference or {}).items() if name != "rows"}
        return Means.monitor(self, window, known)


@plugin
class Sleeps(Means):
    """See no drift."""

    limit: float = 1e9


@pytest.mark.parametrize(
    ("plugin_", "expected"),
    [
        (Means, []),
        (SeesNothing, ["test_something_is_observed"]),
        (RepeatsItself, ["test_observations_are_told_apart"]),
        (GivesNoReason, ["test_alert_has_a_value_and_a_reason"]),
        (GivesInfinity, ["test_values_are_numbers"]),
        (CountsCalls, ["test_same_window_gives_the_same_observations"]),
        (ChangesWindow, ["test_window_and_reference_are_left_alone"]),
        (AlarmedByNothing, ["test_window_without_rows_is_no_alert"]),
        (AlarmedByOne, ["test_one_row_is_no_alert"]),
        (SilencedByOne, ["test_missing_column_does_not_silence_the_others"]),
        (FallsOverGaps, ["test_hollow_columns_are_taken"]),
        (LooksAtOneBatch, ["test_several_batches_are_one_window"]),
        (KeepsAllRows, ["test_profile_is_small"]),
        (Sleeps, ["test_moved_world_raises_an_alert"]),
    ],
)
def test_monitor_fails_the_check_meant_for_it(plugin_, expected):
    assert failed_checks(MonitorContract, plugin_, without={RATE}) == expected


@pytest.mark.parametrize(("plugin_", "is_honest"), [(Means, True), (CriesWolf, False)])
def test_rate_of_false_alarms_is_measured(plugin_, is_honest):
    assert (RATE not in failed_checks(MonitorContract, plugin_)) is is_honest


@plugin
class Lines:
    """Append each alert to a file."""

    path: Path

    capabilities = frozenset({"text"})

    @hookimpl
    def alert(self, alert):
        text = self.plain(f"{alert.title}: {alert.text}")
        with self.path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(f"{text}\n")
        return True

    def plain(self, text):
        return "".join(each if each.isprintable() else f"<{ord(each):x}>" for each in text)


@plugin
class SaysItFailed(Lines):
    """Send, and say that it did not."""

    @hookimpl
    def alert(self, alert):
        Lines.alert(self, alert)
        return False


@plugin
class FallsOverStrangers(Lines):
    """Take plain text alone."""

    @hookimpl
    def alert(self, alert):
        if not alert.title.isprintable():
            raise UnicodeError("strange")
        return Lines.alert(self, alert)


@plugin
class HasNoRoom(Lines):
    """Take short texts alone."""

    @hookimpl
    def alert(self, alert):
        return len(alert.text) < 1000 and Lines.alert(self, alert)


@plugin
class WantsText(Lines):
    """Fall over an alert that has none."""

    @hookimpl
    def alert(self, alert):
        return bool(alert.text) and Lines.alert(self, alert)


@plugin
class SendsOnce(Lines):
    """Send each alert once for ever."""

    @hookimpl
    def alert(self, alert):
        return not self.path.exists() and Lines.alert(self, alert)


@plugin
class LosesTitle(Lines):
    """Send the text alone."""

    @hookimpl
    def alert(self, alert):
        return Lines.alert(self, attrs.evolve(alert, title=""))


@plugin
class SteersTerminals(Lines):
    """Send whatever comes."""

    def plain(self, text):
        return text


@pytest.mark.parametrize(
    ("plugin_", "expected"),
    [
        (Lines, set()),
        (SaysItFailed, {"test_delivery_is_told"}),
        (FallsOverStrangers, {"test_hostile_text_is_sent"}),
        (HasNoRoom, {"test_long_text_is_sent"}),
        (WantsText, {"test_empty_text_is_sent"}),
        (SendsOnce, {"test_alert_may_be_sent_twice"}),
        (LosesTitle, {"test_title_is_sent"}),
        (SteersTerminals, {"test_control_characters_are_not_sent"}),
    ],
)
def test_channel_fails_the_check_meant_for_it(plugin_, expected):
    failed = set(failed_checks(AlertContract, plugin_, settings={"path": "alerts.txt"}))

    assert failed >= expected
    assert bool(failed) is bool(expected)


@plugin
class ByAlerts:
    """Turn again after an alert."""

    capabilities = frozenset({"alerts"})

    @hookimpl
    def retrain(self, report):
        return Decision(answer="yes" if report.alerts else "no", why=f"{len(report.alerts)} alerts")


@plugin
class WithoutReason(ByAlerts):
    """Do not say why."""

    @hookimpl
    def retrain(self, report):
        return attrs.evolve(ByAlerts.retrain(self, report), why="")


@plugin
class ByTurns(ByAlerts):
    """Count how often it was asked."""

    @hookimpl
    def retrain(self, report):
        CALLS.append(1)
        return attrs.evolve(ByAlerts.retrain(self, report), why=f"call {len(CALLS)}")


@plugin
class FallsOverNothing(ByAlerts):
    """Look at the first observation."""

    @hookimpl
    def retrain(self, report):
        report.observations[0]
        return ByAlerts.retrain(self, report)


@plugin
class TurnsInDoubt(ByAlerts):
    """Turn when nothing is known."""

    @hookimpl
    def retrain(self, report):
        if any(each.status == "unknown" for each in report.observations):
            return Decision(answer="yes", why="who knows")
        return ByAlerts.retrain(self, report)


@plugin
class TurnsAlways(ByAlerts):
    """Turn when all is well."""

    @hookimpl
    def retrain(self, report):
        if all(each.status == "ok" for each in report.observations):
            return Decision(answer="yes", why="why not")
        return ByAlerts.retrain(self, report)


@plugin
class NeverTurns(ByAlerts):
    """Claim alerts, and ignore them."""

    @hookimpl
    def retrain(self, report):
        return Decision(answer="no", why="never")


@pytest.mark.parametrize(
    ("plugin_", "expected"),
    [
        (ByAlerts, []),
        (WithoutReason, ["test_answer_has_a_reason"]),
        (ByTurns, ["test_same_report_gets_the_same_answer"]),
        (FallsOverNothing, ["test_window_without_anything_is_decided"]),
        (TurnsInDoubt, ["test_doubt_is_no_reason_to_turn"]),
        (TurnsAlways, ["test_quiet_window_is_no_reason_to_turn"]),
        (NeverTurns, ["test_alerts_are_a_reason_to_turn"]),
    ],
)
def test_rule_fails_the_check_meant_for_it(plugin_, expected):
    assert failed_checks(RetrainContract, plugin_) == expected
