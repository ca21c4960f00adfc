"""The promotion policy: one function that every way to promote a version passes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke.errors import RefusedError

if TYPE_CHECKING:
    from fourstroke.config import Policy
    from fourstroke.entities.model import Decision


def refuse_unless_allowed(
    policy: Policy,
    *,
    what: str,
    verdict_passed: bool,
    decision: Decision | None,
    author: str,
    is_dirty: bool,
) -> None:
    """Refuse to promote a version that the project's policy does not let through.

    Parameters
    ----------
    policy : Policy
        From ``[development.policy]``.
    what : str
        The version, as people name it.
    verdict_passed : bool
        Whether its verdict was "pass".
    decision : Decision or None
        The last approval; ``None`` if nobody decided.
    author : str
        Who ran the training.
    is_dirty : bool
        Whether the working tree had changes that were not committed.

    Raises
    ------
    RefusedError
        Names the first rule that is not met and what to do.
    """
    if not verdict_passed:
        raise RefusedError(
            "its verdict is not a pass", where=what, hint="see the report of its run"
        )
    if decision is None or decision.answer != "yes":
        why = "nobody has approved it" if decision is None else f"approval: {decision.why}"
        raise RefusedError(why, where=what, hint="fourstroke models deploy records your approval")
    if not policy.author_may_approve and decision.by == author:
        raise RefusedError(
            f"{author} trained it and may not approve it",
            where=what,
            hint="development.policy.author_may_approve is false: let somebody else approve",
        )
    if policy.clean_tree and is_dirty:
        raise RefusedError(
            "it was trained from a working tree with changes that are not committed",
            where=what,
            hint="development.policy.clean_tree is true: commit and run again",
        )
