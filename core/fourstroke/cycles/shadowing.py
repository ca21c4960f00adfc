"""Rows that a candidate scored as a shadow, paired with what the champion answered: evidence for a verdict."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.artifacts.digest import digest_json
from fourstroke.cycles import windows
from fourstroke.cycles.looks import look_in_shadow
from fourstroke.cycles.measuring_both import both_evaluated
from fourstroke.cycles.shape import counted
from fourstroke.entities.model import InShadow
from fourstroke.plan import Inputs, Outputs, Ref, Step
from fourstroke.records.prediction_log import LogQuery
from fourstroke.replay.knowing import Knowing, texts_in
from fourstroke.replay.pairing import Pairing
from fourstroke.windows.cutting import CutWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.entities.facts import Check
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.records.rows import VersionRow

STEP: Final = "development.shadow"
# The inputs of a validator's step: what stands about the shadow, its rows, and those of the champion.
SHADOWED: Final = "in_shadow"
_OWN: Final = "shadow"
_ANSWERED: Final = "answered"


def needs_shadow(plugin: BuiltPlugin) -> bool:
    """Say whether a validator goes by what a candidate said as a shadow."""
    return plugin.table.stage == "validate" and bool(
        getattr(plugin.instance, "needs_shadow", False)
    )


def step(model: Ref, champion: Ref) -> Step:
    """Give the step that finds what the candidate said as a shadow."""
    return Step(
        name=STEP,
        cycle="development",
        stage="shadow",
        inputs={"model": model, "champion": champion},
        act=_find,
        is_volatile=True,
    )


def inputs() -> dict[str, Ref]:
    """Give what a validator's step takes of it."""
    return {
        SHADOWED: Ref(STEP),
        _OWN: Ref(STEP, _OWN, is_optional=True),
        _ANSWERED: Ref(STEP, _ANSWERED, is_optional=True),
    }


def looked_at(
    plugins: Mapping[tuple[str, str], BuiltPlugin],
    known: Mapping[str, Any] | None,
    checks_of: Callable[[str], Sequence[Check] | None],
) -> dict[str, Any]:
    """Say for a verdict which rows of the shadow were looked at: those of which a check has seen a figure.

    Too few rows to begin with are no look.

    Parameters
    ----------
    plugins : mapping
        All that the project names.
    known : mapping, optional
        What the step has found; ``None`` if no validator asks for it.
    checks_of : callable
        Gives the checks of the validator of a name.
    """
    if known is None or not known["evidence"]:
        return {}
    names = [name for (_, name), built in plugins.items() if needs_shadow(built)]
    checks = [check for name in names for check in checks_of(name) or ()]
    if all(check.observed is None for check in checks):
        return {}
    return {"shadow_digest": known["evidence"], "shadow_look": known["look"]}


# Act, done in the main process


def _find(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001 - an act
    """Find the rows of a registered candidate's shadow, and those that the champion answered meanwhile."""
    known = session.load(inputs["champion"])
    own = _version_of(session, inputs["model"].digest)
    if known["version"] is None:
        return _none("first", own, "no champion yet")
    if own is None:
        return _none("unregistered", own, "not registered yet")
    if own.is_champion:
        return _none("at_work", own, f"v{own.version} is at work")
    records, model = session.records, session.config.model
    shadow = records.logged_batches(LogQuery(model=model, version=own.version, role="shadow"))
    if not shadow:
        return _none("asked", own, f"v{own.version} was no shadow")
    answered = records.logged_batches(
        LogQuery(
            model=model,
            version=known["version"],
            role="champion",
            since=min(row.first_at for row in shadow) - Pairing.LAG,
            until=max(row.last_at for row in shadow),
        )
    )
    rows = windows.described(session, model, own.version, CutWindow.of("shadow", shadow))
    champion = windows.described(session, model, known["version"], CutWindow.of("shadow", answered))
    # Outcomes are joined to the rows of the shadow.
    champion["labels"] = []
    evidence = digest_json({_OWN: rows, _ANSWERED: champion})
    judged = (each.verdict for each in records.verdicts(model))
    look = look_in_shadow(judged, inputs["model"].digest, known["version"], evidence)
    count = sum(row.rows for row in shadow)
    return {
        "value": {"state": "asked", "version": own.version, "evidence": evidence, "look": look},
        _OWN: rows,
        _ANSWERED: champion,
        "summary": f"{counted(count, 'row')} by v{own.version}, look {look}",
    }


def _none(state: str, own: VersionRow | None, why: str) -> Outputs:
    version = None if own is None else own.version
    value = {"state": state, "version": version, "evidence": "", "look": 1}
    return {"value": value, "summary": why}


def _version_of(session: Session, digest: str) -> VersionRow | None:
    known = session.records.model_versions(session.config.model)
    return next((row for row in known if row.digest == digest), None)


# Work, done in a worker


def in_shadow(bench: Bench) -> InShadow:
    """Pair the rows, and measure both versions on those whose outcome is known."""
    known = bench.load(SHADOWED)
    standing = InShadow(state=known["state"], version=known["version"])
    if _OWN not in bench.inputs:
        return standing
    tables, task = bench.shop.tables, bench.context.task
    asked = (texts_in(dict(table.settings)) for table in bench.shop.config.tables["evaluate"])
    knowing = Knowing(tables, task, frozenset[str]().union(*asked))
    pairing = Pairing(tables, windows.window_of(bench, _ANSWERED).batches)
    scored = 0
    for batch in windows.window_of(bench, _OWN).batches:
        pairs: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for row, (number, place) in pairing.of(batch):
            pairs[number].append((row, place))
            scored += 1
        for number, rows in pairs.items():
            before = pairing.predictions(number)
            knowing.add(batch.data, before, batch.predictions, batch.labels, rows)
    standing = attrs.evolve(standing, scored=scored, rows=knowing.rows)
    if not knowing.rows:
        return standing
    first, second = both_evaluated(
        bench,
        knowing.known(),
        (bench.step, bench.load("champion_model")),
        (bench.step, bench.load("model")),
    )
    champion = bench.load("champion")["version"]
    return attrs.evolve(
        standing,
        candidate=attrs.evolve(second, version=known["version"]),
        champion=attrs.evolve(first, version=champion),
    )
