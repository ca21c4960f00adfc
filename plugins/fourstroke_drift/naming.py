"""Rows of a reference and of a window by their category: which get a cell, and what chance makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from fourstroke_drift.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Rows = NDArray[np.int64]

# Pearson's rule for the smallest expected count of a cell.
_SMALLEST_CELL: Final = 5
# Rows of thousands of names are dealt out fewer times: mean and variance are known well from 250.
_MOST_DEALT: Final = 250_000
_FEWEST_DRAWS: Final = 250
# What numpy's hypergeometric distribution takes.
_MOST_ROWS: Final = 10**9


@attrs.frozen(kw_only=True, eq=False)
class NamedRows:
    """Counts of names in two samples, of which nobody knows yet whether they are alike.

    Which names get a cell of their own must not be told by one of the samples alone: a name that is
    chosen because the reference has many of it has too many of it there by that choice, and then too
    few in any window, though nothing has changed. So the sum of both tells. Given the sums, and if
    nothing has changed, each way to deal all rows out to the two samples is as likely as any other.
    Counts dealt out like this go through the same steps as those that were found, so what chance makes
    of any measure is exact, whatever these steps are: the permutation test of E. J. G. Pitman,
    "Significance tests which may be applied to samples from any populations", Supplement to the
    Journal of the Royal Statistical Society 4 (1937).

    Parameters
    ----------
    own, rare : tuple of str
        Names with a cell of their own, and those that are counted together.
    reference, window : array of shape (own + rare + 2,), int
        Rows of each name, of all names that are there only once in both together, and of none.
    """

    own: tuple[str, ...]
    rare: tuple[str, ...]
    reference: Rows
    window: Rows

    @classmethod
    def of(
        cls,
        reference: Mapping[str, int],
        window: Mapping[str, int],
        *,
        missing: tuple[int, int],
        unnamed: int,
    ) -> NamedRows:
        """Choose the cells.

        Parameters
        ----------
        reference, window : mapping of str to int
            Rows by name.
        missing : tuple of int
            Rows without a name, of either.
        unnamed : int
            Rows of the window whose names were too many to be kept, and are not the reference's.
        """
        sizes = sum(reference.values()) + missing[0], sum(window.values()) + missing[1] + unnamed
        names = sorted({*reference, *window})
        counts = np.array(
            [[side.get(name, 0) for name in names] for side in (reference, window)], dtype=np.int64
        ).reshape(2, -1)
        both = counts.sum(axis=0)
        # Five rows are expected in the smaller sample.
        is_own = both * min(sizes) >= _SMALLEST_CELL * sum(sizes)
        is_single = ~is_own & (both == 1)
        is_rare = ~is_own & ~is_single
        singles = counts[:, is_single].sum(axis=1) + np.array([0, unnamed])
        ends = np.column_stack([singles, missing])
        found = np.concatenate([counts[:, is_own], counts[:, is_rare], ends], axis=1)
        own, rare = (
            tuple(name for name, chosen in zip(names, which, strict=True) if chosen)
            for which in (is_own, is_rare)
        )
        return cls(own=own, rare=rare, reference=found[0], window=found[1])

    def histogram(self) -> Histogram:
        """Give the cells as they were found."""
        reference, window = self._cells(self.reference, self.window)
        return Histogram(
            labels=self._labels(), reference=reference, window=window, dealt=self._dealt
        )

    def _dealt(
        self, generator: np.random.Generator, draws: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        both = self.reference + self.window
        # Of more rows than can be dealt out, every so many-th: chance makes no less of fewer.
        part = max(-(-int(both.sum()) // _MOST_ROWS), 1)
        both = both // part
        few = min(draws, max(_MOST_DEALT // len(both), _FEWEST_DRAWS))
        window = generator.multivariate_hypergeometric(
            both, min(int(self.window.sum()) // part, int(both.sum())), size=few, method="marginals"
        )
        return self._cells(both - window, window)

    def _cells(
        self, reference: Rows, window: Rows
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Count cells, along the last axis.

        The rare name of which the window has most gets a cell, too, or one that takes over a small
        window could hide among the others.

        Notes
        -----
        A category that the reference has not seen is expected as often as the reference has seen
        one exactly once: I. J. Good, "The population frequencies of species and the estimation of
        population parameters", Biometrika 40 (1953). Without that, every rare name would be drift.
        """
        own, rare = len(self.own), slice(len(self.own), -2)
        sides = reference, window
        cells = [side[..., :own] for side in sides]
        if self._has_rare:
            known, seen, top = self._without_top(reference[..., rare], window[..., rare])
            once = (known == 1).sum(axis=-1) + reference[..., -2]
            new = np.where(known == 0, seen, 0).sum(axis=-1) + window[..., -2]
            others = [
                side.sum(axis=-1) + single[..., -2] - away
                for side, single, away in zip((known, seen), sides, (once, new), strict=True)
            ]
            parts = zip(top, others, (once, new), strict=True)
            cells = [
                np.concatenate([first, np.stack(rest, axis=-1)], axis=-1)
                for first, rest in zip(cells, parts, strict=True)
            ]
        if self._has_missing:
            cells = [
                np.concatenate([first, side[..., -1:]], axis=-1)
                for first, side in zip(cells, sides, strict=True)
            ]
        return cells[0].astype(float), cells[1].astype(float)

    def _without_top(self, reference: Rows, window: Rows) -> tuple[Rows, Rows, tuple[Rows, Rows]]:
        """Take out the name of which the window has most; give what is left, and its counts."""
        if not self.rare:
            none = np.zeros(window.shape[:-1], dtype=np.int64)
            return reference, window, (none, none)
        at = window.argmax(axis=-1)[..., np.newaxis]
        top = [np.take_along_axis(side, at, axis=-1)[..., 0] for side in (reference, window)]
        left = reference.copy(), window.copy()
        for side in left:
            np.put_along_axis(side, at, 0, axis=-1)
        return left[0], left[1], (top[0], top[1])

    def _labels(self) -> tuple[str, ...]:
        labels = [repr(name) for name in self.own]
        if self._has_rare:
            own = len(self.own)
            top = repr(self.rare[int(self.window[own:-2].argmax())]) if self.rare else "none"
            labels += [top, "rare categories", "new categories"]
        return (*labels, "missing") if self._has_missing else tuple(labels)

    @property
    def _has_rare(self) -> bool:
        return bool(self.rare) or bool(self.reference[-2] + self.window[-2])

    @property
    def _has_missing(self) -> bool:
        return bool(self.reference[-1] + self.window[-1])
