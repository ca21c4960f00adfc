"""Libraries warn on stderr, where nobody looks; here they warn in the run's record."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sklearn.exceptions import ConvergenceWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke import Context


@contextmanager
def warnings_told(context: Context) -> Iterator[None]:
    """Turn each warning into a sentence of the step, the same one only once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for text in dict.fromkeys(_in_words(item) for item in caught):
        context.say(text)


def first_line(error: Exception | Warning | str) -> str:
    """Give the first line of a message: libraries' own may be pages."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _in_words(item: warnings.WarningMessage) -> str:
    if issubclass(item.category, ConvergenceWarning):
        return "the fit did not converge: raise params.max_iter, or loosen params.tol"
    return f"scikit-learn warns: {first_line(item.message)}"
