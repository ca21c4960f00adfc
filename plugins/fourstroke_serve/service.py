"""The service: which versions answer, and what happens when the champion changes."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Final, Self

import attrs

from fourstroke import FourstrokeError
from fourstroke_serve.canary import Canary
from fourstroke_serve.counts import Counts
from fourstroke_serve.journal import Journal
from fourstroke_serve.loaded import Loaded, Role, load
from fourstroke_serve.shadow import Shadow
from fourstroke_serve.source import Source, source_of

if TYPE_CHECKING:
    from fourstroke_serve.settings import Settings

# A version that did not load is tried again after this long.
_AGAIN_SECONDS: Final = 30.0


@attrs.define(eq=False)
class Service:
    """What one worker knows.

    A version that is at work is one object that never changes: another champion is loaded and tried
    beside it, and takes its place in one assignment. Whoever is being answered by the old one keeps it.

    Parameters
    ----------
    settings : Settings
        What the service was told.
    source : Source
        Where its versions come from.
    """

    settings: Settings
    source: Source
    counts: Counts = attrs.field(factory=Counts)
    champion: Loaded | None = None
    canary: Canary | None = None
    shadow: Shadow | None = None
    # Why the latest version that should answer does not.
    trouble: str = ""
    # Nothing where nobody logs: a folder of exported models has no prediction log.
    journal: Journal | None = attrs.field(default=None, init=False)
    _over: threading.Event = attrs.field(factory=threading.Event, init=False)
    _watcher: threading.Thread | None = attrs.field(default=None, init=False)
    _failed: dict[tuple[Role, int], float] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        """Prepare the prediction log."""
        project = self.source.project
        if project is not None and self.settings.is_logged:
            self.journal = Journal(project, self.model, self.counts.dropped, say)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the project or the folder; nothing is loaded yet."""
        return cls(settings, source_of(settings))

    @property
    def model(self) -> str:
        """The name of the model that is served."""
        return self.source.model

    def begin(self) -> None:
        """Load the champion in the background, and look for another one from then on."""
        if self.journal is not None:
            self.journal.begin()
        self._watcher = threading.Thread(target=self._watch, name="registry", daemon=True)
        self._watcher.start()

    def end(self) -> None:
        """Stop looking, and write what waits for the prediction log."""
        self._over.set()
        if self._watcher is not None:
            self._watcher.join()
        if self.shadow is not None:
            self.shadow.end()
        if self.journal is not None:
            self.journal.end()
        self.champion, self.canary, self.shadow = None, None, None
        self.source.close()

    def chosen(self, key: str) -> Loaded:
        """Give the version that answers a request.

        Parameters
        ----------
        key : str
            What stands for who asks: the same one is always answered by the same version.

        Raises
        ------
        NotReadyError
            If none is loaded yet.
        """
        champion, canary = self.champion, self.canary
        if champion is None:
            raise NotReadyError(self.trouble or "the model is being loaded")
        if canary is not None and canary.takes(key):
            return canary.loaded
        return champion

    def look(self) -> None:
        """Compare what is loaded with what is to answer once."""
        number = self.source.number()
        if number is None:
            self.champion, self.canary = None, None
            self._tell(self.source.nothing)
            return
        if self.champion is None or self.champion.number != number:
            loaded = self._loaded(number, "champion")
            if loaded is not None:
                self._swap(loaded)
        elif self.trouble.startswith("champion "):
            # What did not load was taken back: if it comes again, it is tried at once.
            self.trouble = ""
            self._failed = {key: at for key, at in self._failed.items() if key[0] != "champion"}
        aliases = self.source.aliases()
        self._look_for_canary(aliases.get("canary"))
        self._look_for_shadow(aliases.get("shadow"))

    def stop_canary(self, why: str) -> None:
        """Let the champion answer everything again, in all workers, and tell the ledger."""
        stopped, self.canary = self.canary, None
        if stopped is None:
            return
        say(f"canary {stopped.loaded.name} is stopped: {why}")
        # Whoever asks does not wait for the ledger.
        threading.Thread(target=self._tell_ledger, args=(why,), name="canary").start()

    def _tell_ledger(self, why: str) -> None:
        try:
            self.source.end_alias("canary", f"stopped by itself: {why}")
        except FourstrokeError as error:
            say(f"the ledger does not know of it: {error}")

    def _watch(self) -> None:
        while not self._over.is_set():
            try:
                self.look()
            except FourstrokeError as error:
                self._tell(str(error))
            except Exception as error:  # noqa: BLE001 - a service that stops looking is stuck for ever
                self._tell(f"{type(error).__name__}: {error}")
            self._over.wait(self.settings.poll_seconds)

    def _swap(self, loaded: Loaded) -> None:
        before, self.champion = self.champion, loaded
        self.trouble = ""
        self.counts.shows(loaded)
        tried = f", {loaded.tried_rows} held-out rows as before" if loaded.tried_rows else ""
        told = "" if before is None else f" in the place of v{before.number}"
        say(f"{loaded.name} answers{told}{tried}")

    def _look_for_canary(self, number: int | None) -> None:
        at_work = None if self.canary is None else self.canary.loaded.number
        if number == at_work:
            return
        loaded = None if number is None else self._loaded(number, "canary")
        if loaded is not None:
            self.canary = Canary(loaded, self.settings.canary / 100, self.stop_canary)
            say(f"canary {loaded.name} answers {self.settings.canary:g} % of requests")
        elif number is None and self.canary is not None:
            say(f"canary {self.canary.loaded.name} has ended")
            self.canary = None

    def _look_for_shadow(self, number: int | None) -> None:
        at_work = None if self.shadow is None else self.shadow.loaded.number
        if number == at_work:
            return
        loaded = None if number is None else self._loaded(number, "shadow")
        if loaded is not None or number is None:
            before = self.shadow
            log = None if self.journal is None else self.journal.take
            self.shadow = None if loaded is None else Shadow(loaded, log)
            if before is not None:
                before.end()
        if loaded is not None:
            say(f"shadow {loaded.name} is asked, too, and answers nobody")

    def _loaded(self, number: int, role: Role) -> Loaded | None:
        """Load a version; one that does not load leaves everything as it is."""
        failed = self._failed.get((role, number))
        if failed is not None and time.monotonic() - failed < _AGAIN_SECONDS:
            return None
        try:
            return load(self.source.version(number), role)
        except FourstrokeError as error:
            self._failed[role, number] = time.monotonic()
            self._tell(f"{role} {self.model}@v{number} does not answer: {error}")
            return None

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            say(trouble)
        self.trouble = trouble


class NotReadyError(Exception):
    """Nothing is loaded that could answer."""


def say(text: str) -> None:
    """Tell whoever runs the service."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)  # noqa: T201
