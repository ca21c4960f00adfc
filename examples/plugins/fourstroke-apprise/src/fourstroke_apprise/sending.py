"""Send one message to several services of apprise, and say which of them did not take it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import apprise
import attrs

from fourstroke import Alert, Context, StepError
from fourstroke_apprise.message import body_of, title_of

if TYPE_CHECKING:
    from apprise import AppriseAsset

# They name hosts, paths and receivers, and any of these may be the secret of a URL.
_TELLTALES: Final = ("apprise", "urllib3", "requests_oauthlib")
_ANSWER = re.compile(r"\berror=(\d{3})\b")


def send(alert: Alert, urls: Sequence[str], context: Context, *, wait_seconds: float) -> None:
    """Send an alert to each service.

    Raises
    ------
    StepError
        If a service did not take it, or is none that apprise knows; names all of them by number.
    """
    with _silence() as silence:
        channel, faults = _channel(urls)
        result = channel.notify(
            body=body_of(alert, context),
            title=title_of(alert, context),
            notify_type=_type_of(alert),
            # Said to be plain text, it is escaped for services that show HTML or Markdown.
            body_format=apprise.NotifyFormat.TEXT,
            interpret_escapes=False,
            timeout=wait_seconds,
        )
        for each in result:
            if why := _why(each):
                faults[int(each.tag[0])] = f"{each.name} {why}"
            # A service that is still at work may yet write to the log.
            silence.lasts |= each.status is apprise.AppriseResultStatus.TIMEOUT
    if faults:
        told = "; ".join(f"urls[{number}]: {why}" for number, why in sorted(faults.items()))
        raise StepError(
            f"{len(faults)} of {len(urls)} services did not take the alert: {told}",
            where=context.step,
            hint="apprise --dry-run shows whether a URL is right",
        )


def _channel(urls: Sequence[str]) -> tuple[apprise.Apprise, dict[int, str]]:
    """Make a service of each URL, with its number as its tag; and say which URLs are none."""
    asset = _asset()
    channel = apprise.Apprise(asset=asset)
    faults: dict[int, str] = {}
    for number, url in enumerate(urls):
        service = apprise.Apprise.instantiate(url, asset=asset, tag=str(number))
        if service is None:
            faults[number] = "apprise knows no such service, or it needs more than the URL has"
        else:
            channel.add(service)
    return channel, faults


def _asset() -> AppriseAsset:
    return apprise.AppriseAsset(
        app_id="fourstroke",
        app_desc="fourstroke",
        secure_logging=True,
        # Nothing is kept in the user's folders.
        storage_mode="memory",
    )


def _type_of(alert: Alert) -> apprise.NotifyType:
    return apprise.NotifyType.FAILURE if alert.severity == "error" else apprise.NotifyType.WARNING


def _why(result: Any) -> str:
    """Say why a service did not take it, in words of our own: those of apprise may hold secrets."""
    if result.status is apprise.AppriseResultStatus.SUCCESS:
        return ""
    if result.status is apprise.AppriseResultStatus.TIMEOUT:
        return "did not answer in time"
    answers = [_ANSWER.search(entry.message) for entry in result.logs()]
    codes = [found[1] for found in answers if found]
    return f"answered {codes[-1]}" if codes else "could not be reached, or refused it"


@attrs.define
class _Silence:
    """Whether loggers stay silent after the block: a service that is late may yet write to them."""

    lasts: bool = False


@contextmanager
def _silence() -> Iterator[_Silence]:
    """Let what is logged of sending go no further than to apprise, which collects it for its results."""
    silence = _Silence()
    loggers = [logging.getLogger(name) for name in _TELLTALES]
    before = [logger.propagate for logger in loggers]
    quiet = logging.NullHandler()
    for logger in loggers:
        # Without any handler the log would go to stderr.
        logger.addHandler(quiet)
        logger.propagate = False
    try:
        yield silence
    finally:
        if not silence.lasts:
            for logger, was in zip(loggers, before, strict=True):
                logger.propagate = was
                logger.removeHandler(quiet)
