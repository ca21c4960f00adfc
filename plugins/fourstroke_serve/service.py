"""The service: which versions answer, what happens when they change, and who hears what they said."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Final, Self

import attrs

from fourstroke_serve.canary import Canary, Reason
from fourstroke_serve.counts import Counts
from fourstroke_serve.journal import Journal
from fourstroke_serve.loaded import Loaded, Role, load
from fourstroke_serve.origin import origin_of
from fourstroke_serve.shadow import Shadow
from fourstroke_serve.telling import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke_serve.origin import Origin, Wanted
    from fourstroke_serve.settings import Settings
    from fourstroke_serve.shadow import Opinion

# A version that did not load is tried again after this long.
_AGAIN_SECONDS: Final = 30.0
# How long a worker that cannot load anything leaves requests to others, before it says so itself.
_RELUCTANT_SECONDS: Final = 10.0


class NotReadyError(Exception):
    """Nothing is loaded that could answer."""


@attrs.define(eq=False)
class Service:
    """What one worker knows.

    A version that is at work is one object that never changes: another champion is loaded and tried
    beside it, and takes its place in one assignment. Whoever is being answered by the old one keeps it.

    Parameters
    ----------
    settings : Settings
        What the service was told.
    origin : Origin
        Where versions come from.
    """

    settings: Settings
    origin: Origin
    counts: Counts = attrs.field(factory=Counts)
    champion: Loaded | None = None
    canary: Canary | None = None
    shadow: Shadow | None = None
    # Asks the champion what the canary has answered.
    second: Shadow | None = None
    # How many people act on versions at this moment.
    acting: int = 0
    # Nothing where nobody logs: a folder of exported models has no prediction log.
    journal: Journal | None = attrs.field(default=None, init=False)
    _troubles: dict[str, str] = attrs.field(factory=dict, init=False)
    _over: threading.Event = attrs.field(factory=threading.Event, init=False)
    # Set once a version answers, or it is known that none should, or why none can.
    _settled: threading.Event = attrs.field(factory=threading.Event, init=False)
    _threads: list[threading.Thread] = attrs.field(factory=list, init=False)
    _failed: dict[tuple[Role, int], float] = attrs.field(factory=dict, init=False)
    # What should answer, also where it is not loaded yet, or cannot be.
    _wanted: int | None = attrs.field(default=None, init=False)
    # A canary that was stopped stays so until its alias has moved.
    _stopped: int | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        """Prepare the prediction log."""
        project = self.origin.project
        if project is not None and self.settings.is_logged:
            self.journal = Journal(project, self.model, self.counts.dropped, say)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the project or the folder; nothing is loaded yet."""
        return cls(settings, origin_of(settings))

    @property
    def model(self) -> str:
        """The name of the model that is served."""
        return self.origin.model

    @property
    def trouble(self) -> str:
        """Why a version that should be at work is not; empty if all are."""
        return "; ".join(list(self._troubles.values()))

    def begin(self) -> None:
        """Load the champion in the background, and look for another one from then on."""
        if self.journal is not None:
            self.journal.begin()
        self._start("registry", self._watch)

    def wait_until_settled(self) -> None:
        """Wait until there is something to say: a version answers, none should, or none can be loaded.

        Loading takes as long as it takes; after it has failed this waits ten seconds more, in which
        what hindered it may be over.
        """
        self._settled.wait()

    def end(self) -> None:
        """Stop looking, and write what waits for the prediction log."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._end_trial()
        if self.shadow is not None:
            self.shadow.end()
        if self.journal is not None:
            self.journal.end()
        self.champion, self.shadow = None, None
        self.origin.close()

    def at_work(self) -> tuple[Loaded, Canary | None, Shadow | None]:
        """Give the versions that a request meets.

        Raises
        ------
        NotReadyError
            If none is loaded yet.
        """
        champion = self.champion
        if champion is None:
            raise NotReadyError(self.trouble or "the model is being loaded")
        return champion, self.canary, self.shadow

    def whose_turn(self, key: str) -> tuple[int, Role] | None:
        """Give the version that somebody is answered by, and as what; ``None`` if none should be at work."""
        champion, canary = self.champion, self.canary
        if champion is not None and canary is not None and canary.takes(key):
            return canary.loaded.number, "canary"
        number = self._wanted if champion is None else champion.number
        return None if number is None else (number, "champion")

    def look(self) -> None:
        """Compare what is at work with what should be, once."""
        wanted = self.origin.wanted()
        self._look_for_champion(wanted)
        if self.champion is None:
            return
        self._look_for_canary(self.champion, wanted.canary)
        self._look_for_shadow(wanted.shadow)

    def _watch(self) -> None:
        looked: float | None = None
        while not self._over.is_set():
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - a service that stops looking is stuck for ever
                self._tell("registry", f"{type(error).__name__}: {error}")
            else:
                self._tell("registry", "")
            # Not from the beginning: the first look takes as long as loading does.
            looked = looked or time.monotonic()
            if time.monotonic() - looked >= _RELUCTANT_SECONDS:
                self._settled.set()
            self._over.wait(self.settings.poll_seconds)

    def _look_for_champion(self, wanted: Wanted) -> None:
        before, self._wanted = self.champion, wanted.champion
        if wanted.champion is None:
            self._end_trial()
            self.champion = None
            self._tell("champion", self.origin.nothing)
            self._settled.set()
            return
        if before is None or before.number != wanted.champion:
            loaded = self._loaded(wanted.champion, "champion")
            if loaded is not None:
                self._swap(loaded.deployed(wanted.deployment))
            return
        self._tell("champion", "")
        if before.deployment != wanted.deployment:
            self.champion = before.deployed(wanted.deployment)

    def _swap(self, loaded: Loaded) -> None:
        before, self.champion = self.champion, loaded
        self._settled.set()
        # What a canary was compared with is no more.
        self._end_trial()
        self.counts.shows(loaded)
        tried = f", {loaded.tried_rows} held-out rows as before" if loaded.tried_rows else ""
        told = "" if before is None else f" in the place of v{before.number}"
        say(f"{loaded.name} answers{told}{tried}")

    def _look_for_canary(self, champion: Loaded, number: int | None) -> None:
        if number != self._stopped:
            self._stopped = None
        if self.canary is None:
            # It may have been stopped meanwhile, and then nobody is compared any more.
            self._end_trial()
        at_work = None if self.canary is None else self.canary.loaded.number
        if number == at_work or (number is not None and number == self._stopped):
            return
        loaded = None if number is None else self._loaded(number, "canary")
        if loaded is not None:
            self._end_trial()
            self._begin_trial(champion, loaded)
        elif number is None:
            say(f"canary v{at_work} has ended")
            self._end_trial()

    def _begin_trial(self, champion: Loaded, loaded: Loaded) -> None:
        told = self.settings
        canary = Canary(
            loaded=loaded,
            share=told.canary / 100,
            stop=lambda reason, why: self._stop(canary, reason, why),
            most_different=told.canary_differs / 100,
            workers=told.workers,
        )
        if canary.most_different < 1.0:
            heard = partial(self._compared, canary)
            self.second = Shadow(champion, heard, lambda _: None)
        self.canary = canary
        say(f"canary {loaded.name} answers {told.canary:g} % of requests")

    def _end_trial(self) -> None:
        self.canary, second, self.second = None, self.second, None
        if second is not None:
            second.end()

    def _stop(self, canary: Canary, reason: Reason, why: str) -> None:
        """Let the champion answer everything again, in all workers, and tell the ledger."""
        self._stopped = canary.loaded.number
        self.canary = None
        self.counts.stopped(canary.loaded.number, reason)
        say(f"canary {canary.loaded.name} is stopped: {why}")
        # Whoever asks does not wait for the ledger.
        self._start("canary", lambda: self._tell_ledger(f"stopped by itself: {why}"))

    def _tell_ledger(self, why: str) -> None:
        try:
            self.origin.end_canary(why)
        except Exception as error:  # noqa: BLE001 - it stays stopped here; the alias says otherwise
            self._tell("canary", f"the alias of the stopped canary stays: {error}")

    def _compared(self, canary: Canary, champion: Opinion) -> None:
        self._count(canary.loaded, champion.same)
        if champion.same and champion.by is self.champion:
            # One observation a request: rows of one request may be alike.
            canary.hear_difference(is_different=not champion.same[0])

    def _look_for_shadow(self, number: int | None) -> None:
        at_work = None if self.shadow is None else self.shadow.loaded.number
        if number == at_work:
            return
        loaded = None if number is None else self._loaded(number, "shadow")
        if loaded is None and number is not None:
            return
        before, self.shadow = self.shadow, None
        if before is not None:
            before.end()
        if loaded is not None:
            self.shadow = Shadow(
                loaded, self._shadowed, partial(self.counts.shadowed, loaded.number)
            )
            say(f"shadow {loaded.name} is asked, too, and answers nobody")

    def _shadowed(self, said: Opinion) -> None:
        self._count(said.by, said.same)
        self.counts.scored(said.by, len(said.predictions))
        if self.journal is not None:
            self.journal.take(
                said.by, said.columns, said.predictions, said.request_id, said.seconds
            )

    def _count(self, by: Loaded, same: list[bool]) -> None:
        self.counts.compared(by, sum(same), len(same) - sum(same))

    def _loaded(self, number: int, role: Role) -> Loaded | None:
        """Load a version; one that does not load leaves everything as it is."""
        failed = self._failed.get((role, number))
        if failed is not None and time.monotonic() - failed < _AGAIN_SECONDS:
            return None
        try:
            loaded = load(self.origin.version(number), role, self.origin.row_id)
        except Exception as error:  # noqa: BLE001 - the plugin border: its code may raise whatever it likes
            self._failed[role, number] = time.monotonic()
            self._tell(role, f"{role} {self.model}@v{number} does not answer: {error}")
            return None
        self._failed.pop((role, number), None)
        self._tell(role, "")
        return loaded

    def _start(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _tell(self, what: str, trouble: str) -> None:
        if trouble and trouble != self._troubles.get(what):
            say(trouble)
        if trouble:
            self._troubles[what] = trouble
        else:
            self._troubles.pop(what, None)
