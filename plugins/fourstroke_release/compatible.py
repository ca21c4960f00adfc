"""Ask that clients of the champion can go on as they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import Check, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fourstroke import Candidate, InputColumn, ModelSignature

_SHOWN = 5


@plugin
class Compatible:
    """Ask that a candidate takes what clients of the champion send, and answers in the same columns.

    A column that clients do not send now, one of another kind, and an answer that is gone break them. A
    column that is not needed any more and a further answer do not, and are warnings.
    """

    @hookimpl
    def validate(self, candidate: Candidate, champion: Candidate | None) -> Sequence[Check]:
        """Give a check of what is sent and one of what is answered; the first version passes."""
        if champion is None:
            return [Check(name="compatible", status="pass", why="there is no champion yet")]
        name = f"v{champion.version}" if champion.version is not None else "the champion"
        return [_asked(candidate, champion, name), _answered(candidate, champion, name)]


def _asked(candidate: Candidate, champion: Candidate, name: str) -> Check:
    what = "columns that it asks for"
    signatures = [_signature(each) for each in (candidate, champion)]
    for whose, signature in zip(("the candidate", name), signatures, strict=True):
        if signature is None:
            why = f"nobody says which columns {whose} needs: its plugin lacks the hook signature"
            return Check(name=what, status="inconclusive", why=why)
    now, before = ({c.name: c for c in s.columns} for s in signatures if s is not None)
    further, dropped, changed = _differences(
        *({name: column.kind for name, column in each.items()} for each in (now, before))
    )
    told = [
        _listed(f"clients of {name} do not send", further),
        _listed("changed kind:", changed),
        _listed("no longer needed:", dropped),
        *_values(now, before),
    ]
    check = Check(
        name=what,
        status="pass",
        observed=len(now),
        required=f"the {len(before)} of {name}, or fewer",
        why=f"the same {len(now)} columns as {name}",
        evidence=_digests(candidate, champion),
    )
    return _judged(check, told, breaking=[*further, *changed], harmless=dropped)


def _signature(model: Candidate) -> ModelSignature | None:
    return model.signature() if model.signature is not None else None


def _values(now: dict[str, InputColumn], before: dict[str, InputColumn]) -> list[str]:
    """Say which texts only one of the models knows; to know others is no break by itself."""
    told = []
    for name, column in now.items():
        known = before.get(name)
        if known is None or not column.values or not known.values:
            continue
        unknown = sorted(set(known.values) - set(column.values))
        told.append(_listed(f"texts of {name} that it has not seen:", unknown))
    return told


def _answered(candidate: Candidate, champion: Candidate, name: str) -> Check:
    what = "columns that it answers"
    if candidate.predictions is None or champion.predictions is None:
        why = (
            f"{name if candidate.predictions is not None else 'the candidate'} gave no predictions"
        )
        return Check(name=what, status="inconclusive", why=why)
    now, before = (_kinds(each.predictions) for each in (candidate, champion))
    further, gone, changed = _differences(now, before)
    told = [
        _listed(f"{name} answers, and it does not:", gone),
        _listed("changed kind:", changed),
        _listed("further ones:", further),
    ]
    check = Check(
        name=what,
        status="pass",
        observed=len(now),
        required=f"all {len(before)} of {name}",
        why=f"the same {len(now)} columns as {name}",
        evidence=_digests(candidate, champion),
    )
    return _judged(check, told, breaking=[*gone, *changed], harmless=further)


def _differences(
    now: Mapping[str, str], before: Mapping[str, str]
) -> tuple[list[str], list[str], list[str]]:
    """Name the columns that are only now there, those that only were, and those of another kind."""
    further = [each for each in now if each not in before]
    gone = [each for each in before if each not in now]
    changed = [
        f"{each} from {before[each]} to {kind}"
        for each, kind in now.items()
        if before.get(each, kind) != kind
    ]
    return further, gone, changed


def _judged(
    check: Check, told: Iterable[str], *, breaking: Sequence[str], harmless: Sequence[str]
) -> Check:
    """Say no to what breaks clients, and warn of other differences."""
    why = "; ".join(filter(None, told)) or check.why
    if breaking:
        return attrs.evolve(check, status="fail", why=why)
    if harmless:
        return attrs.evolve(check, status="warn", severity="warning", why=why)
    return attrs.evolve(check, why=why)


def _kinds(table: Any) -> dict[str, str]:
    """Say what the columns of predictions hold: numbers, truth values, or text and the like."""
    kinds = {"i": "number", "u": "number", "f": "number", "b": "boolean"}
    return {
        str(name): kinds.get(getattr(dtype, "kind", "O"), "text")
        for name, dtype in table.dtypes.items()
    }


def _listed(what: str, names: Iterable[str]) -> str:
    names = list(names)
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{what} {', '.join(names[:_SHOWN])}{more}"


def _digests(candidate: Candidate, champion: Candidate) -> str:
    return f"{candidate.digest} against {champion.digest}"
