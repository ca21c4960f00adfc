"""Where steps run."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor

from fourstroke import hookimpl, plugin


@plugin
class Template:
    """Run steps in threads of the main process."""

    # How many steps may run at once.
    workers: int = 2

    @hookimpl
    def executor(self) -> Executor:
        """Give a pool of threads."""
        return ThreadPoolExecutor(self.workers)
