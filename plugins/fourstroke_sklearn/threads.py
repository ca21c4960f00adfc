"""How many threads the libraries below scikit-learn may use."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # has no types

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def limited_threads(count: int) -> AbstractContextManager[object]:
    """Keep OpenMP and BLAS to so many threads.

    One is what the plugin uses by itself. Sums then come out the same on every machine, candidates
    are trained side by side anyway, and on a busy machine the waiting threads of OpenMP eat the time of
    those that work: histogram boosting of 36,000 rows took 40 s instead of 0.3 s on two processors of
    which one was busy.
    """
    limits: AbstractContextManager[object] = _found(len(sys.modules)).limit(limits=count)
    return limits


@functools.lru_cache(maxsize=1)
def _found(modules: int) -> ThreadpoolController:  # noqa: ARG001 - it is the key
    """Look for the libraries that there are, again when something was imported: that takes 2 ms."""
    return ThreadpoolController()
