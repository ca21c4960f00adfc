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
    turns = np.empty((_PAIRS, 2, width), dtype=np.intp)
    for pair in turns:
        order = random.permutation(width)
        pair[0, order], pair[1, order[::-1]] = np.arange(width), np.arange(width)
    pool = pd.concat([background, row], ignore_index=True)
    gains = _gains(probe, pool, turns.reshape(-1, width), label)
    gains = gains.reshape(turns.shape).mean(axis=1)
    base = float(probe.response(background, label).mean())
    said = float(probe.response(row, label)[0])
    return Attribution(
        columns=tuple(row.columns),
        parts=gains.mean(axis=0),
        errors=gains.std(axis=0, ddof=1) / np.sqrt(_PAIRS),
        base=base,
        said=said,
    )


def _gains(probe: Probe, pool: pd.DataFrame, turns: Array, label: str) -> Array:
    """Let columns of the row come in one by one, in several orders.

    Parameters
    ----------
    pool : DataFrame
        The background, and the row last.
    turns : array of shape (n, k), int
        When which column comes in, in each of the orders.

    Returns
    -------
    array of shape (n, k)
        Mean gain of each column.
    """
    width, known = turns.shape[1], len(pool) - 1
    # A call of the model costs more than the few rows that an order of few columns asks it for.
    at_once = max(1, _MOST_ROWS // ((width + 1) * known))
    gained = []
    for at in range(0, len(turns), at_once):
        some = turns[at : at + at_once]
        responses = _in_parts(probe, _stacked(pool, some), label)
        means = responses.reshape(len(some), width + 1, known).mean(axis=2)
        gained.append(np.take_along_axis(np.diff(means, axis=1), some, axis=1))
    return np.concatenate(gained)


def _stacked(pool: pd.DataFrame, turns: Array) -> pd.DataFrame:
    """Stack k + 1 blocks of the background for each order.

    Block b has the row's value in each column whose turn was before b.
    """
    width, known = turns.shape[1], len(pool) - 1
    background = np.arange(known)

    def rows_of(place: int) -> Array:
        return np.concatenate(
            [
                part
                for turn in turns[:, place]
                for part in (
                    np.tile(background, turn + 1),
                    np.full((width - turn) * known, known),
                )
            ]
        )

    columns = {
        name: pool[name].array.take(rows_of(place)) for place, name in enumerate(pool.columns)
    }
    return pd.DataFrame(columns, copy=False)


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
