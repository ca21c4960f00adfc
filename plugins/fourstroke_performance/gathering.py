"""Going through the batches of a window once, and keeping what figures need: some bytes a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from fourstroke_performance.answers import Answers, Classes, answers_of, outcomes_of

if TYPE_CHECKING:
    from fourstroke import Window
    from fourstroke_performance.labels import Array


@attrs.frozen(kw_only=True, eq=False)
class Gathered:
    """The rows of a window.

    Parameters
    ----------
    answers : Answers
        Of the rows that are kept.
    truth : array
        Their outcomes, if these were asked for.
    rows : int
        How many the window has.
    unusable : int
        Of how many the model said nothing that can be used.
    labelled : int
        How many have an outcome that means something.
    strange : int
        How many have one that means nothing here.
    named : tuple of str
        Strange outcomes by name.
    """

    answers: Answers
    truth: Array
    rows: int
    unusable: int
    labelled: int = 0
    strange: int = 0
    named: tuple[str, ...] = ()


def gather(window: Window, classes: Classes, *, with_outcomes: bool) -> Gathered:
    """Keep predictions and scores of a window, of all rows or of those with an outcome."""
    answers, truths = [], []
    rows = unusable = labelled = strange = 0
    named: dict[str, None] = {}
    for batch in window.batches:
        count = len(batch.predictions)
        found = answers_of(batch.predictions, classes)
        outcomes = outcomes_of(batch.labels if with_outcomes else None, count, classes)
        kept = found.usable & outcomes.known if with_outcomes else found.usable
        answers.append(found.rows(kept))
        truths.append(outcomes.truth[kept])
        rows += count
        unusable += int((~found.usable).sum())
        labelled += int(outcomes.known.sum())
        strange += int(outcomes.strange.sum())
        named |= dict.fromkeys(outcomes.named)
    return Gathered(
        answers=_joined(answers),
        truth=np.concatenate(truths) if truths else np.zeros(0, dtype=np.int32),
        rows=rows,
        unusable=unusable,
        labelled=labelled,
        strange=strange,
        named=tuple(named),
    )


def _joined(parts: list[Answers]) -> Answers:
    if not parts:
        nothing = np.zeros(0)
        return Answers(
            said=nothing.astype(np.int32),
            scores=None,
            is_probability=False,
            usable=nothing.astype(bool),
        )
    with_scores = [part for part in parts if len(part.said)] or parts[:1]
    scores = [part.scores for part in with_scores if part.scores is not None]
    # Scores that only some batches have rank nothing.
    is_whole = len(scores) == len(with_scores)
    return Answers(
        said=np.concatenate([part.said for part in with_scores]),
        scores=np.concatenate(scores) if is_whole else None,
        is_probability=all(part.is_probability for part in with_scores),
        usable=np.concatenate([part.usable for part in with_scores]),
    )
