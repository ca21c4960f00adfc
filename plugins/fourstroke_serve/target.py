"""The deployment target that is a running service: it follows what is deployed, and shows that it does."""

from __future__ import annotations

import datetime as dt
import json
import math
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

import attrs

from fourstroke import ConfigError, Context, Deployment, ModelVersion, StepError, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_ANSWER_SECONDS: Final = 10.0
# What /readyz says to whoever has no token is too little.
_READY: Final = "/v2/health/ready"
_POLL_SECONDS: Final = 0.2
_MOST_BYTES: Final = 10_000_000


@plugin
class ServiceTarget:
    """Put versions to work in a service that runs: ``fourstroke serve --target NAME``.

    The service looks at the records for what is deployed to the target of this name, so that nothing
    is sent to it. Before the version becomes the champion, the service has to answer ``/readyz`` with
    it, and to say of rows what the model said when it was measured.
    """

    # Where it answers; another machine's needs https.
    url: str = "http://127.0.0.1:8000"
    # What it asks for, such as "${FOURSTROKE_SERVE_TOKEN}"; empty if it asks for none.
    token: str = attrs.field(default="", repr=False)
    # How long it may take to load a version.
    ready_within_seconds: float = attrs.field(default=60.0, validator=attrs.validators.gt(0))

    def __attrs_post_init__(self) -> None:
        """Refuse addresses at which others could read along, or that are none."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"'{self.url}' is no address of a service", hint="http://HOST:PORT")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ConfigError("an address has no name, password, ? or #", hint="set 'token'")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ConfigError(
                f"{parts.hostname} is another machine, and others could read along",
                hint="use https",
            )
        if not self.token.isprintable() or not self.token.isascii():
            raise ConfigError("the token has characters that no header has")

    @hookimpl
    def deploy(self, version: ModelVersion, context: Context) -> Deployment:
        """Name the service: it loads the version once this is recorded."""
        return Deployment(
            target=context.step.rpartition(".")[2] or "service",
            model=version.model,
            version=version.version,
            digest=version.digest,
            location=self.url.rstrip("/"),
        )

    @hookimpl
    def probe_deployment(self, deployment: Deployment, data: Any, context: Context) -> Any:
        """Wait until the service answers with the version, and let it score the rows."""
        deadline = time.monotonic() + self.ready_within_seconds
        sent = json.dumps({"records": _records(data)}, allow_nan=False).encode()
        while True:
            self._wait_until_ready(deployment, context.step.rpartition(".")[2], deadline)
            status, answer, headers = self._ask("/predict", sent)
            if status != 200 or not isinstance(answer.get("predictions"), list):  # noqa: PLR2004 - HTTP's
                raise StepError(f"POST /predict was answered with {status}: {_why(answer)}")
            by = headers.get("x-model-version", "")
            if by == str(deployment.version):
                return [_flat(record) for record in answer["predictions"]]
            # Another of its workers, which has not looked yet, or a canary.
            if time.monotonic() > deadline:
                raise StepError(f"version {by or 'unknown'} answers, and not {deployment.version}")
            time.sleep(_POLL_SECONDS)

    @hookimpl
    def withdraw(self, deployment: Deployment) -> bool:
        """Say whether the service answers with it: it stops once this is recorded."""
        try:
            _, told, _ = self._ask(_READY)
        except StepError:
            return False
        return _is_it(told, deployment)

    def _wait_until_ready(self, deployment: Deployment, target: str, deadline: float) -> None:
        while True:
            told, trouble = self._looked()
            if _is_it(told, deployment):
                return
            name = f"{deployment.model}@v{deployment.version}"
            if f"{name} does not answer" in trouble:
                raise StepError(trouble)
            if time.monotonic() > deadline:
                raise StepError(
                    f"{self.url} does not answer with {name} after "
                    f"{self.ready_within_seconds:g} s: {trouble or _present(told)}",
                    hint=f"does it run? fourstroke serve --target {target}",
                )
            time.sleep(_POLL_SECONDS)

    def _looked(self) -> tuple[Mapping[str, Any], str]:
        """Ask once whether it is ready; gives what it says, and what hinders it."""
        try:
            status, told, _ = self._ask(_READY)
        except StepError as error:
            return {}, error.message
        if status == 401:  # noqa: PLR2004 - HTTP's
            raise StepError(f"GET {_READY} was answered with {status}: {_why(told)}")
        return told, str(told.get("trouble") or told.get("why") or "")

    def _ask(
        self, path: str, sent: bytes | None = None
    ) -> tuple[int, Mapping[str, Any], Mapping[str, str]]:
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            f"{self.url.rstrip('/')}{path}", data=sent, headers=headers
        )
        try:
            with _opener().open(request, timeout=_ANSWER_SECONDS) as response:
                return _read(response)
        except urllib.error.HTTPError as error:
            with error:
                return _read(error)
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise StepError(f"{self.url} does not answer: {reason}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A service that sends elsewhere would get the token there."""

    def redirect_request(self, *_: Any, **__: Any) -> NoReturn:
        raise ValueError("it sends to another address")


def _opener() -> urllib.request.OpenerDirector:
    # Without the proxies of the environment: the address means what it says.
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def _read(response: Any) -> tuple[int, Mapping[str, Any], Mapping[str, str]]:
    try:
        answer = json.loads(response.read(_MOST_BYTES))
    except ValueError:
        answer = {}
    headers = {name.lower(): value for name, value in response.headers.items()}
    return response.status, answer if isinstance(answer, dict) else {}, headers


def _is_it(told: Mapping[str, Any], deployment: Deployment) -> bool:
    wanted = (deployment.model, deployment.version, deployment.digest)
    return (told.get("model"), told.get("version"), told.get("digest")) == wanted


def _present(told: Mapping[str, Any]) -> str:
    if "version" not in told:
        return "it does not say that it is ready"
    return f"it has {told.get('model')}@v{told['version']}"


def _why(answer: Mapping[str, Any]) -> str:
    return str(answer.get("error") or answer.get("error_code") or "no reason given")[:300]


def _records(data: Any) -> list[dict[str, Any]]:
    rows: Iterable[Any] = data.to_dict("records") if hasattr(data, "to_dict") else data
    return [{str(name): _cell(cell) for name, cell in row.items()} for row in rows]


def _cell(value: Any) -> Any:
    """Write a cell as JSON has it: nothing for what is missing, text for moments."""
    if value is None or value != value or type(value).__name__ in {"NaTType", "NAType"}:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if hasattr(value, "item"):  # of NumPy
        value = value.item()
    return value if not isinstance(value, float) or math.isfinite(value) else None


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Bring an answer into the form of the hook ``predict``."""
    chances = record.get("probabilities") or {}
    others = {name: cell for name, cell in record.items() if name != "probabilities"}
    return others | {f"probability_{name}": chance for name, chance in chances.items()}
