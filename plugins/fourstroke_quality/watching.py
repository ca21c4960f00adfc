"""Compare the form of a window's columns with that of the reference, in one pass over its batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from scipy.stats import betabinom

from fourstroke import Observation, Window
from fourstroke_quality.form import kind_of, numbers_of
from fourstroke_quality.outcomes import Outcomes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from fourstroke import Batch

# Models take them as numbers; what they are is worth a word.
_READABLE = {("number", "truth"), ("number", "decimal")}


@attrs.frozen(kw_only=True)
class Limits:
    """From when on a change matters; see the settings of the plugin."""

    effect: float
    false_alarms: float
    minimum_rows: int


@attrs.frozen(kw_only=True)
class Share:
    """How many rows of a column have something, in the window and in the reference."""

    name: str
    column: str
    count: int
    rows: int
    known: float
    reference: int
    told: str = ""

    @property
    def probability(self) -> float:
        """Give the probability of as many rows or more, if nothing has changed.

        Notes
        -----
        The predictive distribution of a binomial share that is known from the reference alone, with
        the prior of Bayes and Laplace: beta-binomial. A. Gelman and others, "Bayesian Data
        Analysis" (2013), 2.5.
        """
        others = self.reference - self.known
        return float(betabinom.sf(self.count - 1, self.rows, self.known + 1, others + 1))


class Column:
    """One column while the batches of a window pass by."""

    def __init__(self, name: str, known: Mapping[str, Any]) -> None:
        self.name, self.known = name, known
        self.rows = self.unlogged = self.absent = self.missing = self.infinite = self.outside = (
            self.new
        ) = 0
        self.names: set[str] = set()
        self.kinds: set[str] = set()
        self.low, self.high = np.inf, -np.inf
        self.values: set[str] = set()
        self.fault = ""

    def look(self, batch: Batch) -> None:
        """Count a batch; what cannot be counted stops no other column."""
        table: pd.DataFrame = batch.data
        if batch.leaves_out(self.name):
            self.unlogged += len(table)
            return
        self.rows += len(table)
        if self.name not in table.columns:
            self.absent += len(table)
            return
        column: Any = table[self.name]
        if column.ndim > 1:
            self.fault = "there are several columns of this name"
            return
        try:
            self._count(column)
        except (TypeError, ValueError, ArithmeticError, NotImplementedError) as error:
            self.fault = f"it cannot be looked at: {error}"

    def _count(self, column: pd.Series[Any]) -> None:
        self.missing += int(column.isna().sum())
        kind = kind_of(column)
        if kind == "nothing":
            return
        self.kinds.add(kind)
        if self.known["kind"] == "number" and kind in {"number", "truth", "decimal"}:
            values = numbers_of(column)
            finite = values[np.isfinite(values)]
            self.infinite += int(values.size - finite.size)
            self.outside += int(
                ((finite < self.known["low"]) | (finite > self.known["high"])).sum()
            )
            self.low = min(self.low, float(finite.min(initial=np.inf)))
            self.high = max(self.high, float(finite.max(initial=-np.inf)))
        elif self.known.get("categories"):
            known = set(self.known["categories"])
            for value, count in column.value_counts(dropna=True, sort=False).items():
                if count and str(value) not in known:
                    self.new += int(count)
                    self.names = set(sorted({*self.names, str(value)})[:3])
                if count and len(self.values) < 2:  # noqa: PLR2004 - two are not constant
                    self.values.add(str(value))

    @property
    def is_unlogged(self) -> bool:
        """Whether all rows are of a service that does not log it."""
        return self.unlogged > 0 and not self.rows

    def form(self, few: str) -> Iterator[Observation]:
        """Judge what needs no chance: presence, kind, constancy; of ``few`` rows what they show for sure."""
        if self.is_unlogged:
            yield Observation.of_left_out("schema", self.name)
            return
        told = self._schema()
        # A few cells of a text may read as numbers; a number never reads as text.
        is_certain = bool(self.fault or self.absent or self.known["kind"] == "number")
        is_doubtful = bool(few) and not (told and is_certain)
        kinds = self.kinds - {self.known["kind"]}
        is_readable = bool(kinds) and all((self.known["kind"], kind) in _READABLE for kind in kinds)
        yield Observation(
            name="schema",
            column=self.name,
            status="unknown" if is_doubtful else "alert" if told else "ok",
            why=few if is_doubtful else told,
            severity="warning" if is_readable and not self.fault else "error",
        )
        if few and "constant" in self.known:
            yield Observation(name="constant", column=self.name, status="unknown", why=few)
        elif "constant" in self.known and not self.fault and self.kinds:
            is_constant = self.low == self.high or len(self.values) == 1
            is_news = is_constant and not self.known["constant"] and self.missing < self.rows
            yield Observation(
                name="constant",
                column=self.name,
                status="alert" if is_news else "ok",
                why="all rows have the same value, and the reference has several"
                if is_news
                else "",
                severity="warning",
            )

    def _schema(self) -> str:
        if self.fault:
            return self.fault
        if self.absent == self.rows:
            return "the reference has this column and the window has not"
        if self.absent:
            return f"{self.absent} rows come without this column"
        other = sorted(self.kinds - {self.known["kind"]})
        if other and self.known["kind"] != "nothing":
            return f"it holds {', '.join(other)}, and held {self.known['kind']}"
        return ""

    def shares(self, reference: int) -> Iterator[Share]:
        """Give what is counted, to be held against chance."""
        if self.fault or self.absent == self.rows:
            # Where no row is logged both are 0.
            return
        told: dict[str, Any] = {"column": self.name, "rows": self.rows, "reference": reference}
        yield Share(name="missing", count=self.missing, known=self.known["missing"], **told)
        if self.known["kind"] == "number":
            infinite = self.known["infinite"]
            yield Share(name="infinite", count=self.infinite, known=infinite, **told)
            span = f"outside of {self.known['low']:.4g} to {self.known['high']:.4g}"
            # Of two samples of one size the second exceeds the first one's ends by two rows.
            yield Share(name="range", count=self.outside, known=1, told=span, **told)
        elif self.known.get("categories"):
            names = ", ".join(map(repr, sorted(self.names)))
            once = self.known["once"]
            yield Share(name="new_categories", count=self.new, known=once, told=names, **told)


def watch(
    window: Window, reference: Mapping[str, Any], limits: Limits, left_out: Collection[str]
) -> tuple[Observation, ...]:
    """Give one observation a column and question: alerts first."""
    columns = [Column(name, known) for name, known in reference["columns"].items()]
    further: dict[str, None] = {}
    # Where no class is known, as in a profile from before, an outcome may be anything.
    classes = reference.get("classes", [])
    outcomes = None if classes == [] else Outcomes(classes)
    rows = 0
    for batch in window.batches:
        rows += len(batch.data)
        if outcomes is not None:
            outcomes.look(batch.labels)
        for column in columns:
            column.look(batch)
        further |= dict.fromkeys(map(str, batch.data.columns))
    few = ""
    if min(rows, reference["rows"]) < limits.minimum_rows:
        which = "window" if rows < limits.minimum_rows else "reference"
        few = f"the {which} has fewer than {limits.minimum_rows} rows, which say too little"
    if not rows:
        return (Observation(name="schema", status="unknown", why=few),)
    observations = [each for column in columns for each in column.form(few)]
    observations += [] if outcomes is None else outcomes.judged()
    observations += [
        Observation(
            name="schema",
            column=name,
            status="alert",
            severity="warning",
            why="the window has this column and the reference has not",
        )
        for name in further
        if name not in reference["columns"] and name not in left_out
    ]
    shares = [each for column in columns for each in column.shares(reference["rows"])]
    level = _level([each.probability for each in shares], limits.false_alarms)
    observations += [
        Observation(name=each.name, column=each.column, status="unknown", why=few)
        if few
        else _judged(each, level, limits.effect)
        for each in shares
    ]
    return tuple(sorted(observations, key=lambda e: (e.status != "alert", e.column, e.name)))


def _judged(share: Share, level: float, effect: float) -> Observation:
    before, now = share.known / share.reference, share.count / share.rows
    is_alert = now > before + effect and share.probability <= level
    why = f"{share.count:,} of {share.rows:,} rows, {now:.1%} after {before:.1%}".replace("%", " %")
    return Observation(
        name=share.name,
        column=share.column,
        status="alert" if is_alert else "ok",
        value=now,
        threshold=before + effect,
        statistic="share",
        why=f"{why}: {share.told}" if share.told and share.count else why,
    )


def _level(probabilities: list[float], rate: float) -> float:
    """Control false discoveries over all shares: Benjamini and Hochberg (1995)."""
    ordered = np.sort(probabilities)
    steps = rate * np.arange(1, len(ordered) + 1) / max(len(ordered), 1)
    passed = np.flatnonzero(ordered <= steps)
    return float(steps[passed[-1]]) if passed.size else 0.0
