"""A version that is loaded, tried, and ready to answer; it never changes."""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs
import pandas as pd

from fourstroke import FourstrokeError, StoreError
from fourstroke_serve.rows import rows_of_records, table_of

if TYPE_CHECKING:
    from fourstroke import ModelSignature

Role = Literal["champion", "canary", "shadow"]
# As many held-out rows are scored again before a version answers.
_TRIED_ROWS: Final = 50
_ALONE_ROWS: Final = 10
_CLOSE: Final = 1e-9


@attrs.frozen(kw_only=True, eq=False)
class Loaded:
    """One version at work.

    Parameters
    ----------
    role : {"champion", "canary", "shadow"}
        What for.
    version : Version
        From the registry.
    predictor : Predictor
        Scores rows with it.
    tried_rows : int
        How many held-out rows it has scored just as its run did; 0 if they are gone.
    """

    role: Role
    version: Any = attrs.field(repr=False)
    predictor: Any = attrs.field(repr=False)
    tried_rows: int = 0

    @property
    def number(self) -> int:
        """The number of the version."""
        return int(self.predictor.version)

    @property
    def name(self) -> str:
        """The version, as people name it."""
        return f"{self.predictor.model}@v{self.predictor.version}"

    @property
    def signature(self) -> ModelSignature | None:
        """What it asks of a table."""
        found: ModelSignature | None = self.predictor.signature
        return found

    def predict(self, data: pd.DataFrame) -> pd.DataFrame:
        """Score rows."""
        found: pd.DataFrame = self.predictor(data)
        return found


def load(version: Any, role: Role) -> Loaded:
    """Load a version, and let it show that it still says what it said when it was measured.

    Its files were checked against their digest when they were read. Then it scores the example of
    its signature, and held-out rows, whose predictions must be those of its run.

    Raises
    ------
    FourstrokeError
        If it does not load, does not score its own example, or says something else than it did.
    """
    predictor = version.predictor()
    try:
        _warm_up(predictor)
        tried = _tried(version, predictor)
    except BaseException:
        predictor.close()
        raise
    loaded = Loaded(role=role, version=version, predictor=predictor, tried_rows=tried)
    # Once nobody is being answered by it any more.
    weakref.finalize(loaded, predictor.close)
    return loaded


def _warm_up(predictor: Any) -> None:
    signature = predictor.signature
    if signature is not None and signature.example:
        rows = rows_of_records(signature, [dict(row) for row in signature.example])
        predictor(table_of(rows))


def _tried(version: Any, predictor: Any) -> int:
    """Score held-out rows, together and one by one: a few rows may take another way than many."""
    try:
        kept = version.held_out()
    except FourstrokeError:  # swept, or of a codec that is not installed any more
        kept = None
    if kept is None or not isinstance(kept[0], pd.DataFrame):
        return 0
    data, said = (table.head(_TRIED_ROWS) for table in kept)
    again = predictor(data)
    alone = pd.concat([predictor(data.iloc[[row]]) for row in range(min(len(data), _ALONE_ROWS))])
    for column in said.columns:
        if not (
            _is_same(said[column], again[column])
            and _is_same(said[column].head(len(alone)), alone[column])
        ):
            raise StoreError(
                f"it says something else of held-out rows than when it was measured: {column}",
                where=f"{predictor.model}@v{predictor.version}",
                hint="compare versions of packages: fourstroke runs show",
            )
    return len(data)


def _is_same(first: pd.Series[Any], second: pd.Series[Any]) -> bool:
    return all(
        one == two
        or (
            isinstance(one, float)
            and isinstance(two, float)
            and (math.isclose(one, two, rel_tol=_CLOSE, abs_tol=_CLOSE) or math.isnan(one))
        )
        for one, two in zip(first.tolist(), second.tolist(), strict=True)
    )
