"""A figure of quality as it was measured: its value, and how far chance moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke_performance.labels import Array

# What a rule about chance needs at the least: cases of the class, or rows of the claim, concerned.
FEWEST: Final = 10


@attrs.frozen(kw_only=True, eq=False)
class Figure:
    """A figure over rows.

    Parameters
    ----------
    name : str
        Such as ``roc_auc``.
    value : float, optional
        ``None`` if it is not defined; ``why`` then says so.
    influence : array of shape (n,)
        How far each row moves it (its influence function): the mean is 0, and the variance of the
        figure is that of their mean.
    basis : float
        How many rows it really rests on: those of the class of interest for a recall.
    why : str
        Why there is no value, or what it leaves out.
    """

    name: str
    value: float | None
    influence: Array | None = None
    basis: float = 0.0
    why: str = ""


@attrs.frozen(kw_only=True)
class Measured:
    """A figure over ``rows`` rows, with what is needed to say how far chance moves it.

    Parameters
    ----------
    name : str
        Such as ``roc_auc``.
    value : float
        The figure.
    spread : float
        The standard deviation of the rows' influences. The standard error over n rows of this kind is
        ``spread / sqrt(n)``.
    skewness : float
        Of the influences.
    basis, rows : float
        How many rows it rests on, and how many there are.
    why : str
        What it leaves out.

    Notes
    -----
    That a figure is the mean of influences, up to terms that vanish faster: F. R. Hampel (1974), The
    influence curve and its role in robust estimation. For the area under the ROC curve it gives the
    variance of E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988).
    """

    name: str
    value: float
    spread: float
    skewness: float
    basis: float
    rows: int
    why: str = ""

    @classmethod
    def of(cls, figure: Figure, clusters: Array | None = None) -> Measured | None:
        """Sum up the influences; ``None`` for a figure without a value.

        Parameters
        ----------
        figure : Figure
            As it was computed.
        clusters : array of shape (n,), int, optional
            Rows of one cluster belong together: the spread then grows by the design effect, the variance
            of the clusters' sums over that of independent rows (L. Kish 1965, Survey sampling, 5.4).
        """
        if figure.value is None or figure.influence is None:
            return None
        influence = figure.influence
        spread = float(np.sqrt(np.mean(influence**2)))
        skewness = float(np.mean(influence**3)) / spread**3 if spread > 0 else 0.0
        if clusters is not None and spread > 0:
            together = float((np.bincount(clusters, weights=influence) ** 2).sum())
            spread *= max(1.0, together / float((influence**2).sum())) ** 0.5
        return cls(
            name=figure.name,
            value=figure.value,
            spread=spread,
            skewness=skewness,
            basis=figure.basis,
            rows=len(influence),
            why=figure.why,
        )

    def to_json(self) -> dict[str, Any]:
        """Turn into text and numbers."""
        return attrs.asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Measured:
        """Read back what `to_json` gave."""
        return cls(**value)
