"""Find rows that repeat earlier ones, with eight bytes of memory a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fourstroke import Repeats

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from fourstroke import Pieces

    Hashes = npt.NDArray[np.uint64]

_NAMED = 10
# So many rows with a hash that is there twice are compared by their cells, too.
_COMPARED = 100_000


def find_repeats(data: Pieces, columns: tuple[str, ...], *, with_missing: bool) -> Repeats:
    """Find rows whose cells are those of a row before.

    Rows are compared by hashes of 64 bits first. Among n rows that all differ two have one hash by
    chance with a probability of about n^2 / 2^65 (the birthday bound): one in 90,000 for 20 million.
    Up to 100,000 rows at fault are therefore compared by their cells again; with more of them one
    more or less does not matter.

    Parameters
    ----------
    data : Pieces
        The table; read once if no row repeats another, and twice else.
    columns : tuple of str
        Which cells count.
    with_missing : bool
        Whether missing cells are equal to each other; a row with one repeats none otherwise.
    """
    hashes = np.empty(len(data), dtype=np.uint64)
    filled = 0
    for part, _ in _parts(data, columns, with_missing=with_missing):
        hashes[filled : filled + len(part)] = _hashed(part)
        filled += len(part)
    hashes = hashes[:filled]
    hashes.sort()
    is_again = hashes[1:] == hashes[:-1]
    count, again = int(np.count_nonzero(is_again)), np.unique(hashes[1:][is_again])
    del hashes, is_again
    if not count:
        return Repeats(count=0)
    cells, numbers, is_all = _at_fault(data, columns, again, with_missing=with_missing)
    repeats = cells.duplicated().to_numpy()
    first = cells[repeats].head(_NAMED)
    return Repeats(
        count=int(repeats.sum()) if is_all else count,
        rows=tuple(map(int, numbers[repeats][:_NAMED])),
        cells=tuple(zip(*(first[name].tolist() for name in first), strict=True)),
    )


def _at_fault(
    data: Pieces, columns: tuple[str, ...], again: Hashes, *, with_missing: bool
) -> tuple[pd.DataFrame, npt.NDArray[np.int64], bool]:
    """Give the rows of these hashes and their numbers, and whether they are all."""
    found, places, rows = [], [], 0
    for part, numbers in _parts(data, columns, with_missing=with_missing):
        hashes = _hashed(part)
        nearest = again[np.searchsorted(again, hashes).clip(max=len(again) - 1)]
        is_one = nearest == hashes
        found.append(part[is_one])
        places.append(numbers[is_one])
        rows += int(is_one.sum())
        if rows > _COMPARED:
            break
    return pd.concat(found, ignore_index=True), np.concatenate(places), rows <= _COMPARED


def _parts(
    data: Pieces, columns: tuple[str, ...], *, with_missing: bool
) -> Iterator[tuple[pd.DataFrame, npt.NDArray[np.int64]]]:
    """Give the cells of each piece, and the numbers of their rows."""
    start = 0
    for piece in data:
        part = piece[list(columns)]
        numbers = np.arange(start, start + len(piece))
        if not with_missing:
            is_whole = part.notna().all(axis=1).to_numpy()
            part, numbers = part[is_whole], numbers[is_whole]
        yield part, numbers
        start += len(piece)


def _hashed(part: pd.DataFrame) -> Hashes:
    return np.asarray(pd.util.hash_pandas_object(part, index=False), dtype=np.uint64)
