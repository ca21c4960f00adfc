"""What an alert channel has to hold: it says whether it told people, and nothing that it must not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import attrs

from fourstroke.entities.operations import Alert, Observation
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires

if TYPE_CHECKING:
    from fourstroke.typing import Alerts, FunctionPlugin

HOSTILE = "</b><script>alert(1)</script> \x1b[2J\x00 {{ 7 * 7 }} <!channel> \u202egnp.exe \ud800"


class AlertContract(Contract):
    """What every channel has to hold. `sent` reads what came out of it, for those that can be read."""

    stage = "alert"
    offered: ClassVar = {"text": "`sent` reads the text that was sent"}
    plugin: ClassVar[Alerts | Callable[..., Alerts] | FunctionPlugin]

    def sample(self) -> Alert:
        """Give an alert as a monitor raises it."""
        return Alert(
            key="sample:drift",
            severity="error",
            title="drift: age",
            text="the mean of age was 45.0, and is 70.1",
            at=dt.datetime(2026, 1, 5, 8, 30, tzinfo=dt.UTC),
            model="sample",
            version=3,
            observations=(Observation(name="drift", status="alert", value=0.4, column="age"),),
        )

    def sent(self) -> str:
        """Read what came out of the channel since the check began."""
        return "".join(
            path.read_text(errors="replace")
            for path in sorted(self.folder.glob("*"))
            if path.is_file()
        )

    def send(self, alert: Alert) -> bool:
        """Call the plugin as a step does."""
        return self.caller().alert("own", alert=alert, context=self.context())

    def exercise(self) -> None:
        """Send one alert."""
        self.send(self.sample())

    def test_delivery_is_told(self) -> None:
        """A channel that works says so."""
        expect(self.send(self.sample()) is True, "it says that the alert was not delivered")

    def test_hostile_text_is_sent(self) -> None:
        """Markup, control characters and half characters in a title raise nothing."""
        alert = attrs.evolve(self.sample(), title=HOSTILE, text=HOSTILE)

        expect(self.send(alert) is True, "it did not deliver an alert with strange characters")

    def test_long_text_is_sent(self) -> None:
        """An alert about a thousand columns is sent, whole or cut."""
        alert = attrs.evolve(self.sample(), text="column " * 10_000)

        expect(self.send(alert) is True, "it did not deliver a long alert")

    def test_empty_text_is_sent(self) -> None:
        """A title is enough."""
        alert = attrs.evolve(self.sample(), text="", observations=())

        expect(self.send(alert) is True, "it did not deliver an alert without text")

    def test_alert_may_be_sent_twice(self) -> None:
        """The same alert again is delivered again: whether it is sent is for others to decide."""
        first, second = self.send(self.sample()), self.send(self.sample())

        expect(first and second, "it did not deliver an alert for the second time")

    @requires("text")
    def test_title_is_sent(self) -> None:
        """Whoever reads the message reads what is the matter."""
        self.send(self.sample())

        expect("drift: age" in self.sent(), f"the title is not in {self.sent()[:200]!r}")

    @requires("text")
    def test_control_characters_are_not_sent(self) -> None:
        """No escape character reaches a terminal, and no line break begins a message of its own."""
        self.send(
            attrs.evolve(self.sample(), title=HOSTILE, text=f"one\nfourstroke: two\r{HOSTILE}")
        )
        text = self.sent()

        strange = [each for each in "\x1b\x00\r\u202e" if each in text]
        expect(not strange, f"it sent {strange[0]!r} as it is" if strange else "")
