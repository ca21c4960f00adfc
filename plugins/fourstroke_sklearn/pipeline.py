"""Put a pipeline for a table of mixed types before an estimator."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.utils import get_tags

from fourstroke_sklearn.dates import DateParts
from fourstroke_sklearn.families import Family
from fourstroke_sklearn.signature import Signature

# Histogram boosting keeps 255 bins a feature; one is left for what training did not see.
_MOST_NATIVE: Final = 254
_NUMBERS: Final[frozenset[Family]] = frozenset({"number", "boolean", "duration"})


@attrs.frozen(kw_only=True)
class Columns:
    """The features by what has to be done with them."""

    numbers: list[str]
    texts: list[str]
    dates: list[str]

    @classmethod
    def of(cls, signature: Signature) -> Columns:
        """Sort the columns of a fitted signature."""
        families = signature.families_
        return cls(
            numbers=[name for name, family in families.items() if family in _NUMBERS],
            texts=[name for name, family in families.items() if family == "text"],
            dates=[name for name, family in families.items() if family == "date"],
        )


def make_pipeline_for(signature: Signature, estimator: Any, *, max_categories: int) -> Pipeline:
    """Put what the columns need between signature and estimator.

    Parameters
    ----------
    signature : Signature
        Fitted on the training table.
    estimator : estimator
        Unfitted. Histogram gradient boosting gets text as categories and missing numbers as they are;
        every other one gets one-hot columns and imputed, scaled numbers.
    max_categories : int
        One-hot columns a text column at most; the rarest values share the last one.
    """
    columns = Columns.of(signature)
    if takes_categories(estimator):
        # Text comes first, so that the estimator can be told which columns are categories.
        estimator.set_params(categorical_features=list(range(len(columns.texts))) or None)
        steps = _native(columns)
    else:
        steps = _plain(columns, max_categories, is_sparse=get_tags(estimator).input_tags.sparse)
    return Pipeline(
        [
            ("signature", signature),
            ("columns", ColumnTransformer(steps, verbose_feature_names_out=False)),
            ("estimator", estimator),
        ]
    )


def takes_categories(estimator: Any) -> bool:
    """Say whether an estimator handles categories by itself and was not told of any."""
    return getattr(estimator, "categorical_features", None) == "from_dtype"


def _native(columns: Columns) -> list[tuple[str, Any, list[str]]]:
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=_MOST_NATIVE
    )
    return _used(
        ("texts", codes, columns.texts),
        ("numbers", "passthrough", columns.numbers),
        ("dates", DateParts(), columns.dates),
    )


def _plain(
    columns: Columns, max_categories: int, *, is_sparse: bool
) -> list[tuple[str, Any, list[str]]]:
    def numbers() -> Pipeline:
        return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())

    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=max_categories, sparse_output=is_sparse
    )
    return _used(
        ("numbers", numbers(), columns.numbers),
        (
            "dates",
            make_pipeline(DateParts(), *[step for _, step in numbers().steps]),
            columns.dates,
        ),
        ("texts", one_hot, columns.texts),
    )


def _used(*steps: tuple[str, Any, list[str]]) -> list[tuple[str, Any, list[str]]]:
    return [step for step in steps if step[2]]
