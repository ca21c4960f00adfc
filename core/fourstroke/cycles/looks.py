"""How often the same held-out rows have been looked at: each comparison on them is one more chance to err."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fourstroke.entities.model import Verdict


def look_at(verdicts: Iterable[Verdict], model: str, rows: str, champion: int) -> int:
    """Count which comparison on these rows this is.

    One that was made before keeps its number, so that a turn in which nothing changed is the same
    turn. A verdict without a champion compared nothing.

    Parameters
    ----------
    verdicts : iterable of Verdict
        On the model, the oldest first.
    model, rows : str
        Digests of the candidate's files and of the held-out rows.
    champion : int
        The version that it is compared with.

    Examples
    --------
    >>> from fourstroke.entities.model import Verdict
    >>> known = [
    ...     Verdict(outcome="fail", checks=(), candidate="c", champion=1, model_digest=f"m{n}", rows_digest="r")
    ...     for n in range(3)
    ... ]
    >>> look_at(known, "m1", "r", 1), look_at(known, "new", "r", 1), look_at(known, "new", "fresh", 1)
    (2, 4, 1)
    """
    made: list[tuple[str, int]] = []
    for verdict in verdicts:
        if verdict.rows_digest == rows and verdict.champion is not None:
            pair = verdict.model_digest, verdict.champion
            if pair not in made:
                made.append(pair)
    own = model, champion
    return made.index(own) + 1 if own in made else len(made) + 1


def look_in_shadow(verdicts: Iterable[Verdict], model: str, champion: int, evidence: str) -> int:
    """Count which look at the growing rows of a shadow this is.

    Whoever looks again each time some rows have come is sure to find something at last; so each look at
    more rows counts, and one at the same rows keeps its number.

    Parameters
    ----------
    verdicts : iterable of Verdict
        On the model, the oldest first.
    model, evidence : str
        Digests of the candidate's files, and of the rows.
    champion : int
        The version that it is compared with.

    Examples
    --------
    >>> from fourstroke.entities.model import Verdict
    >>> known = [
    ...     Verdict(
    ...         outcome="fail", checks=(), candidate="c", champion=1, model_digest="m", shadow_digest=rows
    ...     )
    ...     for rows in ("monday", "", "tuesday")
    ... ]
    >>> look_in_shadow(known, "m", 1, "tuesday"), look_in_shadow(known, "m", 1, "friday")
    (2, 3)
    """
    made: list[str] = []
    for verdict in verdicts:
        is_of_it = (verdict.model_digest, verdict.champion) == (model, champion)
        if is_of_it and verdict.shadow_digest and verdict.shadow_digest not in made:
            made.append(verdict.shadow_digest)
    return made.index(evidence) + 1 if evidence in made else len(made) + 1
