"""Run steps on this machine: one after the other in this process, or side by side in processes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import attrs

from fourstroke import PluginError, hookimpl, plugin
from fourstroke_runners.died import WorkerDied

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["Inline", "Processes", "WorkerDied"]


@plugin
class Inline:
    """Run each step in this process, at once: quick, easy to debug, and nothing contained.

    A step that hangs or ends its process takes the run with it, and no deadline is kept.
    """

    @hookimpl
    def executor(self) -> Executor:
        """Give an executor that has done its work when `submit` returns."""
        from fourstroke_runners.inline import InlineExecutor  # noqa: PLC0415 - imported when used

        return InlineExecutor()


@plugin
class Processes:
    """Run steps side by side in worker processes; one that dies takes only its own step with it."""

    capabilities = frozenset({"parallel", "processes"})

    # How many steps run at once; without it, as many as there are processors for this process.
    workers: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(1))
    )
    # How much memory a worker may ask for before its step fails with a MemoryError.
    memory_gib: float | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.gt(0))
    )

    @hookimpl
    def executor(self) -> Executor:
        """Give an executor whose workers start when there is work for them."""
        if self.memory_gib is not None and not sys.platform.startswith("linux"):
            raise PluginError(
                "only Linux limits the memory of a process so that its step can still be told",
                where="memory_gib",
                hint="leave it out",
            )
        # multiprocessing is not needed to list or build this plugin.
        from fourstroke_runners.pool import ProcessExecutor, available_processors  # noqa: PLC0415

        return ProcessExecutor(self.workers or available_processors(), memory_gib=self.memory_gib)
