"""What each column adds to one prediction: Shapley values over the raw columns.

E. Strumbelj and I. Kononenko (2014), Explaining prediction models and individual predictions with
feature contributions; R. Mitchell et al. (2022), Sampling permutations for Shapley value estimation,
for orders and their reverse. Whatever the orders drawn, the parts add up to the prediction less the
mean over the background, exactly; of a model that only adds columns up, each part is exact, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke import Chart, Section, Series, Table
from fourstroke_sklearn.families import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke_sklearn.intervals import Array
    from fourstroke_sklearn.probe import Probe

_PAIRS: Final = 8
_MOST_ROWS: Final = 100_000
_SHOWN: Final = 12


@attrs.frozen(kw_only=True, eq=False)
class Attribution:
    """What the columns add to one prediction.

    Parameters
    ----------
    columns : tuple of str
        In the order of the table.
    parts : array of shape (k,), float64
        What each adds to the base, in the unit of the response.
    errors : array of shape (k,), float64
        Standard errors of the parts, since only some orders of the columns were tried.
    base : float
        Mean response over the background.
    said : float
        The response for the row; ``base`` plus the sum of ``parts``.
    """

    columns: tuple[str, ...]
    parts: Array
    errors: Array
    base: float
    said: float


def attribute(
    probe: Probe,
    row: pd.DataFrame,
    background: pd.DataFrame,
    label: str,
    seed: int,
) -> Attribution:
    """Divide one prediction among the columns.

    Parameters
    ----------
    probe : Probe
        The model.
    row : DataFrame
        One row, as the probe takes it.
    background : DataFrame
        Rows that stand for what is usual; a column that does not count yet has their values.
    label : str
        The class whose probability is told; nothing for a regression.
    seed : int
        Gives the orders that the columns come in.
    """
    width, random = row.shape[1], np.random.default_rng(seed)
    orders = [random.permutation(width) for _ in range(_PAIRS)]
    pool = pd.concat([background, row], ignore_index=True)
    gains = np.array([_gains(probe, pool, order, label) for order in orders])
    base = float(probe.response(background, label).mean())
    said = float(probe.response(row, label)[0])
    return Attribution(
        columns=tuple(row.columns),
        parts=gains.mean(axis=0),
        errors=gains.std(axis=0, ddof=1) / np.sqrt(_PAIRS),
        base=base,
        said=said,
    )


def _gains(probe: Probe, pool: pd.DataFrame, order: Array, label: str) -> Array:
    """Let columns of the row come in one by one, in an order and in its reverse.

    Parameters
    ----------
    pool : DataFrame
        The background, and the row last.
    order : array of shape (k,), int
        Which column comes in when.

    Returns
    -------
    array of shape (k,)
        Mean gain of each column.
    """
    width, known = len(order), len(pool) - 1
    turns = np.empty((2, width), dtype=np.intp)
    turns[0, order], turns[1, order[::-1]] = np.arange(width), np.arange(width)
    background = np.arange(known)
    gained = []
    for turn in turns:
        # Block b of the stack has the row's value in each column whose turn was before b.
        columns = {
            name: pool[name].array.take(
                np.concatenate(
                    [
                        np.tile(background, turn[place] + 1),
                        np.full((width - turn[place]) * known, known),
                    ]
                )
            )
            for place, name in enumerate(pool.columns)
        }
        stacked = pd.DataFrame(columns, copy=False)
        means = _in_parts(probe, stacked, label).reshape(width + 1, known).mean(axis=1)
        gained.append(np.diff(means)[turn])
    return np.asarray(np.mean(gained, axis=0))


def _in_parts(probe: Probe, stacked: pd.DataFrame, label: str) -> Array:
    starts = range(0, len(stacked), _MOST_ROWS)
    parts = [probe.response(stacked.iloc[at : at + _MOST_ROWS], label) for at in starts]
    return np.concatenate(parts)


def cases_section(
    found: Sequence[tuple[str, pd.DataFrame, Attribution]],
    text: str,
    measured: str,
    said: str = "so",
) -> Section:
    """Tell attributions of single rows.

    Parameters
    ----------
    found : sequence of (str, DataFrame, Attribution)
        What each row is called, the row itself, and what was found out about it.
    text : str
        How it was found out.
    measured : str
        What the response is, in words.
    said : str
        What the model says of all these rows, for the title.
    """
    return Section(
        title=f"Why the model says {said} of a row",
        text=text,
        charts=tuple(_chart(name, row, one, measured) for name, row, one in found),
        tables=tuple(_table(name, row, one) for name, row, one in found),
    )


def _chart(name: str, row: pd.DataFrame, one: Attribution, measured: str) -> Chart:
    order = _strongest(one)
    series = Series(
        name="adds",
        x=tuple(f"{one.columns[at]} = {_cell(row, one.columns[at])}" for at in order),
        y=tuple(_short(one.parts[at]) for at in order),
    )
    return Chart(
        title=f"{name}: {_figure(one.said)}, where {_figure(one.base)} is usual",
        kind="bars",
        series=(series,),
        y_label=f"adds to the {measured}",
    )


def _table(name: str, row: pd.DataFrame, one: Attribution) -> Table:
    order = _strongest(one)
    rest = one.said - one.base - float(one.parts[order].sum())
    lines: list[tuple[str, str, float, float | None]] = [
        ("what is usual", "", _short(one.base), None),
        *(
            (
                one.columns[at],
                _cell(row, one.columns[at]),
                _short(one.parts[at]),
                _short(one.errors[at]),
            )
            for at in order
        ),
    ]
    if len(order) < len(one.columns):
        lines.append((f"{len(one.columns) - len(order)} other columns", "", _short(rest), None))
    lines.append(("prediction", "", _short(one.said), None))
    return Table(
        title=name, columns=("column", "value", "adds", "standard error"), rows=tuple(lines)
    )


def _strongest(one: Attribution) -> Array:
    return np.asarray(np.argsort(-np.abs(one.parts), kind="stable")[:_SHOWN])


def _cell(row: pd.DataFrame, column: str) -> str:
    value: Any = row[column].iloc[0]
    if pd.isna(value):
        return "missing"
    if isinstance(value, pd.Timestamp):
        return str(value).removesuffix(" 00:00:00")
    if isinstance(value, str):
        return value if len(value) <= 40 else f"{value[:39]}…"  # noqa: PLR2004 - a cell
    return f"{value:g}" if isinstance(value, float) else shown(value)


def _figure(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 - fits


def _short(value: Any) -> float:
    return float(f"{float(value):.4g}")
