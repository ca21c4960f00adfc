"""Put an explanation together: importance, dependence, coefficients, and single rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from fourstroke_sklearn.attribution import attribute, cases_section
from fourstroke_sklearn.cases import asked, name_of, said_of, spread
from fourstroke_sklearn.coefficients import coefficients_section
from fourstroke_sklearn.dependence import dependence_section
from fourstroke_sklearn.frames import as_frame
from fourstroke_sklearn.importance import importance
from fourstroke_sklearn.labels import target_column
from fourstroke_sklearn.probe import Probe, sampled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke import Context, Section
    from fourstroke_sklearn.explain import Inspection
    from fourstroke_sklearn.intervals import Array

# A wide table gets fewer rows, so that all repeats of a column can be predicted at once.
_MOST_CELLS: Final = 10_000_000
_FEWEST_ROWS: Final = 100
_DEPENDENCE_ROWS: Final = 300
# Rows that stand for what is usual; fewer of a wide table.
_BACKGROUND: Final = 64
_FEWEST_BACKGROUND: Final = 8
_BACKGROUND_CELLS: Final = 6400


def inspect(settings: Inspection, model: Any, data: Any, context: Context) -> tuple[Section, ...]:
    """Explain a model on held-out rows; rows without a label are left out."""
    frame = as_frame(data)
    frame = frame[target_column(frame, context.task).notna().to_numpy()]
    random = np.random.default_rng(context.seed)
    fitting = max(_FEWEST_ROWS, _MOST_CELLS // (frame.shape[1] * settings.repeats))
    sample = sampled(frame, min(settings.rows, fitting), random)
    probe = Probe.of(model, context.task)
    features = probe.plain(sample)
    found, section = importance(
        probe,
        sample,
        features,
        repeats=settings.repeats,
        most_columns=settings.columns,
        of_rows=len(frame),
        random=random,
    )
    if not len(features):
        return (section,)
    strongest = [item.column for item in found[: settings.dependence]]
    chosen = spread(probe, features, settings.cases)
    return (
        section,
        *dependence_section(probe, sampled(features, _DEPENDENCE_ROWS, random), strongest),
        *coefficients_section(model, context.task),
        *_told(probe, sample.iloc[chosen], features.iloc[chosen], features, random),
    )


def explain_rows(model: Any, rows: Any, data: Any, context: Context) -> tuple[Section, ...]:
    """Say of each row what its columns add to its prediction.

    Raises
    ------
    DataError
        If there are more rows than anybody reads, or no held-out rows to compare with.
    """
    probe, random = Probe.of(model, context.task), np.random.default_rng(context.seed)
    frame, features, held_out = asked(rows, data, probe, random)
    return tuple(_told(probe, frame, features, held_out, random))


def _usual(features: pd.DataFrame, said: Array) -> pd.DataFrame:
    """Choose rows evenly from the lowest response to the highest, so that their mean is that of all."""
    cells = max(features.shape[1], 1)
    rows = min(max(_FEWEST_BACKGROUND, min(_BACKGROUND, _BACKGROUND_CELLS // cells)), len(features))
    middles = (np.arange(rows) + 0.5) * len(features) / rows
    return features.iloc[np.sort(np.argsort(said, kind="stable")[middles.astype(int)])]


def _told(
    probe: Probe,
    rows: pd.DataFrame,
    features: pd.DataFrame,
    held_out: pd.DataFrame,
    random: np.random.Generator,
) -> Iterator[Section]:
    """Explain rows, those of one class together."""
    if not len(rows):
        return
    said, seed = probe.predict(features), int(random.integers(2**32))
    labels = said_of(said, probe.classes(said))
    several = len(set(labels)) > 1
    for label in dict.fromkeys(labels):
        usual, found = _usual(held_out, probe.response(held_out, label)), []
        for at in [number for number, each in enumerate(labels) if each == label]:
            # The same orders for each row: what is said of one does not depend on the others.
            found_out = attribute(probe, features.iloc[[at]], usual, label, seed)
            found.append((name_of(rows, at, probe.task.id), rows.iloc[[at]], found_out))
        title = {"said": label} if several else {}
        measured = probe.measured(said, label)
        text = (
            f"What each column adds to the {measured}, compared with {len(usual):,} held-out rows"
            " from the lowest prediction to the highest (Shapley values). The parts and what is usual,"
            " which is the mean over these rows, add up to the prediction."
        )
        yield cases_section(found, text, measured, **title)
