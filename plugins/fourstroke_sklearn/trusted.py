"""What a model file may be made of: the list belongs to the loader, never to the file.

Each name was looked at: constructing it, or setting its state, runs no code that a file brings, opens
nothing and imports nothing further. Beside these, skops itself trusts scikit-learn's public estimators,
NumPy's arrays and the plain types of Python.
"""

from __future__ import annotations

from typing import Any, Final

import skops.io

from fourstroke import StepError

_OWN: Final = ("fourstroke_sklearn.dates.DateParts", "fourstroke_sklearn.signature.Signature")

# Grown trees. Their indices are checked after loading, see `trees`.
_TREES: Final = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)

# Passive parts: containers of parameters, arrays and estimators.
_PARTS: Final = (
    "numpy.dtype",
    # Histogram boosting keeps its own check of numbers so; the functions in it must be on this list too.
    "functools.partial",
    "sklearn.utils.validation.check_array",
)

TRUSTED: Final = (*_OWN, *_TREES, *_PARTS)


def untrusted_types(content: bytes) -> list[str]:
    """Name the types in a skops file that are not on the list, without making any of them."""
    return sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED))


def refuse_untrusted(content: bytes, what: str) -> None:
    """Make sure that a model can be opened again.

    Raises
    ------
    StepError
        Names the types that are not on the list, and says what is allowed.
    """
    strange = untrusted_types(content)
    if strange:
        raise StepError(
            f"{what} cannot be kept as a model that is safe to open: it is made of {', '.join(strange)}",
            hint="allowed are scikit-learn's own estimators without functions of other modules; for"
            " others write a trainer and a codec of your own",
        )


def refuse_unsafe(estimator: Any) -> None:
    """Make sure, before any time is spent on fitting, that an estimator can be kept.

    Raises
    ------
    StepError
        As `refuse_untrusted`, or if skops cannot write it at all.
    """
    from fourstroke_sklearn.safekeeping import dumped  # noqa: PLC0415 - the two need each other

    refuse_untrusted(dumped(estimator), type(estimator).__name__)
