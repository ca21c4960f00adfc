"""How an exported model becomes a service: as a Dockerfile, and as a unit of systemd."""

from __future__ import annotations

import json
from typing import Final

import attrs

# Only words that `tokens` let through come into these texts.
_DOCKERFILE: Final = """\
# {model}, version {version}:
#   docker build --tag {model}:{version} .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --publish 127.0.0.1:{port}:{port} \\
#     --env FOURSTROKE_SERVE_TOKEN {model}:{version}
FROM {image}
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN groupadd --system --gid 10001 serve \\
    && useradd --system --uid 10001 --gid serve --no-create-home --shell /usr/sbin/nologin serve
WORKDIR /srv
COPY {copied}
RUN pip install --no-cache-dir --disable-pip-version-check {find}--requirement requirements.txt
COPY model /srv/model
USER 10001:10001
EXPOSE {port}
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD {health}
CMD {command}
"""
_UNIT: Final = """\
# {model}, version {version}: put this folder at {installed}, then
#   python3 -m venv {installed}/venv
#   {installed}/venv/bin/pip install --requirement {installed}/requirements.txt
#   cp {installed}/{model}.service /etc/systemd/system/ && systemctl enable --now {model}
# The token of its clients stands in /etc/fourstroke/{model}.env: FOURSTROKE_SERVE_TOKEN=...
[Unit]
Description=fourstroke: {model}, version {version}
After=network.target

[Service]
Type=exec
ExecStart={command}
EnvironmentFile=-/etc/fourstroke/{model}.env
Restart=on-failure
TimeoutStopSec=40
DynamicUser=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateDevices=yes
PrivateTmp=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
LockPersonality=yes

[Install]
WantedBy=multi-user.target
"""
_ASK: Final = "import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/readyz', timeout=3)"


@attrs.frozen(kw_only=True)
class Recipe:
    """What stands in both files; each text is a token that was checked.

    Parameters
    ----------
    model, version : str and int
        What is served.
    image : str
        What the container is made from.
    port : int
        Where it listens.
    hosts : tuple of str
        Further names that clients call it by.
    installed : str
        The folder that the unit expects it in.
    has_wheels : bool
        Whether a folder ``wheels`` lies beside.
    """

    model: str
    version: int
    image: str
    port: int
    hosts: tuple[str, ...]
    installed: str
    has_wheels: bool

    def dockerfile(self) -> str:
        """Write the Dockerfile: pinned, without rights, with a health check."""
        python = ["python", "-m", "fourstroke"]
        return _DOCKERFILE.format(
            **attrs.asdict(self),
            copied="requirements.txt ./\nCOPY wheels wheels/"
            if self.has_wheels
            else "requirements.txt ./",
            find="--find-links wheels " if self.has_wheels else "",
            health=json.dumps(["python", "-c", _ASK.format(port=self.port)]),
            command=json.dumps([*python, *self._serve("/srv/model", "0.0.0.0")]),  # noqa: S104 - in a container
        )

    def unit(self) -> str:
        """Write the unit of systemd: a user of its own that may write nothing but its /tmp."""
        python = f"{self.installed}/venv/bin/python"
        words = [python, "-m", "fourstroke", *self._serve(f"{self.installed}/model", "127.0.0.1")]
        return _UNIT.format(**attrs.asdict(self), command=" ".join(words))

    def _serve(self, folder: str, host: str) -> list[str]:
        names = [word for name in self.hosts for word in ("--allow-host", name)]
        return ["serve", "--folder", folder, "--host", host, "--port", str(self.port), *names]
