"""Predict changed rows, and count the rows that behave otherwise than they should."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke import Check, class_of_interest, predicted_classes
from fourstroke_behaviour.shares import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from fourstroke import Candidate, Context
    from fourstroke_behaviour.behaviour import Behaviour

# Differences of what is said that are rounding, in shares of its spread.
_ROUNDING: Final = 1e-6


@attrs.frozen(kw_only=True, eq=False)
class Asked:
    """A candidate, the rows that it is asked about, and what it says of them as they are.

    Parameters
    ----------
    table : DataFrame
        A sample of the held-out rows, target included.
    usual : DataFrame
        Predictions for it.
    response : str
        The column of predictions that may rise and fall; empty if there is none.
    """

    settings: Behaviour
    predict: Callable[[Any], Any]
    table: pd.DataFrame
    usual: pd.DataFrame
    response: str
    target: str
    random: np.random.Generator

    @classmethod
    def of(cls, settings: Behaviour, candidate: Candidate, context: Context) -> Asked:
        """Take a sample, and ask about it as it is."""
        assert candidate.predict is not None  # noqa: S101 - the caller has looked; for the type checker
        random = np.random.default_rng(context.seed)
        data: pd.DataFrame = candidate.data
        if len(data) > settings.rows:
            data = data.iloc[np.sort(random.choice(len(data), settings.rows, replace=False))]
        data = data.reset_index(drop=True)
        usual = candidate.predict(data)
        return cls(
            settings=settings,
            predict=candidate.predict,
            table=data,
            usual=usual,
            response=_response(usual, context),
            target=context.task.target,
            random=random,
        )

    def checks(self) -> list[Check]:
        """Give all checks; one that cannot be made fails, and hides none of the others."""
        settings = self.settings
        asked: list[tuple[str, Callable[[], Check]]] = [
            ("order of columns", self._order),
            ("a further column", self._further),
            ("a missing column", self._missing),
        ]
        if settings.noise:
            asked.append((f"noise of {settings.noise:g}", self._noise))
        asked += [
            (f"{name} must not matter", partial(self._invariant, name))
            for name in settings.invariant
        ]
        asked += [
            (f"more {name} must not lower", partial(self._moved, name, 1))
            for name in settings.rising
        ]
        asked += [
            (f"more {name} must not raise", partial(self._moved, name, -1))
            for name in settings.falling
        ]
        return list(self._made(asked))

    def _made(self, asked: list[tuple[str, Callable[[], Check]]]) -> Iterator[Check]:
        for name, make in asked:
            try:
                check = make()
            except Exception as error:  # noqa: BLE001 - a model of anybody's raises anything
                check = Check(name=name, status="fail", why=f"it cannot be asked: {error}")
            yield attrs.evolve(check, name=name)

    def _order(self) -> Check:
        return self._same(self.table[self.table.columns[::-1]], "the order of columns is changed")

    def _further(self) -> Check:
        more = self.table.assign(**{_unused(self.table): 0.0})
        return self._same(more, "a column is there that training had not")

    def _missing(self) -> Check:
        """Leave out each column; at least one must be missed, and none may be passed over silently."""
        silent = []
        for name in self.table.columns.drop(self.target, errors="ignore"):
            try:
                said = self.predict(self.table.drop(columns=name))
            except Exception:  # noqa: BLE001, S112 - a model of anybody's; an error is what is asked for
                continue
            if not said.equals(self.usual):
                silent.append(str(name))
        why = "a table without a column that counts is refused"
        if silent:
            why = f"without {', '.join(silent)} it says something else, and no error"
        return Check(name="", status="fail" if silent else "pass", required="an error", why=why)

    def _noise(self) -> Check:
        """Shake numbers with fractions; whole ones and codes have no value in between."""
        shaken = self.table.copy()
        for name in shaken.columns.drop(self.target, errors="ignore"):
            if pd.api.types.is_float_dtype(shaken[name].dtype):
                size = float(np.nanstd(shaken[name].to_numpy(dtype=float, na_value=np.nan)))
                shaken[name] = shaken[name] + self.random.normal(
                    0, self.settings.noise * (size or 1.0), len(shaken)
                )
        return self._counted(self._differs(self.predict(shaken)), "changes when numbers are shaken")

    def _column(self, name: str) -> pd.Series[Any]:
        if name not in self.table.columns:
            raise ValueError(f"there is no column {name!r}")
        return self.table[name]

    def _invariant(self, name: str) -> Check:
        order = self.random.permutation(len(self.table))
        changed = self.table.assign(**{name: self._column(name).array.take(order)})
        return self._counted(self._differs(self.predict(changed)), f"changes with {name}")

    def _moved(self, name: str, sign: int) -> Check:
        """Raise a number by half its standard deviation, at least by 1 if it is whole."""
        if not self.response:
            raise ValueError("what is said has no order: it needs a class of interest or a number")
        column = self._column(name)
        if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(
            column.dtype
        ):
            raise TypeError(f"{name} holds {column.dtype}, and no numbers")
        step = float(np.nanstd(column.to_numpy(dtype=float, na_value=np.nan))) / 2
        if pd.api.types.is_integer_dtype(column.dtype):
            step = max(round(step), 1)
        said = self.predict(self.table.assign(**{name: column + step}))
        before, after = (each[self.response].to_numpy(dtype=float) for each in (self.usual, said))
        wrong = sign * (after - before) < -_ROUNDING * (float(np.std(before)) or 1.0)
        verb = "falls" if sign > 0 else "rises"
        return self._counted(wrong & column.notna().to_numpy(), f"{verb} with {step:g} more {name}")

    def _same(self, table: pd.DataFrame, what: str) -> Check:
        same = self.predict(table).equals(self.usual)
        return Check(
            name="",
            status="pass" if same else "fail",
            required="the same predictions",
            why=f"{'the same' if same else 'something else'} is said when {what}",
        )

    def _differs(self, said: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Say of which rows something else is said: another class, or a number a tenth of its spread off."""
        before, after = self.usual["prediction"], said["prediction"]
        if pd.api.types.is_float_dtype(before.dtype):
            gap = np.abs(after.to_numpy(dtype=float) - before.to_numpy(dtype=float))
            return np.asarray(gap > 0.1 * float(before.std()))
        return np.asarray(before.astype(str).to_numpy() != after.astype(str).to_numpy())

    def _counted(self, otherwise: npt.NDArray[np.bool_], what: str) -> Check:
        count, rows = int(otherwise.sum()), len(otherwise)
        share = count / rows if rows else 0.0
        return Check(
            name="",
            status="fail" if share > self.settings.share else "pass",
            observed=round(share, 6),
            required=f"<= {self.settings.share:g} of the rows",
            interval=wilson(count, rows),
            why=f"of {count:,} of {rows:,} rows what is said {what}",
            rows=tuple(np.flatnonzero(otherwise)[:10].tolist()),
        )


def _response(said: pd.DataFrame, context: Context) -> str:
    if pd.api.types.is_float_dtype(said["prediction"].dtype) and context.task.kind == "regression":
        return "prediction"
    # Of many classes none is more than the others unless the task says so.
    names = predicted_classes(said.columns) if context.task.kind == "binary" else []
    positive = class_of_interest(context.task.positive, names)
    found = (f"{kind}{positive}" for kind in ("probability_", "score_"))
    return next((name for name in found if name in said.columns), "")


def _unused(table: pd.DataFrame) -> str:
    name = "further"
    while name in table.columns:
        name += "_"
    return name
