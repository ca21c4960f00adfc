"""Which column of the table each feature of an estimator was made of."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import attrs
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from fourstroke_sklearn.dates import PARTS, DateParts


@attrs.frozen
class Feature:
    """One feature that an estimator sees.

    Parameters
    ----------
    column : str
        The column of the table.
    part : str
        What of it: a value of text, a part of a date, that it is missing; empty for a number itself.
    scale : float
        How much of the column's own unit one unit of the feature is.
    """

    column: str
    part: str = ""
    scale: float = 1.0

    @property
    def name(self) -> str:
        """The feature for people, such as ``education = Masters`` or ``sold, weekday``."""
        return f"{self.column}{self.part}"


def features_of(model: Any) -> list[Feature]:
    """Name the features of a pipeline that this plugin made, in the estimator's order.

    Raises
    ------
    ValueError
        If the pipeline has a step of which that is not known.
    """
    steps = model[1].transformers_
    return [feature for _, step, names in steps for feature in _of_step(step, list(names))]


def _of_step(step: Any, names: list[str]) -> Iterator[Feature]:
    chain = [each for _, each in step.steps] if hasattr(step, "steps") else [step]
    features = [Feature(name) for name in names]
    for each in chain:
        features = list(_after(each, features))
    yield from features


@functools.singledispatch
def _after(step: Any, features: list[Feature]) -> Iterator[Feature]:  # noqa: ARG001
    """Give the features that come out of a step."""
    raise ValueError(f"{type(step).__name__} is not known here")


@_after.register(str)  # "passthrough"
@_after.register(FunctionTransformer)
@_after.register(OrdinalEncoder)
def _(_step: Any, features: list[Feature]) -> Iterator[Feature]:
    yield from features


@_after.register
def _(step: SimpleImputer, features: list[Feature]) -> Iterator[Feature]:
    yield from features
    if step.indicator_ is not None:
        for at in step.indicator_.features_:
            yield attrs.evolve(features[at], part=f"{features[at].part} is missing")


@_after.register
def _(step: StandardScaler, features: list[Feature]) -> Iterator[Feature]:
    for feature, scale in zip(features, step.scale_, strict=True):
        yield attrs.evolve(feature, scale=float(scale))


@_after.register
def _(_step: DateParts, features: list[Feature]) -> Iterator[Feature]:
    for feature in features:
        yield from (attrs.evolve(feature, part=f", {part}") for part in PARTS)


@_after.register
def _(step: OneHotEncoder, features: list[Feature]) -> Iterator[Feature]:
    for feature, values, rare in zip(
        features, step.categories_, step.infrequent_categories_, strict=True
    ):
        few = set() if rare is None else set(rare)
        for value in values:
            if value not in few:
                yield attrs.evolve(feature, part=f" = {value}")
        if few:
            yield attrs.evolve(feature, part=" = any rare value")
