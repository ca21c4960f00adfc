"""The inline runner does the work at once, in this process."""

from __future__ import annotations

import os

import pytest

from fourstroke_runners import Inline


def test_work_is_done_when_submit_returns():
    with Inline().executor() as executor:
        future = executor.submit(os.getpid)

    assert future.result(0) == os.getpid()


def test_exception_is_kept_for_whoever_asks():
    future = Inline().executor().submit(int, "x")

    assert isinstance(future.exception(0), ValueError)


def test_interruption_goes_to_the_caller():
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Inline().executor().submit(interrupt)


def test_nothing_is_taken_after_shutdown():
    executor = Inline().executor()
    executor.shutdown()

    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(int)


def test_map_gives_results_in_order():
    with Inline().executor() as executor:
        assert list(executor.map(str, range(3))) == ["0", "1", "2"]
