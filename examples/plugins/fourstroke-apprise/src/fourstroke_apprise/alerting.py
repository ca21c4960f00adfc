"""The plugin: its settings, and the stage that it serves."""

from __future__ import annotations

from typing import Any

import attrs

from fourstroke import Alert, Context, hookimpl, plugin


def _are_urls(_: object, __: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    # What is no URL may be a secret all the same: it is told by its number alone.
    for number, url in enumerate(value):
        if "://" not in url:
            raise ValueError(f"'urls' holds no URL at [{number}], such as json://host/path")


@plugin
class Apprise:
    """Tell people by any of apprise's services: mail, chat, push, SMS, a web hook.

    Each service gets every alert, whatever becomes of the others. URLs hold secrets: they are never
    written to errors, logs or records, and a service is told by its number among them.
    """

    # Where to: URLs as apprise has them, with their secrets as ${NAME}.
    urls: tuple[str, ...] = attrs.field(
        repr=False, validator=[attrs.validators.min_len(1), _are_urls]
    )
    # How long all services together may take.
    wait_seconds: float = attrs.field(default=20.0, validator=attrs.validators.gt(0))

    @hookimpl
    def alert(self, alert: Alert, context: Context) -> bool:
        """Send the alert to each service.

        Raises
        ------
        StepError
            If a service did not take it, or is none that apprise knows; names all of them.
        """
        # apprise is loaded when it is used, and not when a project file is checked.
        from fourstroke_apprise.sending import send  # noqa: PLC0415

        send(alert, self.urls, context, wait_seconds=self.wait_seconds)
        return True
