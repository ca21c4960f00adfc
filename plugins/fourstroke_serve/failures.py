"""Requests for predictions that got none: those that the prediction log is told of, and whose they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs
from starlette.concurrency import run_in_threadpool
from starlette.routing import compile_path

from fourstroke_serve.requests import key_of
from fourstroke_serve.routes import ENDPOINTS

if TYPE_CHECKING:
    from fourstroke_serve.service import Service

# The first status of HTTP that blames the service: RFC 9110, 15.6.
_SERVER_ERROR: Final = 500
# Of what a request held: no JSON, too large, of another media type, rows that the model does not take. That
# somebody may not ask, asked for something else, or was too slow says nothing of the model.
_REFUSED: Final = frozenset({400, 413, 415, 422})
_SCORING: Final = tuple(compile_path(each.path)[0] for each in ENDPOINTS if each.is_scoring)


@attrs.frozen(eq=False)
class Failures:
    """Tells the prediction log, before the client is told.

    Parameters
    ----------
    service : Service
        The worker's.
    """

    _service: Service

    async def hear(self, scope: Mapping[str, Any], status: int) -> None:
        """Log an answer that is no prediction, if it counts: its status, and nothing of the request."""
        journal = self._service.journal
        if journal is None or not self._counts(scope, status):
            return
        whose = self._service.whose_turn(key_of(scope))
        if whose is None:
            return  # no version should be at work, so that none has failed
        journal.failed(*whose, status)
        if journal.survives_power_loss:
            await run_in_threadpool(journal.settle, *whose)

    def _counts(self, scope: Mapping[str, Any], status: int) -> bool:
        if scope["method"] != "POST" or (status < _SERVER_ERROR and status not in _REFUSED):
            return False
        found = next(filter(None, (each.match(scope["path"]) for each in _SCORING)), None)
        # The name of another model is an unknown path.
        model = self._service.model
        return found is not None and found.groupdict().get("name", model) == model
