"""Contracts run in a process of their own: a plugin that hangs, or ends its process, fails a check."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Any, Self

import attrs

from fourstroke.authoring.asked import contracts_of
from fourstroke.errors import ConfigError, FourstrokeError, PluginError
from fourstroke.testing.running import CheckResult, ContractResult, least_of, run_check

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from fourstroke.authoring.asked import Asked
    from fourstroke.testing.contract import CheckCase, Contract

# How long a process that has been told to end may take to do so.
_GRACE_SECONDS = 5.0


@attrs.frozen
class _Found:
    """The contracts: names, and how many checks have to run."""

    names: tuple[str, ...]
    least: tuple[int, ...]


@attrs.frozen
class _Begun:
    """A check has begun, of the contract with this number; a reason if it is waived."""

    contract: int
    case: CheckCase
    waived: str = ""

    def ended_badly(self, why: str) -> CheckResult:
        return (
            CheckResult(self.case, "waived", self.waived)
            if self.waived
            else CheckResult(self.case, "failed", why)
        )


def run_contained(asked: Asked, seconds: float) -> list[ContractResult]:
    """Run contracts, each check within a limit of time.

    A check that takes longer, or that ends the process, has failed; the checks after it go on in
    another process. No process stays behind.

    Raises
    ------
    FourstrokeError
        If the plugin is not found, does not import, or is not to be had with these settings.
    """
    found: _Found | None = None
    results: list[tuple[int, CheckResult]] = []
    is_over = False
    while not is_over:
        with _Child.start(asked, len(results)) as child:
            is_over, found, more = child.hear(seconds)
            results += more
    assert found is not None  # noqa: S101 - a child that finds nothing raises
    return [
        ContractResult(name, tuple(each for of, each in results if of == number), least)
        for number, (name, least) in enumerate(zip(found.names, found.least, strict=True))
    ]


@attrs.frozen
class _Child:
    process: SpawnProcess
    inbox: Connection

    @classmethod
    def start(cls, asked: Asked, done: int) -> _Child:
        spawning = multiprocessing.get_context("spawn")
        inbox, outbox = spawning.Pipe(duplex=False)
        process = spawning.Process(target=_work, args=(asked, done, outbox), daemon=False)
        process.start()
        outbox.close()
        return cls(process, inbox)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.is_alive():
            _end(self.process)
        self.process.join(_GRACE_SECONDS)
        self.inbox.close()

    def hear(self, seconds: float) -> tuple[bool, _Found | None, list[tuple[int, CheckResult]]]:
        """Collect results until the work is over, a check takes too long, or the process is gone."""
        found: _Found | None = None
        begun: _Begun | None = None
        results: list[tuple[int, CheckResult]] = []
        while True:
            told, why = self._next(seconds)
            match told:
                case FourstrokeError():
                    raise told
                case _Found():
                    found = told
                case _Begun():
                    begun = told
                case CheckResult() if begun is not None:
                    results.append((begun.contract, told))
                    begun = None
                case "over":
                    return True, found, results
                case _ if begun is not None:
                    results.append((begun.contract, begun.ended_badly(why)))
                    return False, found, results
                case _:
                    raise PluginError(f"while it was loaded, {why}", where="the plugin")

    def _next(self, seconds: float) -> tuple[Any, str]:
        try:
            if self.inbox.poll(seconds):
                return self.inbox.recv(), ""
        except (EOFError, OSError):
            self.process.join(_GRACE_SECONDS)
            return None, f"it ended the process {_how(self.process.exitcode)}"
        return None, f"it took longer than {seconds:g} s"


def _end(process: SpawnProcess) -> None:
    """End a process with those that it has started."""
    if os.name == "posix" and process.pid is not None:
        try:
            if os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, signal.SIGKILL)
                return
        except ProcessLookupError:
            return
    process.kill()


def _how(code: int | None) -> str:
    if code is None:
        return "in no way that can be told"
    return f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


def _work(asked: Asked, done: int, outbox: Connection) -> None:
    """Run the checks after the first ``done`` ones, and tell each; the body of the process."""
    if os.name == "posix":
        os.setsid()  # so that what a plugin starts ends with it
    try:
        contracts = contracts_of(asked)
        for contract in contracts:
            _refuse_wrong_settings(contract)
    except FourstrokeError as error:
        outbox.send(error)
        return
    names = tuple(contract.__name__ for contract in contracts)
    outbox.send(_Found(names, tuple(least_of(contract) for contract in contracts)))
    cases = [
        (number, contract, case)
        for number, contract in enumerate(contracts)
        for case in contract.checks()
    ]
    for number, contract, case in cases[done:]:
        outbox.send(_Begun(number, case, contract.waived.get(case.name, "")))
        outbox.send(run_check(contract, case))
    outbox.send("over")


def _refuse_wrong_settings(contract: type[Contract]) -> None:
    """Say once what every check would say: the plugin cannot be made with these settings."""
    at_work = contract()
    at_work.setup_method()
    try:
        at_work.make()
    except ConfigError as error:
        error.where = f"{contract.__name__}: {error.where}"
        raise
    finally:
        at_work.teardown_method()
