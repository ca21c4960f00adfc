"""Execute a run again as it was recorded, and prove that it gives the same."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import attrs
import tomlkit

from fourstroke.artifacts import files
from fourstroke.comparison import Difference, differences
from fourstroke.config.source import FILE_NAME
from fourstroke.cycles.data import PUBLISH
from fourstroke.engine.made_from import CODE
from fourstroke.engine.workshop import HOME, Workshop
from fourstroke.errors import UsageError
from fourstroke.plan import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.artifacts.store import ArtifactStore
    from fourstroke.engine.listener import Listener
    from fourstroke.engine.session import Session
    from fourstroke.entities.run import RunState
    from fourstroke.errors import FourstrokeError
    from fourstroke.history import RunDetail
    from fourstroke.plan import Inputs, Outputs
    from fourstroke.project import Project

_CYCLES: Final = frozenset({"data", "model"})
# Its version counts from the beginning in the copy; that of the table is compared before.
_NOT_COMPARED: Final = frozenset({PUBLISH})


@attrs.frozen(kw_only=True)
class Match:
    """One result of one step, then and now.

    Parameters
    ----------
    step, output : str
        Which one.
    recorded : str
        The digest that the run gave.
    found : str
        The digest now; empty if the step gave nothing.
    """

    step: str
    output: str
    recorded: str
    found: str

    @property
    def is_same(self) -> bool:
        """Whether it is identical, to the last bit."""
        return self.recorded == self.found


@attrs.frozen(kw_only=True)
class Reproduction:
    """What came of executing a run again.

    Parameters
    ----------
    run : str
        Which run.
    state : RunState
        How it ended this time.
    matches : tuple of Match
        Every result of the data and the model cycle, in the order of the steps.
    environment : tuple of Difference
        In what the environment differs from the recorded one.
    notes : tuple of str
        What could not be taken from the record.
    errors : tuple of FourstrokeError
        What went wrong.
    """

    run: str
    state: RunState
    matches: tuple[Match, ...]
    environment: tuple[Difference, ...]
    notes: tuple[str, ...]
    errors: tuple[FourstrokeError, ...]

    @property
    def is_identical(self) -> bool:
        """Whether all results are the same."""
        return bool(self.matches) and all(match.is_same for match in self.matches)


def reproduce(project: Project, run: str, listener: Listener | None = None) -> Reproduction:
    """Execute the data and the model cycle of a run again, in a copy that goes afterwards.

    Settings, seed and code are those of the record, and so are the tables that its sources gave; no
    result is reused. Nothing of the project changes: neither records nor store nor what is deployed.

    Raises
    ------
    UsageError
        If there is no such run, or it has nothing that could be compared.
    """
    from fourstroke.cycles.turn import steps  # noqa: PLC0415 - brings every cycle with it

    detail = project.runs.show(run)
    recorded = _recorded(detail)
    if not recorded:
        raise UsageError(
            f"run {detail.run.run} has no results to compare",
            hint="fourstroke runs list --kind run",
        )
    notes: list[str] = []
    store = Workshop.of(project.config).store
    with _copy(project, detail, notes) as root, type(project).open(root, environment="") as copy:
        turn = steps(copy.config, copy.check())
        chosen = [
            _as_recorded(step, recorded, store, notes)
            for step in turn
            if step.cycle in _CYCLES and step.name in recorded
        ]
        outputs, state, errors = copy.perform(chosen, listener)
        matches = tuple(
            Match(
                step=step.name,
                output=name,
                recorded=artifact.digest,
                found=now.digest if (now := outputs.get(step.name, {}).get(name)) else "",
            )
            for step in chosen
            if step.name not in _NOT_COMPARED
            for name, artifact in recorded[step.name].items()
        )
        return Reproduction(
            run=detail.run.run,
            state=state,
            matches=matches,
            environment=_environment(project, copy, detail),
            notes=tuple(notes),
            errors=errors,
        )


def _recorded(detail: RunDetail) -> dict[str, Mapping[str, Artifact]]:
    return {
        step.fact.name: step.outputs
        for step in detail.steps
        if step.fact.cycle in _CYCLES and step.outputs
    }


def _as_recorded(
    step: Step,
    recorded: Mapping[str, Mapping[str, Artifact]],
    store: ArtifactStore,
    notes: list[str],
) -> Step:
    """Let a source give what it gave then; whatever it holds now."""
    if step.stage not in {"collect", "pin"}:
        return step
    known = recorded[step.name]
    if not all(map(store.has, known.values())):
        notes.append(f"{step.name}: what it gave is not in the store any more, so it is read again")
        return step

    def give(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001 - as all acts
        given = {name: session.put(store.load(artifact)) for name, artifact in known.items()}
        return {**given, "summary": "as recorded"}

    return Step(name=step.name, cycle=step.cycle, stage=step.stage, act=give, is_volatile=True)


@contextlib.contextmanager
def _copy(project: Project, detail: RunDetail, notes: list[str]) -> Iterator[Path]:
    """Make a project of what was recorded; everything else is linked to."""
    scratch = Workshop.of(project.config).scratch
    with files.set_apart(scratch, "reproduce") as folder:
        root = folder / "project"
        root.mkdir()
        source = project.runs.source(detail.run.run)
        if not source:
            notes.append("its code was not kept: this is the code of today")
        for name, text in source.items():
            place = root / name.removeprefix(f"{CODE}/")
            if name.startswith(f"{CODE}/"):
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8", newline="")
        (root / FILE_NAME).write_text(as_project_file(detail.run.settings), encoding="utf-8")
        _link(project.root, root)
        yield root


def _link(source: Path, target: Path) -> None:
    """Link to what is not in a folder yet."""
    for path in source.iterdir():
        place = target / path.name
        if path.name in {HOME, "__pycache__", ".git"}:
            continue
        if not place.exists():
            place.symlink_to(path)
        elif path.is_dir() and place.is_dir() and not place.is_symlink():
            _link(path, place)


def as_project_file(settings: Mapping[str, Any]) -> str:
    """Write the settings as a project file, with a store and records of its own."""
    known = {name: value for name, value in settings.items() if name != "backends"}
    backends = dict(settings.get("backends", {}))
    known["backends"] = {name: backends[name] for name in ("runner",) if name in backends}
    return tomlkit.dumps(known)


def _environment(project: Project, copy: Project, detail: RunDetail) -> tuple[Difference, ...]:
    then, now = project.runs.provenance(detail.run.run).facts, copy.runs.list(1)[0]
    facts = copy.runs.provenance(now.run).facts
    return (
        *differences("environment", _flat(then), _flat(facts)),
        *differences(
            "plugin",
            {f"{each.kind} {each.name}": each.digest for each in detail.run.plugins},
            {f"{each.kind} {each.name}": each.digest for each in now.plugins},
        ),
    )


def _flat(facts: Mapping[str, Any]) -> dict[str, Any]:
    known = dict(facts)
    return {**known.pop("distributions", {}), **known}
