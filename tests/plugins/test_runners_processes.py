"""The process runner contains whatever a step does to its worker, and leaves no process behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError, Future, wait
from pathlib import Path

import pytest

from fourstroke import PluginError
from fourstroke_runners import Processes, WorkerDied
from fourstroke_runners.pool import ProcessExecutor


def pid(pause: float = 0.0) -> int:
    time.sleep(pause)
    return os.getpid()


def leave(code: int) -> None:
    os._exit(code)


def be_killed(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def crash() -> None:
    ctypes.string_at(0)


def fail(text: str) -> None:
    raise ValueError(text)


def call_exit() -> None:
    raise SystemExit(3)


class Untold(Exception):  # noqa: N818
    """Cannot be unpickled: its class wants two arguments and remembers one."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)


def raise_untold() -> None:
    raise Untold("a", "b")


def give_lambda() -> object:
    return lambda: 1


def allocate(gib: float) -> int:
    return len(bytearray(int(gib * 2**30)))


def write_to_stdout(text: str) -> None:
    print(text, flush=True)
    os.write(1, text.encode())


def start_sleeper(path: str, seconds: float) -> None:
    child = subprocess.Popen(["sleep", "600"])
    Path(path).write_text(f"{os.getpid()} {child.pid}")
    time.sleep(seconds)


def fork_and_leave(path: str) -> None:
    child = os.fork()
    if child == 0:
        time.sleep(600)
    Path(path).write_text(str(child))
    os._exit(5)


def hold_the_lock(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    ctypes.PyDLL(None).sleep(600)  # unlike CDLL, PyDLL keeps the interpreter's lock


def is_alive(process: int) -> bool:
    """Say whether a process runs; one that nobody has taken note of yet does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def soon(is_true, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            if is_true():
                return True
        time.sleep(0.02)
    return False


@pytest.fixture
def executor():
    with ProcessExecutor(2) as executor:
        yield executor
        executor.shutdown(cancel_futures=True)


def test_work_is_done_in_another_process(executor):
    assert executor.submit(pid).result(30) not in {os.getpid(), 0}


def test_workers_are_used_again(executor):
    pids = {executor.submit(pid).result(30) for _ in range(10)}

    assert len(pids) == 1


def meet(folder: Path, number: int) -> int:
    """Wait until so many processes have been here, and give the own one's id."""
    (folder / str(os.getpid())).touch()
    assert soon(lambda: len(list(folder.iterdir())) >= number, seconds=60)
    return os.getpid()


def test_work_runs_side_by_side_and_never_on_more_workers_than_asked_for(executor, tmp_path):
    futures = [executor.submit(meet, tmp_path, 2) for _ in range(6)]

    assert len({future.result(90) for future in futures}) == 2


def test_short_work_is_left_to_the_worker_that_is_there():
    with ProcessExecutor(8) as executor:
        # It has to import this module first, which is no short work.
        there = executor.submit(pid).result(90)
        futures = [executor.submit(pid) for _ in range(20)]

        assert {future.result(90) for future in futures} == {there}


def test_exception_comes_back_with_its_traceback(executor):
    error = executor.submit(fail, "no such thing").exception(30)

    assert isinstance(error, ValueError)
    assert "in fail" in error.__notes__[0]


def wait_for_children() -> None:
    os.wait()


def test_worker_has_no_children_for_which_a_step_would_wait(executor):
    assert isinstance(executor.submit(wait_for_children).exception(30), ChildProcessError)


def test_exit_of_the_work_does_not_end_the_worker(executor):
    before = executor.submit(pid).result(30)

    assert isinstance(executor.submit(call_exit).exception(30), SystemExit)
    assert executor.submit(pid).result(30) == before


@pytest.mark.parametrize(
    ("work", "argument", "says"),
    [
        pytest.param(leave, 9, "exit code 9", id="leaves"),
        pytest.param(leave, 0, "exit code 0", id="leaves-in-silence"),
        pytest.param(be_killed, signal.SIGKILL, "SIGKILL", id="is-killed"),
        pytest.param(be_killed, signal.SIGTERM, "SIGTERM", id="is-terminated"),
    ],
)
def test_dead_worker_is_told_and_replaced(executor, work, argument, says):
    before = executor.submit(pid).result(30)

    error = executor.submit(work, argument).exception(30)

    assert isinstance(error, WorkerDied)
    assert says in str(error)
    assert error.process == before
    assert executor.submit(pid).result(30) != before


def test_crash_in_compiled_code_is_told(executor):
    error = executor.submit(crash).exception(30)

    assert isinstance(error, WorkerDied)
    assert error.signal_name == "SIGSEGV"


def test_death_of_one_worker_leaves_the_others_alone(executor):
    slow = executor.submit(pid, 1.0)
    dying = [executor.submit(leave, 1) for _ in range(5)]

    assert slow.result(30)
    assert all(isinstance(future.exception(30), WorkerDied) for future in dying)


def test_dead_worker_is_noticed_though_its_child_holds_the_pipe(executor, tmp_path: Path):
    error = executor.submit(fork_and_leave, str(tmp_path / "child")).exception(30)

    assert isinstance(error, WorkerDied)
    assert error.exit_code == 5
    assert soon(lambda: not is_alive(int((tmp_path / "child").read_text())))


def test_death_is_told_in_words_after_pickling():
    error = pickle.loads(pickle.dumps(WorkerDied(7, -9, "out of memory")))

    assert str(error) == "worker process 7 was killed by SIGKILL: out of memory"


@pytest.mark.parametrize(
    ("work", "says"),
    [
        pytest.param(give_lambda, "cannot leave the worker", id="result-cannot-be-pickled"),
        pytest.param(raise_untold, "cannot be read", id="exception-cannot-be-unpickled"),
    ],
)
def test_what_cannot_travel_back_is_told(executor, work, says):
    error = executor.submit(work).exception(30)

    assert isinstance(error, TypeError)
    assert says in str(error)
    assert executor.submit(pid).result(30)


def test_work_that_cannot_travel_is_told(executor):
    error = executor.submit(lambda: 1).exception(30)

    assert error is not None
    assert executor.submit(pid).result(30)


def test_large_arguments_and_results_travel(executor):
    content = os.urandom(20_000_000)

    assert executor.submit(bytes.upper, content).result(60) == content.upper()


def test_many_threads_may_submit_at_once(executor):
    futures: list[Future[int]] = []

    def submit() -> None:
        futures.extend(executor.submit(abs, -number) for number in range(200))

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(future.result(60) for future in futures) == sorted([*range(200)] * 4)


def test_worker_that_cannot_be_started_is_told(monkeypatch):
    def refuse(memory_gib):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("fourstroke_runners.crew.Worker.start", refuse)
    with ProcessExecutor(1) as executor:
        error = executor.submit(pid).exception(10)

    assert isinstance(error, BlockingIOError)


def test_work_that_waits_may_be_cancelled():
    with ProcessExecutor(1) as executor:
        running = executor.submit(pid, 0.5)
        waiting = executor.submit(pid)

        assert waiting.cancel()
        assert running.result(30)
    assert waiting.cancelled()


def test_shutdown_finishes_what_was_submitted():
    executor = ProcessExecutor(1)
    futures = [executor.submit(pid, 0.1) for _ in range(3)]

    executor.shutdown()

    assert all(future.done() for future in futures)
    assert not is_alive(futures[0].result(0))
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(pid)


def test_shutdown_with_cancellation_ends_what_runs_within_seconds(tmp_path: Path):
    executor = ProcessExecutor(1)
    running = executor.submit(start_sleeper, str(tmp_path / "pids"), 600)
    waiting = executor.submit(pid)
    assert soon(lambda: len((tmp_path / "pids").read_text().split()) == 2)
    began = time.monotonic()

    executor.shutdown(wait=True, cancel_futures=True)

    assert time.monotonic() - began < 5
    _, not_done = wait([running, waiting], 5)
    assert not not_done
    assert isinstance(running.exception(), WorkerDied)
    with pytest.raises(CancelledError):
        waiting.result(0)
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    assert soon(lambda: not any(is_alive(process) for process in pids))


def test_shutdown_without_any_work_is_quick():
    began = time.monotonic()

    ProcessExecutor(4).shutdown()

    assert time.monotonic() - began < 0.5


def test_shutdown_twice_is_one_shutdown(executor):
    executor.submit(pid).result(30)

    executor.shutdown()
    executor.shutdown(cancel_futures=True)


def test_dropped_executor_finishes_its_work_and_its_workers_end():
    future = ProcessExecutor(1).submit(pid, 0.2)

    process = future.result(30)

    assert soon(lambda: not is_alive(process))


SCRIPT = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from fourstroke_runners.pool import ProcessExecutor
import test_runners_processes as tests

print("script", flush=True)
executor = ProcessExecutor(2)
{work}
"""


def run_script(work: str, **options) -> subprocess.Popen[str]:
    script = SCRIPT.format(tests=str(Path(__file__).parent), work=work)
    path = options.pop("path")
    path.write_text(script)
    return subprocess.Popen(
        [sys.executable, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("work", ["start_sleeper", "hold_the_lock"])
def test_no_worker_outlives_a_killed_parent(tmp_path: Path, work: str):
    arguments = f"{str(tmp_path / 'pids')!r}" + (", 600" if work == "start_sleeper" else "")
    parent = run_script(
        f"executor.submit(tests.{work}, {arguments})\ntime.sleep(600)", path=tmp_path / "script.py"
    )
    assert soon(lambda: (tmp_path / "pids").read_text() != "")
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    assert all(is_alive(process) for process in pids)

    parent.kill()
    parent.communicate()

    assert soon(lambda: not any(is_alive(process) for process in pids))


def test_program_that_ends_without_shutdown_does_not_hang(tmp_path: Path):
    parent = run_script(
        f"executor.submit(tests.start_sleeper, {str(tmp_path / 'pids')!r}, 600)\n"
        f"while not os.path.exists({str(tmp_path / 'pids')!r}): time.sleep(0.05)",
        path=tmp_path / "script.py",
    )

    _, errors = parent.communicate(timeout=20)

    assert parent.returncode == 0, errors
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    assert soon(lambda: not any(is_alive(process) for process in pids))


def test_script_without_a_guard_is_not_run_again_by_workers(tmp_path: Path):
    parent = run_script(
        "print(executor.submit(abs, -7).result())\nexecutor.shutdown()", path=tmp_path / "script.py"
    )

    output, errors = parent.communicate(timeout=30)

    assert output == "script\n7\n", errors


def test_standard_output_is_left_to_results(tmp_path: Path):
    parent = run_script(
        "executor.submit(tests.write_to_stdout, 'RUBBISH').result()\nexecutor.shutdown()",
        path=tmp_path / "script.py",
    )

    output, errors = parent.communicate(timeout=30)

    assert output == "script\n"
    assert errors.count("RUBBISH") == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits memory so")
def test_worker_that_wants_too_much_memory_is_told():
    with Processes(workers=1, memory_gib=1.0).executor() as executor:
        error = executor.submit(allocate, 1.5).exception(60)

        assert isinstance(error, MemoryError)
        assert executor.submit(allocate, 0.01).result(60)


def test_memory_limit_is_refused_where_there_is_none(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(PluginError, match="only Linux"):
        Processes(memory_gib=1.0).executor()


@pytest.mark.parametrize("settings", [{"workers": 0}, {"workers": -1}, {"memory_gib": 0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match="must be"):
        Processes(**settings)


def test_importing_the_plugin_does_not_import_multiprocessing():
    program = "import sys, fourstroke_runners; print('fourstroke_runners.pool' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"
