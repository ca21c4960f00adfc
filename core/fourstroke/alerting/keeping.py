"""The alerts of a project, and incidents: what is told of, seen to, muted, over."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

import attrs

from fourstroke.alerting.matters import Matter, matters, muted
from fourstroke.errors import UsageError, nearest
from fourstroke.records.alert_words import AlertWord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.engine.session import Session
    from fourstroke.project import Project
    from fourstroke.records.alert_words import WordKind
    from fourstroke.records.rows import EventRow, VerdictRow, VersionRow


@attrs.frozen(kw_only=True)
class Incident:
    """A matter with all that belongs to it.

    Parameters
    ----------
    matter : Matter
        Its alerts, and what was said of them.
    mute : AlertWord, optional
        Who has muted it; ``None`` if nobody has.
    version : VersionRow
        The version that was watched when it began.
    data : str
        The data set that the version was trained on, such as ``income@v3``.
    verdict : VerdictRow, optional
        The one that let the version through.
    timeline : tuple of EventRow
        What the ledger tells of the model from the last promotion before it until it was over, or now:
        promotions, deployments, roll-backs, decisions and words.
    """

    matter: Matter
    mute: AlertWord | None
    version: VersionRow
    data: str
    verdict: VerdictRow | None
    timeline: tuple[EventRow, ...]


@attrs.frozen(eq=False)
class Alerts:
    """What people were told of the project's model, and what they said of it."""

    _project: Project = attrs.field(repr=False)

    def matters(self, *, open_only: bool = False) -> tuple[Matter, ...]:
        """Give all matters, the oldest first; those that are not over, if asked for."""
        records = self._project.records
        found = matters(records.alerts(), records.alert_words())
        return tuple(each for each in found if each.resolved is None or not open_only)

    def __getitem__(self, name: str | int) -> Matter:
        """Give a matter by its number, or the latest one of a key.

        Raises
        ------
        UsageError
            If there is none; names the nearest.
        """
        found = self.matters()
        wanted = str(name)
        chosen = [each for each in found if wanted in {str(each.number), each.key, _short(each)}]
        if not chosen:
            known = {text for each in found for text in (each.key, _short(each))}
            hint = nearest(wanted, known) or "fourstroke alerts list"
            raise UsageError(f"there is no alert {wanted!r}", hint=hint)
        return chosen[-1]

    def mute_of(self, matter: Matter) -> AlertWord | None:
        """Give who has muted a matter; ``None`` if nobody has."""
        words = self._project.records.alert_words(matter.model)
        return muted(words, matter.model, matter.key, dt.datetime.now(dt.UTC))

    def acknowledge(self, name: str | int, *, why: str = "") -> Matter:
        """Say that somebody sees to it: people are not told again, unless it gets worse."""
        return self._say(name, "acknowledged", why)

    def resolve(self, name: str | int, *, why: str) -> Matter:
        """Say that it is over; seen again, it is another matter.

        Raises
        ------
        UsageError
            Without a reason.
        """
        if not why.strip():
            raise UsageError("nothing is over without a reason", hint="--why '...'")
        return self._say(name, "resolved", why)

    def mute(self, name: str | int, *, until: dt.datetime | None = None, why: str = "") -> Matter:
        """Tell nobody of it, until some time or for good; it is in the reports still."""
        if until is not None and until <= dt.datetime.now(dt.UTC):
            raise UsageError(f"{until:%Y-%m-%d %H:%M} UTC is over", where="--until")
        return self._say(name, "muted", why, until)

    def unmute(self, name: str | int, *, why: str = "") -> Matter:
        """Tell people of it again."""
        return self._say(name, "unmuted", why)

    def incident(self, name: str | int) -> Incident:
        """Give a matter with the model, the data, the verdict and the events that belong to it."""
        matter = self[name]
        records = self._project.records
        version = records.model_version(matter.model, matter.alerts[0].alert.version)
        verdicts = [
            row for row in records.verdicts(matter.model, version.version) if row.at <= matter.began
        ]
        return Incident(
            matter=matter,
            mute=self.mute_of(matter),
            version=version,
            data=data_of(self._project, version),
            verdict=verdicts[-1] if verdicts else None,
            timeline=self._timeline(matter),
        )

    def _timeline(self, matter: Matter) -> tuple[EventRow, ...]:
        """Give all since the model came into production, after what brought this version there.

        Its verdict, approval and deployment are told before the promotion, which comes last.
        """
        events = self._project.audit.events(subject=matter.model)
        promoted = [each for each in events if each.what == "promoted" and each.at <= matter.began]
        begun = promoted[-1].at if promoted else matter.began
        own = promoted[-1].subject if promoted else ""
        # It may have been in production before, and that is another story.
        before = [each.at for each in promoted[:-1] if each.subject == own]
        over = matter.resolved.at if matter.resolved is not None else None
        return tuple(
            each
            for each in events
            if (begun <= each.at and (over is None or each.at <= over))
            or (each.subject == own and each.at < begun and (not before or each.at > before[-1]))
        )

    def _say(
        self, name: str | int, kind: WordKind, why: str, until: dt.datetime | None = None
    ) -> Matter:
        matter = self[name]
        if matter.resolved is not None and kind in {"acknowledged", "resolved"}:
            raise UsageError(f"{matter.key} is over", hint="fourstroke alerts list --all")
        word = AlertWord(model=matter.model, key=matter.key, kind=kind, until=until, why=why)
        with self._recorded() as session:
            session.writer.record_alert_word(word)
        return self[matter.number]

    @contextlib.contextmanager
    def _recorded(self) -> Iterator[Session]:
        with self._project.recorded("curate") as turn:
            yield turn.session
            turn.session.writer.finish("succeeded")


def _short(matter: Matter) -> str:
    """Leave the model out of a key, as people do where there is one model."""
    return matter.key.rpartition("/")[2]


def data_of(project: Project, version: VersionRow) -> str:
    """Name the data set that a version was trained on, such as ``income@v3``.

    Raises
    ------
    StoreError
        If what was kept of it is damaged or gone.
    """
    from fourstroke.artifacts.artifact import Artifact  # noqa: PLC0415 - with the store alone
    from fourstroke.engine.workshop import Workshop  # noqa: PLC0415

    known = Artifact.from_json(version.facts["dataset"])
    found = Workshop.of(project.config).store.load(known)
    return f"{found.name}@v{found.version}"
