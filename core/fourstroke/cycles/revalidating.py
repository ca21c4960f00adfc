"""Judge a registered version again, on the rows that it was measured on: the steps of its run, as they were."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from fourstroke.cycles import development, judging, shadowing
from fourstroke.cycles.auditing import ADMIT
from fourstroke.cycles.data import PUBLISH, SPLIT
from fourstroke.cycles.step_names import SELECT
from fourstroke.errors import UsageError
from fourstroke.plan import Inputs, Outputs, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.config import Config
    from fourstroke.engine.session import Session
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.records import Records
    from fourstroke.records.rows import VersionRow

_GIVEN: Final = {SPLIT: "data", ADMIT: "data", PUBLISH: "data", SELECT: "model"}
_JUDGING: Final = frozenset({development.CHAMPION, development.COMPARE, development.VERDICT})


def steps(
    config: Config,
    plugins: Mapping[tuple[str, str], BuiltPlugin],
    records: Records,
    row: VersionRow,
) -> list[Step]:
    """Give the steps that come to a new verdict on a version.

    Raises
    ------
    UsageError
        If the run that made it does not tell any more what it was made of, or the project trains no such
        candidate now.
    """
    what = f"{row.model}@v{row.version}"
    known = {step.fact.name: step.outputs for step in records.steps(row.run)}
    lacking = [name for name in _GIVEN if not known.get(name)]
    if lacking or known[SELECT]["model"].digest != row.digest:
        raise UsageError(
            f"its run {row.run} does not tell any more what it was made of",
            where=what,
            hint="fourstroke run judges what the project makes now",
        )
    if all(table.name != row.candidate for table in config.tables.get("train", ())):
        raise UsageError(
            f"the project has no [[model.train]] {row.candidate!r} now, which made it", where=what
        )
    given = [
        Step(
            name=name,
            cycle=cycle,
            stage="given",
            act=partial(_give, outputs=known[name], run=row.run),
            is_volatile=True,
        )
        for name, cycle in _GIVEN.items()
    ]
    return [*given, *filter(_is_judging, development.steps(config, plugins))]


def _is_judging(step: Step) -> bool:
    return step.name in {*_JUDGING, shadowing.STEP} or step.name.startswith(judging.VALIDATE)


def _give(
    session: Session,  # noqa: ARG001 - an act
    step: Step,  # noqa: ARG001
    inputs: Inputs,  # noqa: ARG001
    *,
    outputs: Mapping[str, Artifact],
    run: str,
) -> Outputs:
    return {**outputs, "summary": f"as run {run} had it"}
