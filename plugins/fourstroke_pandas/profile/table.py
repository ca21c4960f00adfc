"""The profile of a table, of whatever pieces it comes in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fourstroke import Bar, ColumnProfile, TableProfile
from fourstroke_pandas.frames import check_names
from fourstroke_pandas.profile.sketch import MOST_HASHES, Sketch, middle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from fourstroke_pandas.profile.sketch import Floats

_SHARES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_BARS: Final = 20
_TOP: Final = 10


def profile_of(pieces: Iterable[Any]) -> TableProfile:
    """Look at every cell once, and say what is there."""
    sketches = sketches_of(pieces)
    rows = max((sketch.rows for sketch in sketches.values()), default=0)
    columns = tuple(told(name, sketch) for name, sketch in sketches.items())
    return TableProfile(rows=rows, columns=columns)


def sketches_of(pieces: Iterable[Any]) -> dict[str, Sketch]:
    """Remember each column of a table that comes in pieces."""
    found: dict[str, Sketch] = {}
    for piece in pieces:
        check_names(piece)
        for name in piece.columns:
            sketch = Sketch.of(piece[name])
            found[str(name)] = found[str(name)].merge(sketch) if str(name) in found else sketch
    return found


def told(name: str, sketch: Sketch) -> ColumnProfile:
    """Say what is known of a column."""
    family = _family(sketch.families)
    # A column whose pieces hold numbers here and text there has no numbers to tell of.
    is_numeric = family in {"integer", "number", "duration"} and sketch.n > 0
    return ColumnProfile(
        name=name,
        family=family,
        rows=sketch.rows,
        missing=sketch.missing,
        infinite=sketch.infinite,
        distinct=_distinct(sketch),
        is_exact=sketch.exact is not None,
        mean=_finite(sketch.mean) if is_numeric else None,
        std=_finite(math.sqrt(sketch.squares / (sketch.n - 1)))
        if is_numeric and sketch.n > 1 and sketch.squares >= 0
        else None,
        least=_end(sketch.least, family),
        largest=_end(sketch.largest, family),
        quantiles=_quantiles(sketch) if is_numeric else {},
        histogram=_histogram(sketch) if is_numeric else (),
        top=_top(sketch),
        top_error=0 if sketch.exact is not None else sketch.top_error,
        lengths=None
        if sketch.shortest is None or sketch.longest is None or family != "text"
        else (sketch.shortest, sketch.longest),
        months=dict(sorted(sketch.months.items())),
    )


def weights_of(sketch: Sketch) -> Mapping[Any, int]:
    """Give the distribution of a column: by value if they were counted, else by bucket or month."""
    if sketch.exact is not None:
        return sketch.exact
    if sketch.n:
        negative = {-middle(bucket): count for bucket, count in sketch.below.items()}
        return negative | {middle(bucket): count for bucket, count in sketch.above.items()}
    return sketch.months or sketch.frequent


def _family(families: set[str]) -> str:
    found = families - {"empty"}
    if found == {"integer", "number"}:
        return "number"
    return next(iter(found), "empty") if len(found) < 2 else "mixed"  # noqa: PLR2004 - one at most


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _end(value: Any, family: str) -> Any:
    if family == "integer" and isinstance(value, float):
        return int(value)
    return value


def _distinct(sketch: Sketch) -> int:
    if sketch.exact is not None:
        return len(sketch.exact)
    if len(sketch.hashes) < MOST_HASHES:
        return len(sketch.hashes)
    share = float(sketch.hashes[MOST_HASHES - 1]) / 2**64
    return round((MOST_HASHES - 1) / share)


def _points(sketch: Sketch) -> tuple[Floats, npt.NDArray[np.int64]]:
    known = {float(value): count for value, count in weights_of(sketch).items()}
    values = np.array(sorted(known))
    return values, np.array([known[value] for value in values], dtype=np.int64)


def _quantiles(sketch: Sketch) -> dict[str, float]:
    values, counts = _points(sketch)
    reached = np.cumsum(counts)
    # The least value that so many cells are not above, as numpy's method "inverted_cdf".
    places = [int(np.searchsorted(reached, share * sketch.n - 1e-9)) for share in _SHARES]
    ends = (sketch.least, sketch.largest)
    return {
        f"{share:g}": float(np.clip(values[min(place, len(values) - 1)], *ends))
        for share, place in zip(_SHARES, places, strict=True)
    }


def _histogram(sketch: Sketch) -> tuple[Bar, ...]:
    values, counts = _points(sketch)
    low, high = sketch.least, sketch.largest
    if low == high:
        return (Bar(low=low, high=high, count=sketch.n),)
    values = np.clip(values, low, high)
    with np.errstate(over="ignore"):
        if not math.isfinite(high - low):
            return ()
    sums, edges = np.histogram(values, bins=_BARS, range=(low, high), weights=counts)
    return tuple(
        Bar(low=float(start), high=float(end), count=int(count))
        for start, end, count in zip(edges[:-1], edges[1:], sums, strict=True)
    )


def _top(sketch: Sketch) -> tuple[tuple[str, int], ...]:
    known = sketch.exact if sketch.exact is not None else sketch.frequent
    ordered = sorted(known.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple((_text(value), count) for value, count in ordered[:_TOP])


def _text(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value)
