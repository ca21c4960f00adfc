"""What an observer has to hold: it hears everything, breaks nothing, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from fourstroke.plugins.calls import Caller
from fourstroke.plugins.observing import Events
from fourstroke.testing import happenings, reports
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.happenings import told
from fourstroke.testing.stages import Player, StageError, imprint, payload, stage_hooks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fourstroke.context import Context
    from fourstroke.plugins.specification import Hook
    from fourstroke.testing.happenings import Happening


class ObserveContract(Contract):
    """What every observer has to hold.

    The core keeps an observer that fails from failing the run; this contract asks that it does not
    fail.
    """

    stage = "observe"
    offered: ClassVar = {
        "journal": "what it heard can be read back, by the method `heard` of the contract"
    }

    def exercise(self) -> None:
        """Tell it a whole run, and let it watch every stage."""
        told(self.events(), happenings.of_success())
        for _ in self.watched():
            pass

    def events(self) -> Events:
        """Give the core's own way to tell observers something: this one alone."""
        return Events({"own": self.make()})

    def heard(self) -> Sequence[str]:
        """Read back the names of the events that it heard, in their order."""
        raise NotImplementedError("a contract of an observer with a journal says how it is read")

    def watched(self, *, failing: bool = False) -> Iterator[_Watched]:
        """Have every stage played with the observer around it."""
        caller = Caller({"own": Player(failing=failing)}, {"own": self.make()})
        for hook in stage_hooks():
            yield _Watched.of(hook, caller, self.context())

    def test_hears_a_run_that_succeeds(self) -> None:
        """All events of a run through the four cycles are taken without an exception."""
        _fine(told(self.events(), happenings.of_success()))

    def test_hears_a_run_that_fails(self) -> None:
        """All events of a run that failed at a step are taken without an exception."""
        _fine(told(self.events(), happenings.of_failure()))

    def test_hears_words_of_any_kind(self) -> None:
        """Names in any script, with markup and control characters, are taken as they come."""
        for words in ("Größe 年齢 🚀", reports.MARKUP, reports.CONTROL):
            _fine(told(self.events(), happenings.of_success(words=words)))

    def test_hears_several_runs(self) -> None:
        """One object hears one run after the other, and two that go on at the same time."""
        events = self.events()
        first, second = happenings.of_success("first"), happenings.of_failure("second")

        problems = told(events, first) + told(events, second)
        for pair in zip(first, second, strict=False):
            problems += told(events, pair)

        _fine(problems)

    def test_may_begin_in_the_middle(self) -> None:
        """Each event can be heard alone: `models deploy` has no first step."""
        for happening in happenings.of_success():
            _fine(happening.tell(self.events()))

    def test_changes_no_fact(self) -> None:
        """What it is told belongs to all observers: it stays as it was."""
        told_ = happenings.of_success()
        before = [imprint(each.facts) for each in told_]

        told(self.events(), told_)

        changed = [
            each.event
            for each, old in zip(told_, before, strict=True)
            if imprint(each.facts) != old
        ]
        expect(not changed, f"it changed what it was told at {', '.join(sorted(set(changed)))}")

    def test_watches_every_stage_without_failing(self) -> None:
        """Wrappers yield once, raise nothing, and give no other result."""
        for each in self.watched():
            expect(not each.messages, each.messages[0] if each.messages else "")

    def test_watches_stages_that_fail(self) -> None:
        """A stage's exception is no failure of the observer, and raises none of its own."""
        for each in self.watched(failing=True):
            expect(
                isinstance(each.error, StageError), f"{each.hook}: the stage's exception got lost"
            )
            expect(not each.messages, each.messages[0] if each.messages else "")

    def test_changes_no_result(self) -> None:
        """What a stage gave is the same with and without the observer, in every cell."""
        for each in self.watched():
            caller = Caller({"own": Player()}, {})
            alone = _Watched.of(each.called, caller, self.context())
            expect(
                imprint(each.result) == imprint(alone.result),
                f"around {each.hook} it changed the result in place",
            )

    def test_changes_no_payload(self) -> None:
        """What a stage is given is the same with and without the observer, in every cell."""
        for each in self.watched():
            expect(
                imprint(each.given) == imprint(payload(each.called, self.context())),
                f"around {each.hook} it changed what the stage was given",
            )

    @requires("journal")
    def test_keeps_every_event_in_its_order(self) -> None:
        """What it heard of a run is there in the order in which it was told."""
        run = happenings.of_success()
        told(self.events(), run)

        heard = list(self.heard())

        expected = _expected(run, heard)
        expect(heard, "it kept nothing of a whole run")
        expect(heard == expected, f"it kept {heard}, and was told {expected}")

    @requires("journal")
    def test_keeps_the_end_of_a_run_that_fails(self) -> None:
        """Of a run that fails it keeps the step that failed and the end."""
        run = happenings.of_failure()
        told(self.events(), run)

        heard = list(self.heard())

        expected = _expected(run, heard)
        expect(heard == expected, f"it kept {heard} of a run that failed, and was told {expected}")
        for event in ("step_finished", "run_finished"):
            expect(event in heard, f"it kept no {event} of a run that failed")


@attrs.define(eq=False)
class _Watched:
    """One stage that was played with the observer around it."""

    called: Hook
    given: dict[str, Any]
    result: Any = None
    error: Exception | None = None
    messages: tuple[str, ...] = ()

    @classmethod
    def of(cls, hook: Hook, caller: Caller, context: Context) -> _Watched:
        """Play a stage."""
        watched = cls(hook, payload(hook, context))
        try:
            watched.result = getattr(caller, hook.name)("own", **watched.given)
        except Exception as error:  # noqa: BLE001 - the plugin border: the check looks at it
            watched.error = error
        watched.messages = tuple(context.notes.messages)
        return watched

    @property
    def hook(self) -> str:
        """The name of the stage."""
        return self.called.name


def _fine(problems: Sequence[str]) -> None:
    expect(not problems, problems[0] if problems else "")


def _expected(run: Sequence[Happening], heard: Sequence[str]) -> list[str]:
    """Give the events of a run that this observer hears at all."""
    return [each.event for each in run if each.event in heard]
