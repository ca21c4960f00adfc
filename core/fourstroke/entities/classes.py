"""What classes are called, and which one is meant by a label that another system wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

# What the columns of predictions that belong to a class begin with.
_OF_A_CLASS: Final = ("probability_", "score_")
_TRUTH_VALUES: Final = {"false": "0", "true": "1", "0": "false", "1": "true"}


def class_name(label: object) -> str:
    """Name a class: the same for 1, 1.0 and NumPy's 1, as the columns of predictions are named.

    Examples
    --------
    >>> class_name(1.0), class_name(True), class_name(">50K")
    ('1', 'True', '>50K')
    """
    # NumPy's scalars give the Python value that they hold.
    found = label if isinstance(label, str) else getattr(label, "item", lambda: label)()
    return str(int(found)) if isinstance(found, float) and found.is_integer() else str(found)


def class_order(names: Iterable[str]) -> list[str]:
    """Sort the names of classes as the classes themselves are sorted: numbers as numbers.

    Examples
    --------
    >>> class_order({"10", "9", "-1"}), class_order({"b", "a", "1"})
    (['-1', '9', '10'], ['1', 'a', 'b'])
    """
    try:
        return sorted(names, key=float)
    except ValueError:
        return sorted(names)


def class_of_interest(positive: object, names: Iterable[str]) -> str:
    """Name the class of interest of a binary task.

    Parameters
    ----------
    positive : object
        What the task says; ``None`` for the last class in the order of `class_order`.
    names : iterable of str
        The classes.

    Returns
    -------
    str
        Empty if the task says nothing and there are no classes.

    Examples
    --------
    >>> class_of_interest(1.0, ["0", "1"]), class_of_interest(None, ["10", "9"])
    ('1', '10')
    """
    if positive is not None:
        return class_name(positive)
    return (class_order(names) or [""])[-1]


def predicted_classes(columns: Iterable[object]) -> list[str]:
    """Name the classes to which a table of predictions gives probabilities or scores, in its order.

    Examples
    --------
    >>> predicted_classes(["prediction", "probability_no", "probability_yes"])
    ['no', 'yes']
    """
    names = map(str, columns)
    return [name.partition("_")[2] for name in names if name.startswith(_OF_A_CLASS)]


def class_meant(label: object, names: Sequence[str]) -> str | None:
    """Find the class that a label means, however the system that knows it writes it down.

    Parameters
    ----------
    label : object
        ``1``, ``1.0``, ``"1"`` and ``"1.0"`` are one class, and so are ``True``, ``"true"`` and ``1`` where
        the classes are two truth values.
    names : sequence of str
        The classes that there are.

    Returns
    -------
    str or None
        One of the names; ``None`` if it means none of them.

    Examples
    --------
    >>> class_meant("1.0", ["0", "1"]), class_meant(True, ["0", "1"]), class_meant("maybe", ["0", "1"])
    ('1', '1', None)
    """
    name = class_name(label)
    whole = _as_whole(name)
    for spelling in (name, whole):
        if spelling in names:
            return spelling
    folded = {known.lower(): known for known in names}
    if set(folded) <= set(_TRUTH_VALUES):
        other = _TRUTH_VALUES.get(whole.lower(), "")
        return folded.get(name.lower(), folded.get(other))
    return None


def _as_whole(name: str) -> str:
    """Read ``"1.0"`` as ``"1"``; leave everything else."""
    try:
        value = float(name)
    except ValueError:
        return name
    return str(int(value)) if value.is_integer() else name
