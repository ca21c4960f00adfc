"""What a runner has to hold: each call is made once, and whoever waits for it is always told."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import unittest
from concurrent.futures import Executor, Future, wait
from typing import TYPE_CHECKING, Any, ClassVar

from fourstroke.errors import DataError
from fourstroke.plugins.services import ExecutorCaller
from fourstroke.testing import errands
from fourstroke.testing.claims import expect, refused
from fourstroke.testing.contract import Contract, requires

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fourstroke.typing import Executes, FunctionPlugin

_MANY = 200
_SUBMITTERS = 4
_CALLS_EACH = 10
_MEGABYTE = 1 << 20


class ExecutorContract(Contract):
    """What every runner has to hold.

    Attributes
    ----------
    patience_seconds : float
        How long a check waits for something that has to come; a cluster may need more.
    """

    stage = "executor"
    plugin: ClassVar[Executes | Callable[..., Executes] | FunctionPlugin]
    offered: ClassVar = {
        "processes": "calls are made in processes of their own, and one that dies harms no other",
        "parallel": "at least two calls are made at the same time",
    }
    patience_seconds: ClassVar[float] = 30.0

    def exercise(self) -> None:
        """Have one call made."""
        with self.at_work() as executor:
            self.result(executor.submit(pow, 2, 10))

    def executor(self) -> Executor:
        """Give an executor as the core gets it."""
        return ExecutorCaller(self.make()).executor(self.context())

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Executor]:
        """Give an executor that is shut down in the end, as the engine does it."""
        executor = self.executor()
        try:
            yield executor
        finally:
            executor.shutdown(wait=True, cancel_futures=True)

    def result(self, future: Future[Any]) -> Any:
        """Wait for a result, but not for ever."""
        self.ended(future)
        return future.result()

    def failure(self, future: Future[Any]) -> BaseException | None:
        """Wait for the exception of a call, but not for ever."""
        self.ended(future)
        return future.exception()

    def ended(self, *futures: Future[Any]) -> None:
        """Wait until calls have ended, in the way in which the engine waits."""
        expect(
            all(isinstance(future, Future) for future in futures),
            "`submit` gave something else than a concurrent.futures.Future",
        )
        left = wait(futures, timeout=self.patience_seconds).not_done
        expect(
            not left,
            f"{len(left)} of {len(futures)} calls had not ended after {self.patience_seconds:g} s",
        )

    def test_results_come_back(self) -> None:
        """A future gives what its call returned."""
        with self.at_work() as executor:
            given = self.result(executor.submit(divmod, 17, 5))

        expect(given == (3, 2), f"divmod(17, 5) gave {given!r}")

    def test_calls_get_all_their_arguments(self) -> None:
        """Arguments by position and by keyword reach the call."""
        with self.at_work() as executor:
            given = self.result(executor.submit(int, "ff", base=16))

        expect(given == int("ff", base=16), f"int('ff', base=16) gave {given!r}")

    def test_large_values_come_back(self) -> None:
        """Arguments and results of 8 MB, more than a pipe holds, travel whole."""
        content = bytes(range(256)) * (8 * _MEGABYTE // 256)

        with self.at_work() as executor:
            given = self.result(executor.submit(errands.late, 0.0, content))

        expect(given == content, "8 MB came back otherwise than they were")

    def test_exceptions_come_back(self) -> None:
        """An exception of the call is that of its future, with its type and its message."""
        with self.at_work() as executor:
            error = self.failure(executor.submit(errands.plain_failure, "no such row: Köln"))

        expect(type(error) is LookupError, f"a LookupError came back as {type(error).__name__}")
        expect(
            error is not None and error.args == ("no such row: Köln",),
            f"its message came back as {error}",
        )

    def test_errors_of_fourstroke_come_back_whole(self) -> None:
        """An error that says where it is and what to do still says so."""
        with self.at_work() as executor:
            future = executor.submit(errands.told_failure, "too old", "people.csv", "fetch it")
            error = self.failure(future)

        expect(isinstance(error, DataError), f"a DataError came back as {type(error).__name__}")
        said = (error.message, error.where, error.hint) if isinstance(error, DataError) else ()
        expect(said == ("too old", "people.csv", "fetch it"), f"it came back saying {said}")

    def test_runner_goes_on_after_an_exception(self) -> None:
        """A call that raises takes nothing from those after it."""
        with self.at_work() as executor:
            self.failure(executor.submit(errands.plain_failure, "once"))
            given = self.result(executor.submit(pow, 2, 10))

        expect(given == 1024, f"after an exception pow(2, 10) gave {given!r}")

    def test_many_calls_are_made(self) -> None:
        """Two hundred calls that are submitted at once are all made, each once."""
        with self.at_work() as executor:
            futures = [executor.submit(abs, -number) for number in range(_MANY)]
            given = sorted(map(self.result, futures))

        expect(given == list(range(_MANY)), f"{_MANY} calls gave {len(set(given))} results")

    def test_each_future_gets_its_own_result(self) -> None:
        """Results do not depend on the order in which calls end."""
        with self.at_work() as executor:
            futures = [
                executor.submit(errands.late, 0.2 - number * 0.06, number) for number in range(4)
            ]
            given = [self.result(future) for future in futures]

        expect(given == [0, 1, 2, 3], f"four futures gave each other's results: {given}")

    def test_several_threads_may_submit(self) -> None:
        """Calls that several threads submit at the same time are not mixed up."""
        given: dict[int, Any] = {}

        with self.at_work() as executor:

            def submit(thread: int) -> None:
                numbers = [thread * _CALLS_EACH + number for number in range(_CALLS_EACH)]
                futures = [executor.submit(abs, -number) for number in numbers]
                given.update(zip(numbers, futures, strict=True))

            threads = [
                threading.Thread(target=submit, args=(thread,)) for thread in range(_SUBMITTERS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            expect(len(given) == _SUBMITTERS * _CALLS_EACH, "a thread could not submit its calls")
            wrong = [number for number, future in given.items() if self.result(future) != number]

        expect(not wrong, f"{len(wrong)} of {len(given)} calls got another one's result")

    def test_cancelled_calls_are_not_made(self) -> None:
        """A call that could be cancelled is never made; one that could not gives its result."""
        places = [self.folder / f"mark-{number}" for number in range(20)]

        with self.at_work() as executor:
            futures = [executor.submit(errands.mark_late, 0.02, place) for place in places]
            is_cancelled = [future.cancel() for future in reversed(futures)][::-1]
            going_on = zip(futures, is_cancelled, strict=True)
            self.ended(*(future for future, cancelled in going_on if not cancelled))

        for place, future, cancelled in zip(places, futures, is_cancelled, strict=True):
            if cancelled:
                expect(not place.exists(), "a call that `cancel` said to be cancelled was made")
            else:
                expect(self.result(future) == place.name, "a call that went on gave no result")

    def test_shutdown_waits(self) -> None:
        """Shutting down with ``wait=True`` returns when all that was submitted has ended."""
        places = [self.folder / f"mark-{number}" for number in range(4)]
        executor = self.executor()
        futures = [executor.submit(errands.mark_late, 0.05, place) for place in places]

        executor.shutdown(wait=True)

        made = sum(place.exists() for place in places)
        self.ended(*futures)
        expect(made == len(places), f"it returned when {made} of {len(places)} calls had ended")

    def test_shutdown_tells_whoever_waits(self) -> None:
        """Shutting down with ``cancel_futures=True`` leaves no future that never ends."""
        executor = self.executor()
        futures = [executor.submit(errands.late, 0.05, number) for number in range(20)]

        executor.shutdown(wait=True, cancel_futures=True)

        left = sum(not future.done() for future in futures)
        expect(not left, f"{left} of {len(futures)} futures never end after its shutdown")

    def test_shutdown_may_come_twice(self) -> None:
        """Who shuts down a second time does nothing."""
        executor = self.executor()
        self.result(executor.submit(pow, 2, 10))
        executor.shutdown(wait=True)

        try:
            executor.shutdown(wait=True, cancel_futures=True)
        except Exception as error:
            raise AssertionError(f"the second time it raised {type(error).__name__}") from error

    def test_unused_runner_shuts_down(self) -> None:
        """An executor that was given no work shuts down, too."""
        ended = threading.Event()
        executor = self.executor()

        def shut_down() -> None:
            executor.shutdown(wait=True)
            ended.set()

        threading.Thread(target=shut_down, daemon=True).start()

        expect(ended.wait(self.patience_seconds), "without any work it did not shut down")

    def test_takes_no_work_after_shutdown(self) -> None:
        """After its shutdown an executor refuses work instead of forgetting it."""
        executor = self.executor()
        executor.shutdown(wait=True)

        with refused(RuntimeError, otherwise="it took work after its shutdown"):
            executor.submit(pow, 2, 10)

    def test_leaves_no_process(self) -> None:
        """After its shutdown every process is gone in which it had calls made."""
        with self.at_work() as executor:
            futures = [executor.submit(errands.whereabouts) for _ in range(4)]
            places = {self.result(future) for future in futures} - {errands.whereabouts()}

        left = _still_alive(places)
        expect(not left, f"after its shutdown {len(left)} of {len(places)} processes were there")

    def test_sees_the_project(self) -> None:
        """Calls reach the files of the project, wherever they are made."""
        place = self.folder / "a file.txt"
        place.write_text("content", encoding="utf-8")

        with self.at_work() as executor:
            future = executor.submit(errands.read, place)
            error = self.failure(future)

        expect(error is None, f"a call could not read a file of the project: {error}")
        expect(future.result() == "content", "a call read another file than the project's")

    @requires("parallel")
    def test_calls_are_made_side_by_side(self) -> None:
        """Two calls that wait for each other both end."""
        one, other = self.folder / "one", self.folder / "other"
        patience = self.patience_seconds / 2

        with self.at_work() as executor:
            futures = [
                executor.submit(errands.meet, one, other, patience),
                executor.submit(errands.meet, other, one, patience),
            ]
            met = [self.result(future) for future in futures]

        expect(all(met), "two calls were made one after the other, and it claims 'parallel'")

    @requires("processes")
    def test_calls_are_made_elsewhere(self) -> None:
        """Calls are made in another process than this one."""
        with self.at_work() as executor:
            place = self.result(executor.submit(errands.whereabouts))

        expect(place != errands.whereabouts(), "a call was made in this process")

    @requires("processes")
    def test_call_that_cannot_travel_is_an_error_of_its_future(self) -> None:
        """A call that cannot be pickled ends its future with an exception, and hangs nobody."""
        with self.in_processes() as executor:
            try:
                future = executor.submit(lambda: None)
            except Exception as error:
                raise AssertionError(
                    f"`submit` itself raised {type(error).__name__} for a call that cannot travel"
                ) from error
            failure = self.failure(future)

        expect(failure is not None, "a call that cannot be pickled was made all the same")

    @requires("processes")
    def test_result_that_cannot_travel_is_an_error_of_its_future(self) -> None:
        """A result that cannot be pickled ends its future with an exception, and hangs nobody."""
        with self.in_processes() as executor:
            error = self.failure(executor.submit(errands.unpicklable_result))

        expect(error is not None, "a result that cannot be pickled came back as something else")

    @requires("processes")
    def test_exception_that_cannot_travel_is_an_error_of_its_future(self) -> None:
        """An exception that cannot be pickled still ends its future with one."""
        with self.in_processes() as executor:
            error = self.failure(executor.submit(errands.unpicklable_failure))

        expect(error is not None, "an exception that cannot be pickled got lost")

    @requires("processes")
    def test_death_of_a_worker_ends_its_future(self) -> None:
        """A call whose process ends before it does has an exception."""
        with self.in_processes() as executor:
            error = self.failure(executor.submit(os._exit, 3))

        expect(error is not None, "the future of a dead worker has no exception")

    @requires("processes")
    def test_runner_goes_on_after_the_death_of_a_worker(self) -> None:
        """After a worker has died, the same executor has other calls made."""
        with self.in_processes() as executor:
            # Whether that future ends is another check; here its worker needs the time to die.
            wait([executor.submit(os._exit, 3)], timeout=min(5.0, self.patience_seconds))
            try:
                given = self.result(executor.submit(pow, 2, 10))
            except AssertionError:
                raise
            except Exception as error:
                raise AssertionError(
                    f"after the death of a worker it makes no calls: {type(error).__name__}"
                ) from error

        expect(given == 1024, f"after the death of a worker pow(2, 10) gave {given!r}")

    @contextlib.contextmanager
    def in_processes(self) -> Iterator[Executor]:
        """Give an executor that would not take this very process along."""
        with self.at_work() as executor:
            if self.result(executor.submit(errands.whereabouts)) == errands.whereabouts():
                raise unittest.SkipTest("its calls are made in this process")
            yield executor


def _still_alive(places: set[errands.Whereabouts]) -> set[errands.Whereabouts]:
    """Say which processes are there, with a little time for the last ones to go."""
    end = time.monotonic() + 2.0
    left = {place for place in places if place.is_alive()}
    while left and time.monotonic() < end:
        time.sleep(0.02)
        left = {place for place in left if place.is_alive()}
    return left
