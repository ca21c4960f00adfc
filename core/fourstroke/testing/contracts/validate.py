"""What a validator has to hold: closed where it cannot tell, and never open."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import attrs

from fourstroke.entities.facts import Evaluation
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.scored import candidate_of, evaluation_of
from fourstroke.testing.tables import difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.entities.facts import Check
    from fourstroke.entities.model import Candidate
    from fourstroke.typing import FunctionPlugin, Validates


class ValidateContract(Contract):
    """What every validator has to hold: `good` passes, `bad` does not.

    The checks about metrics hold for those that claim ``metric``: by default the plugin asks for
    something of the metric ``accuracy``.
    """

    stage = "validate"
    offered: ClassVar = {
        "metric": "it goes by a metric: one that is missing or NaN fails",
        "champion": "it compares with the champion",
    }
    plugin: ClassVar[Validates | Callable[..., Validates] | FunctionPlugin]

    def good(self) -> Candidate:
        """Give a candidate that passes; a new one at each call."""
        return candidate_of(self.task, share_right=0.9)

    def bad(self) -> Candidate:
        """Give a candidate that has to be refused; a new one at each call."""
        return candidate_of(self.task, share_right=0.1)

    def champion(self) -> Candidate | None:
        """Give the version in production that candidates are compared with."""
        return candidate_of(self.task, share_right=0.85, name="champion", version=3)

    def validate(self, candidate: Candidate, champion: Candidate | None = None) -> Sequence[Check]:
        """Call the plugin as a step does."""
        return self.caller().validate(
            "own", candidate=candidate, champion=champion, context=self.context()
        )

    def exercise(self) -> None:
        """Validate once."""
        self.validate(self.good(), self.champion())

    def test_good_candidate_passes(self) -> None:
        """Nothing says no about a good candidate."""
        found = self.validate(self.good(), self.champion())

        expect(not any(each.says_no for each in found), f"it refused a good one: {_told(found)}")

    def test_bad_candidate_is_refused(self) -> None:
        """At least one check says no about a bad candidate."""
        found = self.validate(self.bad(), self.champion())

        expect(any(each.says_no for each in found), f"a bad one passed: {_told(found)}")

    def test_something_is_checked(self) -> None:
        """At least one check comes back: a candidate that nobody looked at is not a good one."""
        expect(len(self.validate(self.good(), self.champion())) > 0, "it gave no check at all")

    def test_checks_have_names_of_their_own(self) -> None:
        """Two checks are told apart by their names."""
        names = [each.name for each in self.validate(self.good(), self.champion())]

        expect(all(name.strip() for name in names), "a check has no name")
        expect(len(set(names)) == len(names), f"a name comes twice: {sorted(names)}")

    def test_checks_that_say_no_say_why(self) -> None:
        """Whoever reads a refusal reads what was found, or why."""
        for each in self.validate(self.bad(), self.champion()):
            told = each.why.strip() or each.observed is not None
            expect(not each.says_no or told, f"{each.name} says no, and not why")

    def test_first_candidate_needs_no_champion(self) -> None:
        """Without a version in production a good candidate is decided, without an exception."""
        found = self.validate(self.good(), None)

        expect(len(found) > 0, "without a champion it gave no check")

    def test_same_candidate_gives_the_same_checks(self) -> None:
        """Validating twice gives equal checks."""
        first = self.validate(self.good(), self.champion())
        second = self.validate(self.good(), self.champion())

        expect(list(first) == list(second), "the second time it gave other checks")

    def test_candidate_and_champion_are_left_alone(self) -> None:
        """Neither the rows nor the predictions are changed."""
        candidate, champion = self.good(), self.champion()
        self.validate(candidate, champion)

        for found, before in ((candidate, self.good()), (champion, self.champion())):
            if found is None or before is None or found.data is None:
                continue
            told = difference(found.data, before.data, has_index=True) or difference(
                found.predictions, before.predictions, has_index=True
            )
            expect(not told, f"a table of {found.name} was changed: {told}")

    @requires("metric")
    def test_missing_metric_fails(self) -> None:
        """A metric that was not measured at all fails."""
        bare = attrs.evolve(self.good(), evaluation=Evaluation(metrics=()))
        found = self.validate(bare, self.champion())

        expect(any(each.says_no for each in found), f"without a metric it passed: {_told(found)}")

    @requires("metric")
    def test_metric_that_is_no_number_fails(self) -> None:
        """NaN, infinity and no value at all fail: they are not below a bound, nor above."""
        for value in (math.nan, math.inf, -math.inf, None):
            evaluation = evaluation_of(value, why="it could not be measured")
            found = self.validate(attrs.evolve(self.good(), evaluation=evaluation), self.champion())
            expect(any(each.says_no for each in found), f"{value} passed: {_told(found)}")

    @requires("champion")
    def test_worse_than_the_champion_is_refused(self) -> None:
        """A candidate that is far worse than the version in production is refused."""
        best = candidate_of(self.task, share_right=0.99, name="champion", version=3)
        found = self.validate(candidate_of(self.task, share_right=0.6), best)

        expect(any(each.says_no for each in found), f"far worse, and passed: {_told(found)}")

    @requires("champion")
    def test_champion_without_metrics_is_not_passed_over(self) -> None:
        """A champion that could not be measured is no reason to take any candidate."""
        champion = candidate_of(self.task, share_right=0.85, name="champion", version=3)
        unmeasured = attrs.evolve(champion, evaluation=Evaluation(metrics=()))
        found = self.validate(self.good(), unmeasured)

        expect(any(each.says_no for each in found), f"it passed uncompared: {_told(found)}")


def _told(found: Sequence[Check]) -> str:
    return "; ".join(f"{each.name}: {each.status}" for each in found) or "nothing"
