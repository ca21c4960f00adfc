"""The plan: which steps a project has, what each takes from which, and which of them would run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import attrs

from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.errors import FourstrokeError
    from fourstroke.plugins.build import BuiltPlugin

Inputs = Mapping[str, "Artifact"]
Outputs = Mapping[str, Any]
Work = Callable[["Bench"], Outputs]
Act = Callable[["Session", "Step", Inputs], Outputs]
Action = Literal["cached", "run", "perhaps"]


@attrs.frozen
class Ref:
    """An output of another step, taken as an input.

    A step whose input is missing does not run and gives nothing itself, unless the input is
    optional.
    """

    step: str
    output: str = "value"
    is_optional: bool = False


@attrs.frozen(kw_only=True, eq=False)
class Step:
    """One step of a turn.

    Exactly one of ``work`` and ``act`` is there.

    Parameters
    ----------
    name : str
        Unique: cycle, stage and the step's own name, such as ``data.prepare.deduplicate``.
    inputs : mapping of str to Ref
        What it takes. Their digests are part of its key.
    plugins : tuple of BuiltPlugin
        What does the work, the main one first; all of them are part of the key.
    settings : mapping
        Keys of the project file, besides its plugins' own, that its result depends on.
    work : callable, optional
        A function of a module, called in a worker of the executor. It sees only its inputs.
    act : callable, optional
        A function called in the main process. It may write records.
    is_volatile : bool
        Whether it looks at something outside its inputs, so that it is called each time.
    is_current : callable, optional
        Whether a known result still holds, asked of the session and the known outputs.
    on_failure : callable, optional
        Turns a failure into outputs, for stages in which a failure is a finding.
    has_source : bool
        Whether the plugin can tell the state of a source outside the project.
    """

    name: str
    cycle: str
    stage: str
    inputs: Mapping[str, Ref] = attrs.field(factory=dict)
    plugins: tuple[BuiltPlugin, ...] = ()
    settings: Mapping[str, Any] = attrs.field(factory=dict)
    work: Work | None = None
    act: Act | None = None
    is_volatile: bool = False
    is_current: Callable[[Session, Mapping[str, Artifact]], bool] | None = None
    on_failure: Callable[[Step, FourstrokeError], Outputs] | None = None
    has_source: bool = False

    @property
    def plugin(self) -> BuiltPlugin | None:
        """The plugin that does the work; ``None`` for what the core does itself."""
        return self.plugins[0] if self.plugins else None

    @property
    def label(self) -> str:
        """What a user wrote after ``use``."""
        return self.plugins[0].label if self.plugins else ""


@attrs.frozen(kw_only=True)
class PlannedStep:
    """What would become of a step: reused, run, or run only if one before gives something new.

    Parameters
    ----------
    name : str
        Such as ``model.train.forest``.
    cycle, stage : str
        Where it belongs.
    plugin : str
        What stands after ``use``; empty for a step of the core.
    action : {"cached", "run", "perhaps"}
        ``perhaps`` if that hangs on what a step before gives.
    reason : str
        What changed.
    """

    name: str
    cycle: str
    stage: str
    plugin: str
    action: Action
    reason: str


@attrs.frozen(kw_only=True)
class Plan:
    """All steps in the order in which they would run.

    Parameters
    ----------
    steps : tuple of PlannedStep
        One a step.
    """

    steps: tuple[PlannedStep, ...]

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do."""
        return all(step.action == "cached" for step in self.steps)


@attrs.frozen(kw_only=True)
class Selection:
    """Which steps of a turn to take, and which of them to run anew.

    Parameters
    ----------
    force : bool
        Run all anew.
    start : str
        Run this step and all that follow from it anew; what is before it is reused.
    stop : str
        End the turn after this step.
    only : tuple of str
        Take these steps alone, anew, with inputs that are known already.
    """

    force: bool = False
    start: str = ""
    stop: str = ""
    only: tuple[str, ...] = ()

    def take(self, steps: Sequence[Step]) -> tuple[tuple[Step, ...], frozenset[str]]:
        """Choose from all steps.

        Returns
        -------
        steps : tuple of Step
            Those of the turn, in order; steps that are only needed as inputs are among them.
        anew : frozenset of str
            The names of those that run even if their result is known.
        """
        chosen = tuple(steps)
        anew: set[str] = {step.name for step in steps} if self.force else set()
        if self.stop:
            last = matching(self.stop, steps)
            chosen = _with_ancestors(last, steps)
        if self.start:
            anew |= _with_descendants(matching(self.start, steps), steps)
        if self.only:
            names = {name for text in self.only for name in matching(text, steps)}
            chosen = _with_ancestors(names, steps)
            anew |= names
        if self.start and not matching(self.start, steps) & {step.name for step in chosen}:
            raise UsageError(
                f"{self.start} is no part of what is to run",
                where="--from",
                hint="--to and --only name steps that come after it",
            )
        return chosen, frozenset(anew)


def matching(text: str, steps: Sequence[Step]) -> set[str]:
    """Find the steps that a user means: by full name, beginning (``model.train``) or end.

    Raises
    ------
    UsageError
        If no step is meant; names the nearest.
    """
    names = [step.name for step in steps]
    found = (
        {name for name in names if name == text}
        or {name for name in names if name.startswith(f"{text}.")}
        or {name for name in names if name.endswith(f".{text}")}
    )
    if not found:
        parts = {part for name in names for part in (name, name.rpartition(".")[2])}
        raise UsageError(f"there is no step {text!r}", hint=nearest(text, parts))
    return found


def ordered(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Order steps so that each comes after all that it takes from, and else as they are."""
    by_name = {step.name: step for step in steps}
    done: dict[str, Step] = {}

    def visit(step: Step) -> None:
        if step.name in done:
            return
        for ref in step.inputs.values():
            if ref.step in by_name:
                visit(by_name[ref.step])
        done[step.name] = step

    for step in by_name.values():
        visit(step)
    return tuple(done.values())


def _with_ancestors(names: set[str], steps: Sequence[Step]) -> tuple[Step, ...]:
    wanted = set(names)
    for step in reversed(ordered(steps)):
        if step.name in wanted:
            wanted |= {ref.step for ref in step.inputs.values()}
    return tuple(step for step in steps if step.name in wanted)


def _with_descendants(names: set[str], steps: Sequence[Step]) -> set[str]:
    reached = set(names)
    for step in ordered(steps):
        if any(ref.step in reached for ref in step.inputs.values()):
            reached.add(step.name)
    return reached
