"""How pytest runs a contract: claims, waivers, the count; and fixtures for authors of plugins.

Loaded by every pytest where fourstroke is installed, so nothing is imported before it is used.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fourstroke.testing.contract import CheckCase, Contract
    from fourstroke.testing.discovered import IsolatedPlugins
    from fourstroke.testing.faults import Faults
    from fourstroke.testing.temporary import TemporaryProject

_PROPERTY = "fourstroke_contract"
_NOT_APPLICABLE = "not applicable: "
_WAIVED = "waived: "
_tally = pytest.StashKey[dict[str, Counter[str]]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_tally] = {}
    config.pluginmanager.register(_Tally(config.stash[_tally]), "fourstroke-contracts")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what a plugin does not claim, and expect what it waived to fail."""
    if "fourstroke.testing.contract" not in sys.modules:
        return
    from fourstroke.testing.running import inapplicable  # noqa: PLC0415 - only where one is used

    for item, contract, case in _checks(items):
        item.user_properties.append((_PROPERTY, contract.__name__))
        if why := inapplicable(contract, case):
            item.add_marker(pytest.mark.skip(reason=f"{_NOT_APPLICABLE}{why}"))
        elif case.name in contract.waived:
            reason = contract.waived[case.name]
            item.add_marker(pytest.mark.xfail(reason=f"{_WAIVED}{reason}", strict=True))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where a check of a contract was skipped: what did not run has not been shown."""
    if any(tally["skipped"] for tally in session.config.stash[_tally].values()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print a line a contract: how many checks there are, ran, and failed."""
    tallies = config.stash[_tally]
    if not tallies:
        return
    terminalreporter.section("contracts")
    for contract, tally in sorted(tallies.items()):
        terminalreporter.write_line(f"{contract}: {_in_words(tally)}")


class _Tally:
    """Counts reports; with workers of pytest-xdist they come from other processes."""

    def __init__(self, tallies: dict[str, Counter[str]]) -> None:
        self._tallies = tallies

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one report."""
        contract = dict(report.user_properties).get(_PROPERTY)
        if not isinstance(contract, str) or (report.when != "call" and report.passed):
            return
        self._tallies.setdefault(contract, Counter())[_state(report)] += 1


def _state(report: pytest.TestReport) -> str:
    if getattr(report, "wasxfail", None) is not None and report.skipped:
        return "waived"
    if report.skipped:
        # A skip is the place and the reason.
        _, _, reason = report.longrepr if isinstance(report.longrepr, tuple) else ("", 0, "")
        return "not applicable" if _NOT_APPLICABLE in reason else "skipped"
    return "failed" if report.failed else "passed"


def _in_words(tally: Counter[str]) -> str:
    ran = tally["passed"] + tally["failed"]
    line = (
        f"{tally.total()} checks: {ran} ran, {tally['not applicable']} not applicable, "
        f"{tally['waived']} waived, {tally['failed']} failed"
    )
    return f"{line}; too few ran: {tally['skipped']} skipped" if tally["skipped"] else line


def _checks(items: list[pytest.Item]) -> Iterator[tuple[pytest.Item, type[Contract], CheckCase]]:
    from fourstroke.testing.contract import Contract  # noqa: PLC0415 - only where one is used

    for item in items:
        kind = item.cls if isinstance(item, pytest.Function) else None
        if isinstance(kind, type) and issubclass(kind, Contract):
            cases = {case.name: case for case in kind.checks()}
            name = getattr(item, "originalname", item.name)
            if name in cases:
                yield item, kind, cases[name]


@pytest.fixture
def fourstroke_project(tmp_path: Path) -> TemporaryProject:
    """Write projects into a temporary folder, and open them."""
    from fourstroke.testing.temporary import TemporaryProject  # noqa: PLC0415 - only when used

    return TemporaryProject(tmp_path)


@pytest.fixture
def isolated_plugins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IsolatedPlugins]:
    """Let only bundled plugins be found, and those that the test offers."""
    from fourstroke.testing.discovered import IsolatedPlugins  # noqa: PLC0415 - only when used

    with IsolatedPlugins.in_force(tmp_path_factory.mktemp("offered")) as isolated:
        yield isolated


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """Let calls fail that the plugin makes: of a disk, a network, a library."""
    from fourstroke.testing.faults import Faults  # noqa: PLC0415 - only when used

    return Faults(monkeypatch)
