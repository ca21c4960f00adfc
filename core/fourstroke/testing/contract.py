"""A contract: the checks that every plugin of one stage has to pass, as a class to inherit from."""

from __future__ import annotations

import inspect
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import attrs

from fourstroke.context import Context
from fourstroke.entities.task import Task
from fourstroke.errors import PluginError, nearest
from fourstroke.plugins.admission import admit
from fourstroke.plugins.calls import Caller
from fourstroke.plugins.functions import plugin_of_function
from fourstroke.plugins.structure import structure_settings
from fourstroke.testing.claims import expect
from fourstroke.testing.project_files import Files
from fourstroke.testing.surroundings import Surroundings

F = TypeVar("F")

_PREFIX = "test_"
_NEEDS = "needed_capability"


def requires(capability: str) -> Callable[[F], F]:
    """Mark a check that holds only for plugins which claim a capability.

    Examples
    --------
    >>> class ScoreContract(Contract):
    ...     offered: ClassVar = {"probability": "gives a probability a class"}
    ...
    ...     @requires("probability")
    ...     def test_probabilities_sum_to_one(self): ...
    """

    def mark(check: F) -> F:
        setattr(check, _NEEDS, capability)
        return check

    return mark


@attrs.frozen
class CheckCase:
    """One check of a contract.

    Parameters
    ----------
    name : str
        The method's name.
    capability : str
        What a plugin has to claim for it; empty if it holds for all.
    says : str
        The first line of its docstring: what has to be.
    is_shipped : bool
        Whether the contract itself brings it, and not the author's subclass.
    """

    name: str
    capability: str
    says: str
    is_shipped: bool


class Contract:
    """What is asked of every plugin, whatever its stage.

    A subclass names the plugin; pytest, or ``fourstroke plugins check``, does the rest::

        class TestS3(StorageContract):
            plugin = S3(bucket="mine")

    Attributes
    ----------
    plugin : object
        A plugin, its class (then ``settings`` are its settings), or a function that is one.
    settings : mapping
        Settings for a class or function, as the project file would have them.
    capabilities : collection of str
        What the plugin claims; by default what its class says under the same name.
    waived : mapping of str to str
        Checks that the plugin need not pass, each with a reason. Strict: one that passes all the
        same fails.
    task : Task
        What the tables of this contract are about.
    """

    stage: ClassVar[str] = ""
    offered: ClassVar[Mapping[str, str]] = {}
    plugin: ClassVar[Any] = None
    settings: ClassVar[Mapping[str, Any]] = {}
    capabilities: ClassVar[Collection[str] | None] = None
    waived: ClassVar[Mapping[str, str]] = {}
    task: ClassVar[Task] = Task(target="label", kind="binary", positive="yes", id="id")

    folder: Path

    def setup_method(self) -> None:
        """Give the check a folder of its own; pytest calls it, too."""
        self.folder = Path(tempfile.mkdtemp(prefix="fourstroke-contract-"))

    def teardown_method(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def make(self) -> Any:
        """Give the plugin; one that is named by its class is made anew for each call.

        Paths among its ``settings`` lie in ``self.folder``, as those of a project lie in its own.
        """
        found = self.declared()
        if not isinstance(found, type):
            return found
        return structure_settings(found, self.settings, where="settings", root=self.folder)

    def exercise(self) -> None:
        """Call the hook of the stage once, in the plainest way; each contract says how."""
        raise NotImplementedError

    def context(self, *, seed: int = 7, task: Task | None = None) -> Context:
        """Give a context such as a step has, in a project that is otherwise empty."""
        scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=self.folder))
        return Context(
            run="contract",
            step=self.stage,
            project="contract",
            root=self.folder,
            scratch=scratch,
            task=task or self.task,
            seed=seed,
            services=Files(self.folder),
        )

    def caller(self) -> Caller:
        """Give the core's own way to call a stage: the plugin serves the step ``own``."""
        return Caller({"own": self.make()}, {})

    @classmethod
    def declared(cls) -> Any:
        """Give the plugin as it stands in the class: an object, or a class made of a function."""
        found = inspect.getattr_static(cls, "plugin")
        found = getattr(found, "__func__", found)  # staticmethod(function) is as good
        if found is None:
            raise PluginError("it names no plugin", where=cls.__name__, hint="set `plugin`")
        if inspect.isfunction(found):
            return plugin_of_function(
                found, cls.stage, where=f"{found.__module__}:{found.__name__}"
            )
        return found

    @classmethod
    def claimed(cls) -> frozenset[str]:
        """Say which capabilities the plugin claims."""
        if cls.capabilities is not None:
            return frozenset(cls.capabilities)
        return frozenset(getattr(_class_of(cls.declared()), "capabilities", ()))

    @classmethod
    def checks(cls) -> Iterator[CheckCase]:
        """List the checks: those of all plugins first, then those of the stage, then own ones."""
        named: dict[str, CheckCase] = {}
        for owner in reversed(cls.__mro__):
            is_shipped = owner.__module__.startswith("fourstroke.testing")
            for name, check in vars(owner).items():
                if name.startswith(_PREFIX):
                    was_shipped = name in named and named[name].is_shipped
                    named[name] = CheckCase(
                        name=name,
                        capability=getattr(check, _NEEDS, ""),
                        says=_first_line(check) or (named[name].says if name in named else ""),
                        is_shipped=is_shipped or was_shipped,
                    )
        yield from named.values()

    def test_keeps_to_its_hooks(self) -> None:
        """Every hook that the stage needs is there, spelt and called as it is specified."""
        try:
            admit(_class_of(self.declared()), self.stage, where=type(self).__name__)
        except PluginError as error:
            raise AssertionError(str(error)) from error

    def test_says_what_it_is_for(self) -> None:
        """A docstring says in its first line what the plugin does: ``plugins show`` prints it."""
        kind = _class_of(self.declared())
        # attrs gives a class without a docstring none; object's own is not meant.
        expect((kind.__doc__ or "").strip(), f"{kind.__name__} has no docstring")

    def test_capabilities_are_known(self) -> None:
        """What the plugin claims is something that the contract knows to test."""
        for capability in sorted(self.claimed() - set(self.offered)):
            hint = nearest(capability, self.offered) or "this contract has none"
            raise AssertionError(f"there is no capability {capability!r} ({hint})")

    def test_waivers_name_checks_and_reasons(self) -> None:
        """A waiver names a check that there is, and says why."""
        known = [case.name for case in self.checks()]
        for name, reason in self.waived.items():
            expect(name in known, f"there is no check {name!r} to waive ({nearest(name, known)})")
            expect(reason.strip(), f"{name} is waived without a reason")

    def test_no_check_is_left_out(self) -> None:
        """A check is waived with a reason, and not overridden by something that is none."""
        for case in self.checks():
            check = getattr(self, case.name)
            expect(callable(check), f"{case.name} is overridden by {check!r} (waive it instead)")

    def test_prints_nothing(self) -> None:
        """Stdout carries the results of commands: a plugin logs, or says it to its context."""
        printed = self._surroundings().printed
        expect(not printed, f"it printed {printed[:80]!r} (use context.log or context.say)")

    def test_leaves_global_random_state_alone(self) -> None:
        """No generator that others share is moved on: randomness comes of ``context.seed``."""
        moved = self._surroundings().moved_generators
        expect(not moved, f"it moved the global random state of {' and '.join(moved)}")

    def test_leaves_the_process_as_it_was(self) -> None:
        """The folder that the process stands in and its environment stay as they were."""
        changed = self._surroundings().changed
        expect(not changed, f"it changed {' and '.join(changed)}")

    def _surroundings(self) -> Surroundings:
        with Surroundings.watched() as seen:
            self.exercise()
        return seen


def _class_of(found: Any) -> type:
    return found if isinstance(found, type) else type(found)


def _first_line(check: Any) -> str:
    return (inspect.getdoc(check) or "").partition("\n")[0]
