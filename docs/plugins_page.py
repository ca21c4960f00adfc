"""The page of the bundled plugins: settings, the keys of every step, expressions, metrics."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from prose import code, prose, table

from fourstroke.cli.describe import describe
from fourstroke.config.keys import CHECK_KEYS, PREPARE_KEYS, STEP_KEYS, TABLE_KEYS
from fourstroke.plugins.discovery import installed
from fourstroke.plugins.offers import DEFAULT
from fourstroke.stages import header_of
from fourstroke_pandas.expressions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.cli.describe import Setting
    from fourstroke.plugins.offers import Offer

_UNSHOWN = frozenset({"codec", "template"})

_KEYS = """\
Every table of a stage takes these besides its plugin's settings, so that no setting has such a
name. Tables of `backends`, `report` and `observe` take `use` and `name` alone; only those of
`data.prepare` take `from` and `training_only`, only those of `data.check` take `on_failure` and
`most_quarantined`.
"""

_EXPRESSIONS = """\
`prepare: filter` keeps the rows in which one holds, and `prepare: derive` computes a column of each.
They are read, never run as Python.

- A column by its name, `age`, or, if that is no plain word, `col("hours per week")`.
- Numbers, text in quotes, `true`, `false`.
- `+ - * / // % **` with numbers; `+` joins text; `-` takes one time from another.
- `== != < <= > >=`, also chained: `18 <= age < 65`. A text beside times is read as a time.
- `and`, `or`, `not`; `in [...]` and `not in [...]` with a list of values; `a if b else c`.
- The functions below. A comparison with a missing cell does not hold.

```toml
[[data.prepare]]
use = "filter"
where = 'age >= 18 and country in ["CH", "DE"]'

[[data.prepare]]
use = "derive"
columns = { rooms_each = "rooms / max(people, 1)", is_weekend = "weekday(sold) >= 5" }
```
"""

_METRICS = """\
What `evaluate: quality` measures, the primary one of each kind of task first: it chooses between
candidates unless `model.select` names another. `model.select`, `validate: threshold` and
`validate: champion` know them by these names, as scikit-learn's `metrics` does.
"""

# Of each kind of task, in the order in which they are measured.
METRICS = {
    "binary": (
        *("roc_auc", "accuracy", "balanced_accuracy", "f1", "precision", "recall"),
        *("specificity", "mcc", "average_precision"),
        *("log_loss", "brier", "ece", "mean_cost"),
    ),
    "multiclass": (
        *("accuracy", "f1_macro", "f1_weighted", "balanced_accuracy", "roc_auc_ovr"),
        *("log_loss", "ece"),
    ),
    "regression": ("rmse", "mae", "median_ae", "r2", "mape"),
}
LOWER_IS_BETTER = frozenset(
    {"log_loss", "brier", "ece", "mean_cost", "rmse", "mae", "median_ae", "mape"}
)
_MEANINGS = {
    "roc_auc": "The chance that a row of the class of interest is ranked before another.",
    "accuracy": "The share of rows that are put into their class.",
    "balanced_accuracy": "The mean of each class's own share of right rows.",
    "f1": "The harmonic mean of precision and recall.",
    "precision": "Of the rows that are put into the class of interest, the share that belongs there.",
    "recall": "Of the rows of the class of interest, the share that is found.",
    "specificity": "Of the rows of the other class, the share that is left there.",
    "mcc": "The correlation of predicted and true class (Matthews): 0 for guesses, 1 for no error.",
    "mean_cost": "What the errors cost a row, if a false alarm and a miss cost differently.",
    "average_precision": "The mean precision over all thresholds, weighted by what each adds to recall.",
    "ece": "How far probabilities lie from what came true, on average over ten bins of equal size.",
    "f1_weighted": "The mean of f1 over all classes, each as often as it occurs.",
    "median_ae": "The median absolute error, in the target's unit.",
    "log_loss": "The mean logarithmic loss of the probabilities.",
    "brier": "The mean squared error of the probability of the class of interest.",
    "f1_macro": "The mean of f1 over all classes.",
    "roc_auc_ovr": "The mean of roc_auc of each class against all others.",
    "rmse": "The root of the mean squared error, in the target's unit.",
    "mae": "The mean absolute error, in the target's unit.",
    "r2": "The share of the target's variance that is explained.",
    "mape": "The mean absolute error as a share of the target; only where no target is 0.",
}


def page() -> str:
    """Write the page."""
    lines = [
        "# Bundled plugins",
        "",
        "What `use` may say without installing anything else, and in which table of the project file.",
        "",
    ]
    lines += ["Also here: [the keys of every step](#keys-of-every-step),"]
    lines += ["[expressions](#expressions), [metrics](#metrics).", ""]
    seen: set[tuple[str, str]] = set()
    for offer in sorted(installed(), key=lambda item: (item.kind, item.name)):
        if not offer.is_bundled or offer.name == DEFAULT or offer.stage in _UNSHOWN:
            continue
        if (offer.stage, offer.value) not in seen:
            seen.add((offer.stage, offer.value))
            lines += _plugin(offer)
    return "\n".join([*lines, *_keys(), *_expressions(), *_metrics()])


def _plugin(offer: Offer) -> list[str]:
    module, _, name = offer.value.partition(":")
    loaded, described = getattr(importlib.import_module(module), name), describe(offer)
    lines = [f"## {offer.kind}: {offer.name}", "", prose(loaded), ""]
    lines += [f"Table: `{header_of(offer.stage)}`", ""]
    lines += _settings(described.settings)
    for inner in described.tables:
        lines += [f"### {inner.name}, of {offer.name}", "", inner.description, ""]
        lines += _settings(inner.settings)
    return lines


def _settings(settings: Sequence[Setting]) -> list[str]:
    rows = [
        (code(each.name), code(each.type), _default(each.default), each.meaning)
        for each in settings
        if not each.name.startswith("_")
    ]
    return table(("setting", "type", "default", "meaning"), rows)


def _default(text: str) -> str:
    return text if text in {"required", "computed"} else code(text)


def _keys() -> list[str]:
    rows = [
        (code(key.name), key.kind.expected, key.about)
        for key in (*TABLE_KEYS, *PREPARE_KEYS, *CHECK_KEYS, *STEP_KEYS)
    ]
    return ["## Keys of every step", "", _KEYS, *table(("key", "what it may be", "meaning"), rows)]


def _expressions() -> list[str]:
    rows = [(code(function.call), function.about) for function in FUNCTIONS.values()]
    return ["## Expressions", "", _EXPRESSIONS, *table(("function", "gives"), rows)]


def _metrics() -> list[str]:
    rows = [
        (kind, code(name), "lower" if name in LOWER_IS_BETTER else "higher", _MEANINGS[name])
        for kind, names in METRICS.items()
        for name in names
    ]
    return ["## Metrics", "", _METRICS, *table(("task", "metric", "better", "meaning"), rows)]
