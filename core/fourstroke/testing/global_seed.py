"""The random generators that all share, set to a seed for a while."""

from __future__ import annotations

import contextlib
import random
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def global_seed(seed: int) -> Iterator[None]:
    """Seed the generators of ``random`` and ``numpy.random``; afterwards they are as before.

    A result that depends on it is not of ``context.seed`` alone.
    """
    numpy: Any = sys.modules.get("numpy.random")
    state = random.getstate()
    legacy = numpy.get_state() if numpy is not None else None
    random.seed(seed)
    if numpy is not None:
        numpy.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
        if numpy is not None:
            numpy.set_state(legacy)
