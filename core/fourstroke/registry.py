"""The registry: registered models, their versions, the champion, deployment and roll-back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from fourstroke.errors import UsageError, nearest
from fourstroke.labels import CHAMPION, aliases_of
from fourstroke.registered import Version

if TYPE_CHECKING:
    import datetime as dt

    from fourstroke.comparison import Difference
    from fourstroke.engine.listener import Listener
    from fourstroke.entities.model import Deployment
    from fourstroke.governing import Governing
    from fourstroke.project import Project
    from fourstroke.records.rows import EventRow, VersionRow
    from fourstroke.revalidation import Revalidated


@attrs.frozen
class Model:
    """One model by name, with all its versions.

    Parameters
    ----------
    name : str
        What it is called in the registry.
    """

    name: str
    project: Project = attrs.field(repr=False)

    def versions(self) -> tuple[VersionRow, ...]:
        """List its versions, the oldest first."""
        return tuple(self.project.records.model_versions(self.name))

    def __getitem__(self, reference: int | str) -> Version:
        """Give one version: by its number, as ``"v3"``, or by an alias such as ``"champion"``.

        Raises
        ------
        UsageError
            If there is none; names the nearest.
        """
        digits = str(reference).removeprefix("v")
        if not digits.isascii() or not digits.isdigit():
            return self._called(str(reference))
        known = {row.version: row for row in self.versions()}
        number = int(digits)
        if number not in known:
            raise UsageError(
                f"{self.name} has no version {number}", hint=nearest(str(number), map(str, known))
            )
        return Version(known[number], self.project)

    def _called(self, alias: str) -> Version:
        if alias == CHAMPION:
            return self.champion
        known = self.aliases
        if alias not in known:
            raise UsageError(
                f"no version of {self.name} is called {alias!r}",
                hint=nearest(alias, [CHAMPION, *known]) or f"fourstroke models alias {self.name}",
            )
        return self[known[alias]]

    @property
    def aliases(self) -> dict[str, int]:
        """The names that people gave, each with the version that it stands for."""
        return aliases_of(self.project.records.model_labels(self.name))

    def history(self, version: int | str | None = None) -> tuple[EventRow, ...]:
        """Give all that the ledger tells of it, the oldest first.

        Parameters
        ----------
        version : int or str, optional
            A number, or an alias: only what it tells of this version, and of the candidate that it was
            before it was registered.
        """
        events = self.project.records.events()
        if version is not None:
            row = self[version].row
            return tuple(event for event in events if event.is_about(row))
        return tuple(event for event in events if event.subject.partition("@v")[0] == self.name)

    def diff(self, first: int | str, second: int | str) -> tuple[Difference, ...]:
        """Say in what the runs of two versions differ: settings, data, figures, code, environment."""
        one, two = self[first].row, self[second].row
        return self.project.runs.compare(one.run, two.run)

    @property
    def champion(self) -> Version:
        """The version in production.

        Raises
        ------
        UsageError
            If none is.
        """
        row = self.project.records.champion(self.name)
        if row is None:
            raise UsageError(f"no version of {self.name} is in production", hint="fourstroke run")
        return Version(row, self.project)

    def deploy(
        self, version: int | str, *, why: str = "", override: bool = False, until: str = ""
    ) -> list[Deployment]:
        """Deploy a version to all targets; the caller's approval is recorded with the reason.

        Parameters
        ----------
        version : int or str
            Its number, or an alias.
        why : str
            The reason; needed for an override.
        override : bool
            Whether to deploy it although the last word on it was no.
        until : str
            The last day on which this approval holds, such as ``2026-12-31``; for good without it.

        Raises
        ------
        RefusedError
            If the promotion policy does not let it through.
        """
        return self._governing.deploy(
            self[version].version, why=why, override=override, until=until
        )

    def validate(
        self, version: int | str, *, listener: Listener | None = None, command: str = ""
    ) -> Revalidated:
        """Judge a version again, by the checks of now and what its shadow has said by now.

        It is measured on the rows that its run held out. Nothing is deployed by it.

        Returns
        -------
        Revalidated
            With the verdict, which counts from now on.

        Raises
        ------
        UsageError
            If its run does not tell any more what it was made of.
        """
        from fourstroke.revalidation import revalidate  # noqa: PLC0415 - imports plugins' callers

        return revalidate(self.project, self[version].row, listener=listener, command=command)

    def request(self, version: int | str, *, why: str = "") -> str:
        """Ask people to approve a version; gives in words whose approval is missing."""
        return self._governing.request(self[version].version, why=why)

    def approve(
        self,
        version: int | str,
        *,
        why: str = "",
        evidence: str = "",
        until: str = "",
        override: bool = False,
    ) -> str:
        """Say yes to a version, in the name of whoever runs this; it deploys nothing.

        Parameters
        ----------
        version : int or str
            Its number, or an alias.
        why : str
            The reason; needed for an override.
        evidence : str
            What it rests on: a link to a review, a ticket, a file.
        until : str
            The last day on which it holds, such as ``2026-12-31``; for good without it.
        override : bool
            Whether the last word on it was no, and this one is to replace it.

        Returns
        -------
        str
            In words which approvals are still missing; empty if none.

        Raises
        ------
        RefusedError
            If the policy does not let this person approve, or this version be approved.
        """
        number = self[version].version
        return self._governing.approve(
            number, why=why, evidence=evidence, until=until, override=override
        )

    def reject(self, version: int | str, *, why: str, evidence: str = "") -> None:
        """Say no to a version: it takes back every yes before it."""
        self._governing.reject(self[version].version, why=why, evidence=evidence)

    def promote(
        self, version: int | str, *, why: str = "", expecting: int | None = None
    ) -> list[Deployment]:
        """Deploy a version to all targets by the approvals that it has, and make it the champion.

        Parameters
        ----------
        version : int or str
            Its number, or an alias.
        why : str
            The reason, for the ledger.
        expecting : int, optional
            The champion that it is meant to replace, 0 for none; refused if it is another by then.

        Raises
        ------
        RefusedError
            If the promotion policy does not let it through.
        """
        return self._governing.promote(self[version].version, why=why, expecting=expecting)

    def rollback(self, *, why: str = "") -> list[Deployment]:
        """Go back to the version that was in production before this one, which is refused by it."""
        return self._governing.roll_back(why=why)

    def probe(self) -> list[Deployment]:
        """Put what is deployed of the champion to the smoke test again; gives what was tried.

        Raises
        ------
        FourstrokeError
            With a line for each target that does not do what it did; nothing is rolled back by it.
        """
        return self._governing.probe()

    def retire(self, version: int | str, *, why: str, withdraw: bool = False) -> list[Deployment]:
        """Take a version out of use for good; a champion only with ``withdraw``, which takes it down."""
        return self._governing.retire(self[version].version, why=why, withdraw=withdraw)

    def alias(self, name: str, version: int | str | None, *, why: str = "") -> None:
        """Let a name stand for a version, or for none."""
        self._governing.alias(name, None if version is None else self[version].version, why=why)

    def tag(self, version: int | str, name: str, value: str) -> None:
        """Tag a version; an empty value takes the tag away."""
        self._governing.tag(self[version].version, name, value)

    def describe(self, version: int | str, text: str) -> None:
        """Say in words what a version is."""
        self._governing.describe(self[version].version, text)

    def move(self, version: int | str, stage: str, *, why: str = "") -> None:
        """Move a version to a stage of ``development.policy.stages``."""
        self._governing.move(self[version].version, stage, why=why)

    @property
    def _governing(self) -> Governing:
        from fourstroke.governing import Governing  # noqa: PLC0415 - imports plugins' callers

        return Governing(self.project, self.name)


@attrs.frozen
class Models(Mapping[str, Model]):
    """All registered models of a project: a mapping by name, with ``in``, ``len`` and ``for``."""

    project: Project = attrs.field(repr=False)

    def __getitem__(self, name: str) -> Model:
        known = list(self)
        if name not in known:
            raise UsageError(
                f"there is no model {name!r}",
                hint=nearest(name, known) or "fourstroke run makes one",
            )
        return Model(name, self.project)

    def champions_at(self, moment: dt.datetime) -> tuple[EventRow, ...]:
        """Give for each model the promotion that was in force at a moment, as the ledger tells it.

        Parameters
        ----------
        moment : datetime
            With its offset.

        Returns
        -------
        tuple of EventRow
            Sorted by the model; nothing of a model that had no champion yet.
        """
        latest = {
            event.subject.rpartition("@v")[0]: event
            for event in self.project.records.events()
            if event.what in {"promoted", "withdrawn"} and event.at <= moment
        }
        return tuple(latest[name] for name in sorted(latest) if latest[name].what == "promoted")

    def __iter__(self) -> Iterator[str]:
        return iter(self.project.records.models())

    def __len__(self) -> int:
        return len(self.project.records.models())
