"""The contract of monitors, kept by those of performance: windows come with outcomes here."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from fourstroke import Task
from fourstroke.testing import MonitorContract
from fourstroke.testing.windows import window_of
from fourstroke_performance import EstimatedPerformance, FairnessOverTime, Performance
from fourstroke_service_health import Health


class _Labelled(MonitorContract):
    """Give every batch its outcomes; people of the moved world turn out otherwise than before."""

    def watch(self, window, reference):
        batches = tuple(
            attrs.evolve(batch, labels=self.outcomes(batch.data)) for batch in window.batches
        )
        return super().watch(attrs.evolve(window, batches=batches), reference)

    def outcomes(self, data):
        turned = {"yes": "no", "no": "yes"}
        has_moved = "city" in data and bool(len(data)) and data["city"].eq("Trier").all()
        return (data["label"].map(turned) if has_moved else data["label"]).to_numpy()


class TestPerformance(_Labelled):
    plugin = Performance
    capabilities = ("profile", "alerts")
    false_alarm_rate = 0.01


class _Unsure(MonitorContract):
    """Make the model unsure of all people of the moved world."""

    def watch(self, window, reference):
        batches = tuple(
            attrs.evolve(batch, predictions=self.answers(batch)) for batch in window.batches
        )
        return super().watch(attrs.evolve(window, batches=batches), reference)

    def answers(self, batch):
        if not len(batch.data) or not batch.data["city"].eq("Trier").all():
            return batch.predictions
        share = batch.predictions["probability_yes"]
        nearer = 0.5 + (share - 0.5) / 4
        return batch.predictions.assign(probability_yes=nearer, probability_no=1 - nearer)


class TestEstimatedPerformance(_Unsure):
    plugin = EstimatedPerformance
    capabilities = ("profile", "alerts")
    false_alarm_rate = 0.01


class TestFairnessOverTime(_Labelled):
    plugin = FairnessOverTime
    capabilities = ("profile",)
    false_alarm_rate = 0.01
    task = Task(target="label", kind="binary", positive="yes", id="id", sensitive=("city", "age"))


class TestHealth(MonitorContract):
    plugin = Health


def test_moved_people_turn_out_otherwise():
    """The contract's own world has moved: without that, nothing would be shown by it."""
    contract = TestPerformance()
    data = contract.moved()

    assert contract.outcomes(data).tolist() != data["label"].tolist()
    assert np.array_equal(contract.outcomes(contract.usual(1)), contract.usual(1)["label"])


@pytest.mark.parametrize("plugin", [EstimatedPerformance, FairnessOverTime, Performance])
def test_without_a_reference_nothing_is_judged(plugin, tmp_path):
    contract = type("Held", (TestPerformance,), {"plugin": plugin})()
    contract.setup_method()

    found = contract.watch(window_of(contract.usual(1), task=contract.task), None)

    assert [each.status for each in found] == ["unknown"]
    assert "the next turn makes one" in found[0].why
    contract.teardown_method()
