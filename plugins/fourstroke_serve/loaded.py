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
    from fourstroke_serve.rows import Columns

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
    example : table, optional
        What it says of the example of its signature; ``None`` if it has none.
    deployment : int, optional
        The id of the deployment that put it to work; a version on trial has none.
    row_id : str
        The column that outcomes find their row by; it is logged if it was sent, and never scored.
    """

    role: Role
    version: Any = attrs.field(repr=False)
    predictor: Any = attrs.field(repr=False)
    tried_rows: int = 0
    example: pd.DataFrame | None = attrs.field(default=None, repr=False)
    deployment: int | None = None
    row_id: str = ""
    # What this one is a copy of: the predictor is closed when nobody has the first any more.
    _first: Loaded | None = attrs.field(default=None, repr=False)

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

    def score(self, columns: Columns) -> pd.DataFrame:
        """Score rows."""
        scored = {name: cells for name, cells in columns.items() if name != self.row_id}
        found: pd.DataFrame = self.predictor(table_of(scored))
        return found

    def deployed(self, deployment: int | None) -> Loaded:
        """Give the same version, put to work by another deployment."""
        return attrs.evolve(self, deployment=deployment, first=self)


def load(version: Any, role: Role, row_id: str = "") -> Loaded:
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
        example = _warm_up(predictor)
        tried = _tried(version, predictor)
    except BaseException:
        predictor.close()
        raise
    signature = predictor.signature
    known = {column.name for column in signature.columns} if signature is not None else {row_id}
    loaded = Loaded(
        role=role,
        version=version,
        predictor=predictor,
        tried_rows=tried,
        example=example,
        # What the model goes by is scored and logged anyway.
        row_id="" if row_id in known else row_id,
    )
    # Once nobody is being answered by it any more.
    weakref.finalize(loaded, predictor.close)
    return loaded


def _warm_up(predictor: Any) -> pd.DataFrame | None:
    """Score the example; also not at all and one row alone, which may take other ways."""
    signature = predictor.signature
    if signature is None or not signature.example:
        return None
    table = table_of(rows_of_records(signature, [dict(row) for row in signature.example]))
    predictor(table.head(0))
    predictor(table.head(1))
    found: pd.DataFrame = predictor(table)
    return found


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
