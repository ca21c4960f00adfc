"""Calls that fail on purpose: what a plugin does when a disk, a network or a library lets it down."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    import pytest


@attrs.frozen
class Faults:
    """Lets functions fail at one of their calls.

    Examples
    --------
    In a test, with the fixture ``faults``::

        def test_full_disk(faults, storage, file):
            faults.fail("os.replace", OSError(errno.ENOSPC, "No space left on device"))
            with pytest.raises(StoreError, match="disk is full"):
                storage.write("key", file)
    """

    _patch: pytest.MonkeyPatch

    def fail(self, target: str, error: BaseException, *, at: int = 1, times: int = 1) -> Calls:
        """Let a function raise instead of doing its work.

        Parameters
        ----------
        target : str
            Where it is looked up: ``os.replace``, ``fourstroke_s3.store.put``.
        error : BaseException
            What it raises.
        at : int
            The first call that fails, counted from 1.
        times : int
            How many calls fail from there on; 0 for all.

        Returns
        -------
        Calls
            Counts the calls.
        """
        calls = Calls()
        module, _, name = target.rpartition(".")
        original = _found(module, name)

        @functools.wraps(original)
        def failing(*arguments: Any, **named: Any) -> Any:
            calls.count += 1
            if calls.count >= at and (not times or calls.count < at + times):
                raise error
            return original(*arguments, **named)

        self._patch.setattr(target, failing)
        return calls


@attrs.define
class Calls:
    """How often a function was called."""

    count: int = 0


def _found(module: str, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found
