"""Ask each column alone what it says of the target: one that says all of it was made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from fourstroke import Check
from fourstroke_leakage.parts import as_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from fourstroke_leakage.parts import Parts

    Asked = tuple[str, Check]
    Numbers = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.int64]

# With fewer rows a column may fit by accident.
_FEW_ROWS = 50
_MOST_CODES = 64
_BINS = 256
_SAME_ORDER = 0.99999
# So many rows tell whether two columns have one order.
_ROWS_FOR_ORDER = 20_000
_ROWS_A_VALUE = 5
_LISTED = 4


@attrs.frozen(kw_only=True, eq=False)
class _Target:
    """The target as numbers: of classes their codes; which rows have one, and which are trained on."""

    is_number: bool
    values: Numbers
    classes: Codes
    trained: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]


def columns(parts: Parts, near: float) -> Iterator[Asked]:
    """Ask of every feature whether it is the target in other words, or predicts it too well.

    Parameters
    ----------
    parts : Parts
        The parts.
    near : float
        From which figure on a column is suspected.
    """
    why = _unable(parts)
    if why:
        yield "proxies", Check(name="proxies", status="skipped", why=why)
        yield "predictors", Check(name="predictors", status="skipped", why=why)
        return
    target = _target(parts)
    proxies: dict[str, str] = {}
    suspects: dict[str, str] = {}
    measure = _measure(parts, target)
    for name in parts.features:
        sure = _proxy(parts, target, name)
        if sure:
            proxies[name] = sure
            continue
        figure = _figure(parts, target, name)
        if figure is not None and figure >= near:
            suspects[name] = f"{measure} {figure:.4f}"
            continue
        part = _part_of_target(parts, target, name)
        if part:
            suspects[name] = part
    yield (
        "proxies",
        _told("proxies", proxies, "no column is the target in other words", is_sure=True),
    )
    told = f"no column alone reaches {measure} {near:g}"
    yield "predictors", _told("predictors", suspects, told, is_sure=False)


def _told(name: str, found: dict[str, str], fine: str, *, is_sure: bool) -> Check:
    if not found:
        return Check(name=name, status="pass", observed=0, required="none", why=fine)
    listed = "; ".join(f"{column!r}: {why}" for column, why in list(found.items())[:_LISTED])
    more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    hint = (
        "drop it, or name it under task.ignore" if is_sure else "is it known before the target is?"
    )
    return Check(
        name=name,
        status="fail" if is_sure else "warn",
        severity="error" if is_sure else "warning",
        column=next(iter(found)),
        observed=len(found),
        required="none",
        why=f"{listed}{more} ({hint})",
    )


def _unable(parts: Parts) -> str:
    name = parts.task.target
    if not name:
        return "there is no target"
    if name not in parts.table.columns:
        return f"there is no column {name!r}"
    if min(parts.trained, parts.held_out) < _FEW_ROWS:
        return f"a part has fewer than {_FEW_ROWS} rows"
    if parts.task.kind == "regression" and as_numbers(parts.table[name]) is None:
        return "the target is no number"
    known = parts.codes(name) > 0
    halves = (known[: parts.trained], known[parts.trained :])
    if min(int(half.sum()) for half in halves) < _FEW_ROWS:
        return "the target is nearly always missing"
    if len(np.unique(parts.codes(name)[known])) < 2:  # noqa: PLR2004 - no difference to tell
        return "the target has one value only"
    return ""


def _target(parts: Parts) -> _Target:
    name = parts.task.target
    codes = parts.codes(name)
    is_number = parts.task.kind == "regression"
    values = as_numbers(parts.table[name]) if is_number else None
    known = codes > 0
    if values is not None:
        known &= np.isfinite(values)
    trained = np.arange(len(codes)) < parts.trained
    return _Target(
        is_number=is_number,
        values=codes.astype(float) if values is None else values,
        classes=codes,
        trained=trained & known,
        known=known,
    )


def _measure(parts: Parts, target: _Target) -> str:
    if target.is_number:
        return "R²"
    return "AUC" if parts.task.kind == "binary" else "balanced accuracy"


# The target in other words


def _proxy(parts: Parts, target: _Target, name: str) -> str:
    codes = parts.codes(name)[target.known]
    if target.is_number:
        return _of_number(parts, target, name, codes)
    classes = target.classes[target.known]
    distinct, kinds = len(np.unique(codes)), len(np.unique(classes))
    if distinct != kinds or distinct == 1:
        return ""
    pairs = len(np.unique(codes * (int(classes.max()) + 1) + classes))
    return "one value for each class" if pairs == distinct else ""


def _of_number(parts: Parts, target: _Target, name: str, codes: Codes) -> str:
    values = target.values[target.known]
    numbers = parts.numbers(name)
    if numbers is not None:
        cells = numbers[target.known]
        both = np.isfinite(cells)
        if both.sum() >= _FEW_ROWS and _has_one_order(cells[both], values[both]):
            return "it rises or falls with the target without exception"
    return "each value stands for a range of the target" if _are_bands(codes, values) else ""


def _has_one_order(cells: Numbers, values: Numbers) -> bool:
    step = max(1, len(cells) // _ROWS_FOR_ORDER)
    cells, values = cells[::step], values[::step]
    if len(np.unique(cells)) < _ROWS_A_VALUE or len(np.unique(values)) < _ROWS_A_VALUE:
        return False
    ranks = [pd.Series(each).rank().to_numpy() for each in (cells, values)]
    return bool(abs(np.corrcoef(ranks[0], ranks[1])[0, 1]) >= _SAME_ORDER)


def _are_bands(codes: Codes, values: Numbers) -> bool:
    """Say whether each value of a column stands for a range of the target that no other shares."""
    known, compact, counts = np.unique(codes, return_inverse=True, return_counts=True)
    if not 2 <= len(known) <= min(_MOST_CODES, len(codes) // _ROWS_A_VALUE):  # noqa: PLR2004 - a band has a neighbour
        return False
    if counts.min() < _ROWS_A_VALUE or len(np.unique(values)) <= len(known):
        return False
    low = np.full(len(known), np.inf)
    high = np.full(len(known), -np.inf)
    np.minimum.at(low, compact, values)
    np.maximum.at(high, compact, values)
    order = np.argsort(low)
    return bool((high[order][:-1] < low[order][1:]).all())


# A part of the target, or what nearly tells it


def _part_of_target(parts: Parts, target: _Target, name: str) -> str:
    """Say whether a column of a few values is told by the class: its genus, its first letter."""
    if target.is_number:
        return ""
    codes, classes = parts.codes(name)[target.known], target.classes[target.known]
    distinct, kinds = len(np.unique(codes)), len(np.unique(classes))
    if not 1 < distinct < kinds:
        return ""
    largest = int(np.bincount(codes).max())
    # Where one value is nearly everywhere, each class has it by accident.
    if len(codes) - largest < _FEW_ROWS:
        return ""
    pairs = len(np.unique(classes * (int(codes.max()) + 1) + codes))
    return "the target tells its value" if pairs == kinds else ""


def _figure(parts: Parts, target: _Target, name: str) -> float | None:
    """Predict held-out rows from this column alone, by what training has for its values."""
    codes = _binned(parts, target, name)
    held = target.known & (np.arange(len(codes)) >= parts.trained)
    train, test = codes[target.trained], codes[held]
    if len(np.unique(train)) < 2:  # noqa: PLR2004 - no difference to tell
        return None
    size = int(codes.max()) + 1
    if target.is_number:
        return _explained(train, test, target.values[target.trained], target.values[held], size)
    if parts.task.kind == "binary":
        positive = target.classes == target.classes[target.known].max()
        means = _means(train, positive[target.trained].astype(float), size)
        return _auc(means[test], positive[held])
    return _balanced(train, test, target.classes[target.trained], target.classes[held], size)


def _binned(parts: Parts, target: _Target, name: str) -> Codes:
    codes = parts.codes(name)
    numbers = parts.numbers(name)
    if numbers is None or int(codes.max()) <= _BINS:
        return codes
    finite = numbers[target.trained & np.isfinite(numbers)]
    if not finite.size:
        return codes
    edges = np.unique(np.quantile(finite, np.linspace(0, 1, _BINS + 1)[1:-1]))
    # What is missing may tell as much as what is there.
    bins = np.searchsorted(edges, numbers, side="right") + 1
    return np.where(np.isnan(numbers), 0, bins)


def _means(codes: Codes, values: Numbers, size: int) -> Numbers:
    """Give the mean for each code; that of all rows for one that never came."""
    counts = np.bincount(codes, minlength=size)
    sums = np.bincount(codes, weights=values, minlength=size)
    # One row of the overall mean keeps single rows from being certain.
    return np.asarray((sums + values.mean()) / (counts + 1))


def _auc(scores: Numbers, positive: npt.NDArray[np.bool_]) -> float | None:
    count, others = int(positive.sum()), int((~positive).sum())
    if not count or not others:
        return None
    ranks = pd.Series(scores).rank().to_numpy()
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


def _explained(
    train: Codes, test: Codes, values: Numbers, held: Numbers, size: int
) -> float | None:
    centre = values.mean()
    counts = np.bincount(train, minlength=size)
    sums = np.bincount(train, weights=values - centre, minlength=size)
    means = centre + np.divide(sums, counts, out=np.zeros(size), where=counts > 0)
    total = float(((held - held.mean()) ** 2).sum())
    return 1 - float(((held - means[test]) ** 2).sum()) / total if total > 0 else None


def _balanced(train: Codes, test: Codes, classes: Codes, held: Codes, size: int) -> float:
    kinds = int(max(classes.max(), held.max())) + 1
    pairs: Any = pd.Series(train * kinds + classes).value_counts()
    best = np.zeros(size, dtype=np.int64)
    # The most frequent comes last, and stays.
    ordered = pairs.index.to_numpy()[::-1]
    best[ordered // kinds] = ordered % kinds
    right = best[test] == held
    counts = np.bincount(held, minlength=kinds)
    shares = np.bincount(held, weights=right, minlength=kinds)[counts > 0] / counts[counts > 0]
    return float(shares.mean())
