"""The contract of observers: the bundled one keeps it; a wrong one fails the check meant for it."""

from __future__ import annotations

import json

import attrs
import pytest
from wrong import failed_checks

from fourstroke import hookimpl, plugin
from fourstroke.testing import happenings
from fourstroke.testing.contracts.observe import ObserveContract
from fourstroke_logging import LogObserver

PLACE = {"path": "events.jsonl"}
JOURNAL = frozenset({"journal"})


class TestLogObserver(ObserveContract):
    plugin = LogObserver
    settings = PLACE
    capabilities = JOURNAL

    def heard(self):
        lines = (self.folder / "events.jsonl").read_text().splitlines()
        return [json.loads(line)["event"] for line in lines]


@plugin
class Plain:
    """Hear some events and watch some stages: right in all, the base of what is wrong in one."""

    journal: list = attrs.field(factory=list)

    @hookimpl
    def run_started(self, run):
        self.keep("run_started", run)

    @hookimpl
    def step_finished(self, run, step):
        self.keep("step_finished", run)
        self.look(step)

    @hookimpl
    def alert_raised(self, run, alert):
        self.keep("alert_raised", run)
        alert.title.encode(errors="replace")

    @hookimpl
    def run_finished(self, run):
        self.keep("run_finished", run)

    @hookimpl(wrapper=True)
    def prepare(self, data):
        self.see(data)
        result = yield
        self.see(result)
        return result

    @hookimpl(wrapper=True)
    def deploy(self):
        return (yield)

    def keep(self, event, run):
        self.journal.append(event)

    def look(self, step):
        pass

    def see(self, data):
        pass


class PlainContract(ObserveContract):
    capabilities = JOURNAL

    def make(self):
        self.made = super().make()
        return self.made

    def heard(self):
        return self.made.journal


@plugin
class FailsInTheEnd(Plain):
    """Raise at an alert, which a run that fails has not."""

    @hookimpl
    def alert_raised(self, run, alert):
        if run == "20260105-083000-good" and alert.title == "people" and len(self.journal) > 3:
            raise OSError("nobody listens")


@plugin
class FearsFailures(Plain):
    """Take it that each step succeeds."""

    def look(self, step):
        if step.state == "failed" and len(self.journal) == 2:
            raise ValueError(step.state)


@plugin
class WritesAscii(Plain):
    """Have names in ASCII alone."""

    def look(self, step):
        step.name.encode("ascii")


@plugin
class KnowsOneRun(Plain):
    """Take every event for one of the first run."""

    def keep(self, event, run):
        Plain.keep(self, event, run)
        if event == "run_started" and self.journal.count(event) > 1:
            raise RuntimeError("a second run")


@plugin
class NeedsABeginning(Plain):
    """Look up what it heard at the beginning."""

    def keep(self, event, run):
        Plain.keep(self, event, run)
        self.journal.index("run_started")


@plugin
class ChangesFacts(Plain):
    """Take secrets out of the settings that everybody sees."""

    def look(self, step):
        step.settings.pop("path", None)


@plugin
class YieldsTwice(Plain):
    """Wrap a stage twice."""

    @hookimpl(wrapper=True)
    def deploy(self):
        yield
        yield


@plugin
class HidesFailures(Plain):
    """Fail when a stage does."""

    @hookimpl(wrapper=True)
    def deploy(self):
        try:
            return (yield)
        except Exception as error:
            raise OSError("it cannot be told") from error


@plugin
class ChangesResults(Plain):
    """Put the age of people right, afterwards."""

    @hookimpl(wrapper=True)
    def collect(self):
        table = yield
        table["age"] += 1
        return table


@plugin
class ChangesPayload(Plain):
    """Mark what its stage was given, once that is over."""

    @hookimpl(wrapper=True)
    def split(self, data):
        result = yield
        data["seen"] = True
        return result


@plugin
class TurnsEventsAround(Plain):
    """Keep the latest event first."""

    def keep(self, event, run):
        self.journal.insert(0 if run.endswith("good") else len(self.journal), event)


@plugin
class StopsAtFailures(Plain):
    """Keep nothing once a step has failed."""

    def keep(self, event, run):
        if not run.endswith("bad"):
            Plain.keep(self, event, run)


@plugin
class Prints(Plain):
    """Tell people on stdout."""

    def see(self, data):
        print(len(data))


def test_plain_observer_keeps_the_contract():
    assert failed_checks(PlainContract, Plain) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (FailsInTheEnd, "test_hears_a_run_that_succeeds"),
        (FearsFailures, "test_hears_a_run_that_fails"),
        (WritesAscii, "test_hears_words_of_any_kind"),
        (KnowsOneRun, "test_hears_several_runs"),
        (NeedsABeginning, "test_may_begin_in_the_middle"),
        (ChangesFacts, "test_changes_no_fact"),
        (YieldsTwice, "test_watches_every_stage_without_failing"),
        (HidesFailures, "test_watches_stages_that_fail"),
        (ChangesResults, "test_changes_no_result"),
        (ChangesPayload, "test_changes_no_payload"),
        (TurnsEventsAround, "test_keeps_every_event_in_its_order"),
        (StopsAtFailures, "test_keeps_the_end_of_a_run_that_fails"),
        (Prints, "test_prints_nothing"),
    ],
)
def test_wrong_observer_fails_the_check_meant_for_it(wrong, expected):
    assert failed_checks(PlainContract, wrong) == [expected]


RECORDER = '''
from fourstroke import hookimpl, plugin

@plugin
class Recorder:
    """Write down each event."""

    def tell(self, event):
        with open("heard.txt", "a") as file:
            file.write(event + "\\n")
'''
for event in ("run_started", "step_started", "step_finished", "dataset_published", "run_finished"):
    RECORDER += f"\n    @hookimpl\n    def {event}(self):\n        self.tell('{event}')\n"


def test_contract_tells_a_failing_run_as_the_engine_does(fourstroke_project, monkeypatch):
    project = fourstroke_project(
        """
        [data.collect]
        use = "own.py:fail"

        [[data.check]]

        [[observe]]
        use = "recorder.py:Recorder"
        """,
        files={"own.py": "def fail():\n    raise KeyError('income')\n", "recorder.py": RECORDER},
    )
    monkeypatch.chdir(project.config.root)

    project.run()

    heard = (project.config.root / "heard.txt").read_text().split()
    told = [each.event for each in happenings.of_failure()]
    assert [event for event, _ in zip(heard, told, strict=False)][:3] == told[:3]
    assert heard[-1] == told[-1]
