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
    is_clean: bool,
) -> None:
    """Refuse to promote a version that the project's policy does not let through.

    Parameters
    ----------
    policy : Policy
        From ``[development.policy]``.
    what : str
        The version, as people name it.
    verdict_passed : bool
        Whether the latest verdict on its files is "pass".
    decision : Decision or None
        The last word on it; ``None`` if nobody decided.
    author : str
        Who ran the training.
    is_clean : bool
        Whether a run made it from a commit, without changes beside it.

    Raises
    ------
    RefusedError
        Names the first rule that is not met and what to do.
    """
    if not verdict_passed:
        raise RefusedError(
            "the latest verdict on it is not a pass", where=what, hint="see the report of that run"
        )
    if decision is None or decision.answer != "yes":
        raise RefusedError(_without_yes(decision), where=what, hint=_way_out(decision))
    if not policy.author_may_approve and decision.by == author:
        raise RefusedError(
            f"{author} trained it and may not approve it",
            where=what,
            hint="development.policy.author_may_approve is false: let somebody else approve",
        )
    if policy.clean_tree and not is_clean:
        raise RefusedError(
            "no run has made it from a commit without changes beside it",
            where=what,
            hint="development.policy.clean_tree is true: commit and run again",
        )


def _without_yes(decision: Decision | None) -> str:
    if decision is None:
        return "nobody has approved it"
    if decision.answer == "waiting":
        return f"approval: {decision.why}"
    return f"{decision.by or 'the approver'} said no: {decision.why}"


def _way_out(decision: Decision | None) -> str:
    if decision is not None and decision.answer == "no":
        return "whoever answers for it may: fourstroke models deploy ... --override --why '...'"
    return "fourstroke models deploy records your approval"
