"""The contract of runners: the bundled ones keep it; a wrong one fails the check meant for it."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest
from wrong import failed_checks

from fourstroke import FourstrokeError, hookimpl, plugin
from fourstroke.testing.contracts.executor import ExecutorContract
from fourstroke.testing.errands import leave_mark, read
from fourstroke_runners import Inline, Processes

TWO = {"workers": 2}
SPAWNED = multiprocessing.get_context("spawn")
ABOUT_PROCESSES = {case.name for case in ExecutorContract.checks() if case.capability}
ABOUT_TRAVEL = {name for name in ABOUT_PROCESSES if "cannot_travel" in name}
# Wrong plugins that never end a future are found out by waiting.
IMPATIENT = 1.5


class TestInline(ExecutorContract):
    plugin = Inline


class TestProcesses(ExecutorContract):
    plugin = Processes
    settings = TWO


@plugin
class Plain:
    """Make calls in two threads: right in all, and the base of what is wrong in one thing."""

    capabilities = frozenset({"parallel"})

    @hookimpl
    def executor(self):
        return self.threads(2)

    threads = ThreadPoolExecutor


def wrong(threads):
    """Make a plugin of an executor that is wrong in one thing."""

    @plugin
    class Wrong(Plain):
        """Have an executor that is wrong."""

        @hookimpl
        def executor(self):
            return threads(2)

    Wrong.__name__ = threads.__name__
    return Wrong


class Changing(ThreadPoolExecutor):
    """Make another call than the one that it was given."""

    def submit(self, fn, /, *args, **kwargs):
        return super().submit(self.changed, fn, args, kwargs)

    def changed(self, fn, args, kwargs):
        raise NotImplementedError


class GivesText(Changing):
    def changed(self, fn, args, kwargs):
        given = fn(*args, **kwargs)
        return list(given) if isinstance(given, tuple) else given


class DropsKeywords(Changing):
    def changed(self, fn, args, kwargs):
        return fn(*args, **(kwargs if kwargs.keys() != {"base"} else {"base": 36}))


class CutsLargeValues(Changing):
    def changed(self, fn, args, kwargs):
        given = fn(*args, **kwargs)
        return given[: 1 << 16] if isinstance(given, bytes) else given


class RenamesExceptions(Changing):
    def changed(self, fn, args, kwargs):
        try:
            return fn(*args, **kwargs)
        except LookupError as error:
            raise RuntimeError(*error.args) from error


class LosesHints(Changing):
    def changed(self, fn, args, kwargs):
        try:
            return fn(*args, **kwargs)
        except FourstrokeError as error:
            raise type(error)(error.message) from error


class SeesNoFiles(Changing):
    def changed(self, fn, args, kwargs):
        if fn is read:
            raise FileNotFoundError(args[0])
        return fn(*args, **kwargs)


class MakesNoMoreThanHundred(ThreadPoolExecutor):
    made = 0

    def submit(self, fn, /, *args, **kwargs):
        self.made += 1
        if self.made > 100:
            future = Future()
            future.set_running_or_notify_cancel()
            future.set_result(0)
            return future
        return super().submit(fn, *args, **kwargs)


class GoesNotOn(ThreadPoolExecutor):
    has_failed = False

    def submit(self, fn, /, *args, **kwargs):
        if self.has_failed:
            return super().submit(int)
        future = super().submit(fn, *args, **kwargs)
        self.has_failed = future.exception(5) is not None if fn.__name__ == "plain_failure" else 0
        return future


class SwapsResults(ThreadPoolExecutor):
    """Give the results of slow calls in the order in which they end."""

    def __init__(self, workers):
        super().__init__(workers)
        self.waiting = []

    def submit(self, fn, /, *args, **kwargs):
        if fn.__name__ != "late" or isinstance(args[1], bytes):
            return super().submit(fn, *args, **kwargs)
        future = Future()
        self.waiting.append(future)

        def work():
            given = fn(*args, **kwargs)
            first = self.waiting.pop(0)
            if first.set_running_or_notify_cancel():
                first.set_result(given)

        super().submit(work)
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):  # noqa: FBT002 - as Executor has it
        super().shutdown(wait)


class MixesThreads(ThreadPoolExecutor):
    call = None

    def submit(self, fn, /, *args, **kwargs):
        self.call = fn, args, kwargs
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.005)
        fn, args, kwargs = self.call
        return super().submit(fn, *args, **kwargs)


class MakesCancelledCalls(ThreadPoolExecutor):
    def submit(self, fn, /, *args, **kwargs):
        future = super().submit(fn, *args, **kwargs)
        if fn.__name__ == "mark_late":
            future.add_done_callback(lambda it: leave_mark(args[1]) if it.cancelled() else None)
        return future


class DoesNotWait(ThreadPoolExecutor):
    def shutdown(self, wait=True, *, cancel_futures=False):  # noqa: FBT002 - as Executor has it
        super().shutdown(wait=cancel_futures, cancel_futures=cancel_futures)


class ForgetsWhoWaits(ThreadPoolExecutor):
    """Drop what has not begun, and tell nobody."""

    def shutdown(self, wait=True, *, cancel_futures=False):  # noqa: FBT002 - as Executor has it
        while cancel_futures and not self._work_queue.empty():
            self._work_queue.get_nowait()
        super().shutdown(wait)


class ShutsDownOnce(ThreadPoolExecutor):
    is_shut_down = False

    def shutdown(self, wait=True, *, cancel_futures=False):  # noqa: FBT002 - as Executor has it
        if self.is_shut_down:
            raise OSError("it is closed")
        self.is_shut_down = True
        super().shutdown(wait, cancel_futures=cancel_futures)


class WaitsForWork(ThreadPoolExecutor):
    has_work = False

    def submit(self, fn, /, *args, **kwargs):
        self.has_work = True
        return super().submit(fn, *args, **kwargs)

    def shutdown(self, wait=True, *, cancel_futures=False):  # noqa: FBT002 - as Executor has it
        super().shutdown(wait, cancel_futures=cancel_futures)
        if not self.has_work:
            time.sleep(1.2 * IMPATIENT)


class TakesWorkAfterwards(ThreadPoolExecutor):
    is_shut_down = False

    def submit(self, fn, /, *args, **kwargs):
        return Future() if self.is_shut_down else super().submit(fn, *args, **kwargs)

    def shutdown(self, wait=True, *, cancel_futures=False):  # noqa: FBT002 - as Executor has it
        self.is_shut_down = True
        super().shutdown(wait, cancel_futures=cancel_futures)


class OneByOne(ThreadPoolExecutor):
    def __init__(self, workers):
        super().__init__(workers - 1)


@plugin
class ClaimsProcesses(Plain):
    """Claim processes, and have threads."""

    capabilities = frozenset({"processes"})


@plugin
class Pool:
    """Make calls in the pool of the standard library, which one dead worker breaks."""

    capabilities = frozenset({"parallel", "processes"})

    @hookimpl
    def executor(self):
        return ProcessPoolExecutor(1, mp_context=SPAWNED)


class Mended(ProcessPoolExecutor):
    """A pool that is made anew when it breaks."""

    pool = None

    def __init__(self):
        super().__init__(1, mp_context=SPAWNED)

    def submit(self, fn, /, *args, **kwargs):
        try:
            return (self.pool or super()).submit(fn, *args, **kwargs)
        except BrokenProcessPool:
            self.pool = Mended()
            return self.pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait=True, *, cancel_futures=False):  # noqa: FBT002 - as Executor has it
        super().shutdown(wait, cancel_futures=cancel_futures)
        if self.pool:
            self.pool.shutdown(wait, cancel_futures=cancel_futures)


class Told(Mended):
    """Give futures that are told by what comes of the call."""

    def submit(self, fn, /, *args, **kwargs):
        inner = super().submit(fn, *args, **kwargs)
        future = Future()
        future.set_running_or_notify_cancel()

        def tell(done):
            if done.exception() is None:
                future.set_result(done.result())
            else:
                self.tell_failure(future, done.exception())

        inner.add_done_callback(tell)
        return future

    def tell_failure(self, future, error):
        future.set_exception(error)


class HangsOnDeath(Told):
    def tell_failure(self, future, error):
        if not isinstance(error, BrokenProcessPool):
            future.set_exception(error)


class HangsOnStrangeResults(Told):
    def tell_failure(self, future, error):
        if "unpicklable_result" not in str(error):
            future.set_exception(error)


class LosesStrangeExceptions(Told):
    def tell_failure(self, future, error):
        if "unpicklable_failure" in str(error):
            future.set_result(None)
        else:
            future.set_exception(error)


class RaisesAtOnce(Told):
    def submit(self, fn, /, *args, **kwargs):
        pickle.dumps((fn, args, kwargs))
        return super().submit(fn, *args, **kwargs)


class HangsOnStrangeCalls(Told):
    def submit(self, fn, /, *args, **kwargs):
        try:
            pickle.dumps((fn, args, kwargs))
        except Exception:  # noqa: BLE001 - whatever pickling raises
            return Future()
        return super().submit(fn, *args, **kwargs)


LEFT = []


class LeavesProcesses(ProcessPoolExecutor):
    def __init__(self):
        super().__init__(1, mp_context=SPAWNED)
        LEFT.append(self)

    def shutdown(self, wait=True, *, cancel_futures=False):  # noqa: FBT002 - as Executor has it
        pass


@pytest.fixture
def _leave_nothing():
    yield
    for pool in LEFT:
        ProcessPoolExecutor.shutdown(pool)
    LEFT.clear()


def of_processes(pool):
    """Make a plugin of a pool of processes."""

    @plugin
    class Wrong:
        """Have a pool that is wrong."""

        capabilities = frozenset({"processes"})

        @hookimpl
        def executor(self):
            return pool()

    return Wrong


def failed(kind, *, only=None):
    names = {case.name for case in ExecutorContract.checks()}
    without = names - only if only else ()
    return failed_checks(ExecutorContract, kind, without=without, patience_seconds=IMPATIENT)


def test_plain_runner_keeps_the_contract():
    assert failed(Plain) == []


@pytest.mark.parametrize(
    ("threads", "expected"),
    [
        (GivesText, "test_results_come_back"),
        (DropsKeywords, "test_calls_get_all_their_arguments"),
        (CutsLargeValues, "test_large_values_come_back"),
        (RenamesExceptions, "test_exceptions_come_back"),
        (LosesHints, "test_errors_of_fourstroke_come_back_whole"),
        (GoesNotOn, "test_runner_goes_on_after_an_exception"),
        (MakesNoMoreThanHundred, "test_many_calls_are_made"),
        (SwapsResults, "test_each_future_gets_its_own_result"),
        (MixesThreads, "test_several_threads_may_submit"),
        (MakesCancelledCalls, "test_cancelled_calls_are_not_made"),
        (DoesNotWait, "test_shutdown_waits"),
        (ForgetsWhoWaits, "test_shutdown_tells_whoever_waits"),
        (ShutsDownOnce, "test_shutdown_may_come_twice"),
        (WaitsForWork, "test_unused_runner_shuts_down"),
        (TakesWorkAfterwards, "test_takes_no_work_after_shutdown"),
        (SeesNoFiles, "test_sees_the_project"),
        (OneByOne, "test_calls_are_made_side_by_side"),
    ],
)
def test_wrong_runner_fails_the_check_meant_for_it(threads, expected):
    assert failed(wrong(threads)) == [expected]


def test_threads_that_claim_to_be_processes_are_found_out():
    assert failed(ClaimsProcesses) == ["test_calls_are_made_elsewhere"]


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (HangsOnStrangeResults, "test_result_that_cannot_travel_is_an_error_of_its_future"),
        (LosesStrangeExceptions, "test_exception_that_cannot_travel_is_an_error_of_its_future"),
        (RaisesAtOnce, "test_call_that_cannot_travel_is_an_error_of_its_future"),
        (HangsOnStrangeCalls, "test_call_that_cannot_travel_is_an_error_of_its_future"),
    ],
)
def test_wrong_pool_fails_the_check_meant_for_it(pool, expected):
    assert failed(of_processes(pool), only=ABOUT_TRAVEL) == [expected]


def test_pool_that_says_nothing_of_the_dead_is_found_out():
    last = "test_death_of_a_worker_ends_its_future"

    assert failed(of_processes(HangsOnDeath), only={last}) == [last]


def test_pool_that_a_dead_worker_breaks_is_found_out():
    last = "test_runner_goes_on_after_the_death_of_a_worker"

    assert failed(Pool, only={last}) == [last]


@pytest.mark.usefixtures("_leave_nothing")
def test_pool_that_leaves_its_workers_is_found_out():
    only = {"test_leaves_no_process", "test_results_come_back"}

    assert failed(of_processes(LeavesProcesses), only=only) == ["test_leaves_no_process"]
