"""How many threads the libraries below scikit-learn may use."""

from __future__ import annotations

from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits


def limited_threads(count: int) -> AbstractContextManager[object]:
    """Keep OpenMP and BLAS to so many threads.

    One is what the plugin uses by itself: sums then come out the same on every machine, candidates are
    trained side by side anyway, and on a busy machine OpenMP's waiting threads eat the time of those that
    work (histogram boosting of 36,000 rows on two of two busy processors: 40 s instead of 0.3 s).
    """
    return threadpool_limits(limits=count)
