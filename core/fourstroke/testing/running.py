"""Run a contract without a test runner: what ``fourstroke plugins check`` does."""

from __future__ import annotations

import contextlib
import traceback
import unittest
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    from fourstroke.testing.contract import CheckCase, Contract

State = Literal["passed", "failed", "not applicable", "waived", "skipped"]


@attrs.frozen
class CheckResult:
    """How one check ended, and why."""

    case: CheckCase
    state: State
    why: str = ""
    trace: str = attrs.field(default="", repr=False)


@attrs.frozen
class ContractResult:
    """How the checks of one contract ended.

    Parameters
    ----------
    contract : str
        Its name.
    results : tuple of CheckResult
        One a check.
    least : int
        How many have to run: all that the contract ships, but for those that are not applicable or
        waived. A check that is skipped, or overridden by nothing, is missing here.
    """

    contract: str
    results: tuple[CheckResult, ...]
    least: int

    def count(self, *states: State) -> int:
        """Count the checks that ended so."""
        return sum(result.state in states for result in self.results)

    @property
    def ran(self) -> int:
        """How many checks ran, whatever came of it."""
        return self.count("passed", "failed")

    @property
    def is_kept(self) -> bool:
        """Whether no check failed, and as many ran as had to."""
        return not self.count("failed") and self.ran >= self.least

    @property
    def summary(self) -> str:
        """The line that says it all: how many checks there are, ran, and failed."""
        line = (
            f"{len(self.results)} checks: {self.ran} ran, "
            f"{self.count('not applicable')} not applicable, {self.count('waived')} waived, "
            f"{self.count('failed')} failed"
        )
        if self.ran < self.least:
            line += f"; too few ran: {self.least} had to"
        return line


def run_contract(
    contract: type[Contract],
    *,
    told: Callable[[CheckResult], None] | None = None,
    without: Collection[str] = (),
) -> ContractResult:
    """Run the checks of a contract.

    Parameters
    ----------
    contract : type
        A contract that names its plugin.
    told : callable, optional
        Hears each result as it comes.
    without : collection of str
        Checks to leave out; then too few run.
    """
    results = []
    for case in contract.checks():
        if case.name in without:
            continue
        result = run_check(contract, case)
        results.append(result)
        if told is not None:
            told(result)
    return ContractResult(contract.__name__, tuple(results), least_of(contract))


def least_of(contract: type[Contract]) -> int:
    """Count the checks that have to run for a plugin with these claims and waivers."""
    return sum(
        case.is_shipped and not inapplicable(contract, case) and case.name not in contract.waived
        for case in contract.checks()
    )


def inapplicable(contract: type[Contract], case: CheckCase) -> str:
    """Say why a check does not apply; nothing if it does."""
    if not case.capability or case.capability in contract.claimed():
        return ""
    return f"it does not claim {case.capability!r}"


def run_check(contract: type[Contract], case: CheckCase) -> CheckResult:
    """Run one check of a contract, if it applies, and weigh it against its waiver."""
    if why := inapplicable(contract, case):
        return CheckResult(case, "not applicable", why)
    reason = contract.waived.get(case.name)
    found = _outcome(contract, case)
    if reason is None or found.state == "skipped":
        return found
    if found.state == "passed":
        return CheckResult(case, "failed", f"it is waived ({reason}), and passes: drop the waiver")
    return CheckResult(case, "waived", reason)


def _outcome(contract: type[Contract], case: CheckCase) -> CheckResult:
    check = getattr(contract, case.name)
    if not callable(check):
        return CheckResult(case, "skipped", "it is overridden by nothing")
    at_work = contract()
    try:
        at_work.setup_method()
        try:
            check(at_work)
        finally:
            at_work.teardown_method()
    except unittest.SkipTest as skip:
        return CheckResult(case, "skipped", str(skip))
    except AssertionError as error:
        return CheckResult(case, "failed", str(error) or "an assertion did not hold", _trace(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin border
        # pytest's own way to skip is an exception that no library of its names publicly.
        if type(error).__name__ == "Skipped":
            return CheckResult(case, "skipped", str(error))
        return CheckResult(case, "failed", f"{type(error).__name__}: {error}", _trace(error))
    return CheckResult(case, "passed")


def _trace(error: BaseException) -> str:
    with contextlib.suppress(RecursionError):
        return "".join(traceback.format_exception(error))
    return ""
