"""What is kept of the held-out rows with a model version: a profile of every watched column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd

from fourstroke import PluginError, Task, class_name
from fourstroke_drift.category import CategoryProfile
from fourstroke_drift.number import NumberProfile
from fourstroke_drift.presence import PresenceProfile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

Profile = NumberProfile | CategoryProfile | PresenceProfile

_KINDS: Mapping[str, type[Profile]] = {
    "number": NumberProfile,
    "category": CategoryProfile,
    "presence": PresenceProfile,
}


@attrs.frozen(kw_only=True)
class Reference:
    """The profiles of features, predictions and target over the same ``rows``.

    The target's is ``None`` in what earlier versions of this plugin kept.
    """

    rows: int
    columns: Mapping[str, Profile]
    predictions: Mapping[str, Profile]
    label: Profile | None = None

    @classmethod
    def of(
        cls,
        data: pd.DataFrame,
        predictions: pd.DataFrame,
        task: Task,
        *,
        columns: Collection[str] = (),
        ignore: Collection[str] = (),
    ) -> Reference:
        """Profile the held-out rows.

        Raises
        ------
        PluginError
            If a column that the settings name is not there.
        """
        absent = sorted({*columns, *ignore} - set(data.columns))
        if absent:
            raise PluginError(f"there is no column {absent[0]!r} to watch or to ignore")
        wanted = [name for name in data.columns if not columns or name in columns]
        left_out = task.not_features | set(ignore)
        moving = {task.time: "it orders the rows in time", task.group: "it names groups"}
        return cls(
            rows=len(data),
            columns={
                name: profile_of(data[name], moving.get(name, ""))
                for name in wanted
                if name not in left_out
            },
            predictions={
                name: profile_of(predictions[name])
                for name in _watched_predictions(predictions.columns, task)
            },
            label=label_profile(data[task.target], task) if task.target in data else None,
        )

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists, text and numbers."""
        columns, predictions = (
            {name: _to_json(profile) for name, profile in profiles.items()}
            for profiles in (self.columns, self.predictions)
        )
        known = {"rows": self.rows, "columns": columns, "predictions": predictions}
        return known | ({"label": _to_json(self.label)} if self.label else {})

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reference:
        """Read back what `to_json` gave.

        Raises
        ------
        PluginError
            If another version of this plugin wrote it, in a form that this one does not know.
        """
        try:
            columns, predictions = (
                {name: _from_json(profile) for name, profile in value[part].items()}
                for part in ("columns", "predictions")
            )
            label = _from_json(value["label"]) if "label" in value else None
            return cls(rows=value["rows"], columns=columns, predictions=predictions, label=label)
        except (KeyError, TypeError, AttributeError) as error:
            raise PluginError(
                "the reference of this model version has a form that this plugin does not know",
                hint="train and register again, or install the version of fourstroke that made it",
            ) from error


def profile_of(column: pd.Series[Any], why_no_more: str = "") -> Profile:
    """Profile one column by its type; what cannot be compared is watched for presence only."""
    types = pd.api.types
    if why_no_more:
        return PresenceProfile.of(column, why_no_more)
    if types.is_datetime64_any_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        return PresenceProfile.of(column, "dates move on by themselves")
    if types.is_complex_dtype(column.dtype):
        return PresenceProfile.of(column, "complex numbers have no order")
    if types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype):
        return NumberProfile.of(column) or PresenceProfile.of(column, "it held no number")
    try:
        found = CategoryProfile.of(column)
    except TypeError:  # values that cannot be compared with each other: lists, mappings
        return PresenceProfile.of(column, "its values are no categories")
    return found or PresenceProfile.of(column, "it holds names or texts rather than categories")


def label_profile(target: pd.Series[Any], task: Task) -> Profile:
    """Profile what turned out: numbers for a regression, and classes else, also if they are 0 and 1."""
    known = target[target.notna()]
    if task.kind == "regression":
        return profile_of(known)
    found = CategoryProfile.of(known)
    return found or PresenceProfile.of(known, "its classes are too many to be compared")


def _watched_predictions(columns: Iterable[str], task: Task) -> list[str]:
    """Leave out what another column says already: the probability of the negative class."""
    names = list(columns)
    probabilities = [name for name in names if name.startswith("probability_")]
    if len(probabilities) == 2:  # noqa: PLR2004 - they add up to 1
        positive = f"probability_{class_name(task.positive)}"
        kept = positive if positive in probabilities else probabilities[-1]
        names = [name for name in names if name not in probabilities or name == kept]
    return names


def _to_json(profile: Profile) -> dict[str, Any]:
    kind = next(name for name, cls in _KINDS.items() if cls is type(profile))
    fields = attrs.asdict(profile, value_serializer=lambda _, __, value: _plain(value))
    return {"kind": kind} | fields


def _from_json(value: Mapping[str, Any]) -> Profile:
    fields: dict[str, Any] = {
        name: tuple(field) if isinstance(field, list) else field
        for name, field in value.items()
        if name != "kind"
    }
    return _KINDS[value["kind"]](**fields)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
