"""The command that serves a model."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any, Final

import click

from fourstroke import UsageError
from fourstroke_serve.settings import Settings

if TYPE_CHECKING:
    from fourstroke import Project

_TOKEN: Final = "FOURSTROKE_SERVE_TOKEN"  # noqa: S105 - the name of a variable
_EXTRA: Final = ("orjson", "prometheus_client", "starlette", "uvicorn")


@click.command("serve")
@click.argument("model", required=False, default="")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen; any other address needs a token.",
)
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes.",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A further name that clients call it by.",
)
@click.option(
    "--max-body",
    "most_bytes",
    type=click.IntRange(1_000),
    default=10_000_000,
    show_default=True,
    help="Bytes of one request.",
)
@click.option(
    "--max-rows",
    "most_rows",
    type=click.IntRange(1),
    default=50_000,
    show_default=True,
    help="Rows of one request.",
)
@click.option(
    "--canary",
    type=click.FloatRange(0, 100),
    default=10.0,
    show_default=True,
    help="Percent of requests that the version called canary answers.",
)
@click.option(
    "--target",
    metavar="NAME",
    default="",
    help="Serve what is deployed to this target of the project, instead of the champion.",
)
@click.option(
    "--folder",
    metavar="DIR",
    default="",
    help="Serve an exported model, or what its link `current` leads to; needs no project.",
)
@click.option(
    "--canary-differs",
    type=click.FloatRange(0, 100),
    default=50.0,
    show_default=True,
    help="Percent of its answers that may be others than the champion's; 100 compares none.",
)
@click.option(
    "--govern",
    "is_governed",
    is_flag=True,
    help="Let those approve and promote here whose token the project knows.",
)
@click.option("--no-log", "is_logged", flag_value=False, default=True, help="Log no predictions.")
@click.option(
    "--drain",
    "drain_seconds",
    type=click.IntRange(0),
    default=30,
    show_default=True,
    help="Seconds for requests at work when it stops.",
)
@click.pass_context
def serve(context: click.Context, /, **given: Any) -> None:
    """Serve the champion of MODEL over HTTP; another champion takes its place without a pause.

    With --target it is what a target of the project file has (use = "service"), with --folder what
    `models export` wrote.

    The token comes from FOURSTROKE_SERVE_TOKEN. A version that is called canary by `models alias`
    answers its share; one that is called shadow is asked, too, and answers nobody.
    """
    _need_extra()
    call: Any = context.find_root().obj
    is_exported = bool(given["folder"])
    if is_exported and (given["model"] or given["target"]):
        raise UsageError("a folder has one model and no targets", where="--folder")
    if is_exported and given["is_governed"]:
        raise UsageError("a folder has no project, and nobody to approve in it", where="--govern")
    if is_exported:
        given["is_logged"] = False
    settings = Settings(
        project="" if is_exported else str(call.folder()),
        environment=call.environment or "",
        overrides=tuple(call.overrides),
        token=os.environ.get(_TOKEN, ""),
        **given,
    )
    # Faults of the project are told before anything listens.
    from fourstroke_serve.origin import origin_of  # noqa: PLC0415 - 200 ms that the help need not wait
    from fourstroke_serve.running import run  # noqa: PLC0415 - as above

    origin = origin_of(settings)
    try:
        if settings.is_governed and origin.project is not None:
            _need_principals(origin.project)
        origin.check()
    finally:
        origin.close()
    code = run(settings)
    if code:
        context.exit(code)


def _need_principals(project: Project) -> None:
    if not project.config.policy.principals:
        raise UsageError(
            "nobody has a token in this project",
            where="--govern",
            hint="fourstroke principals token NAME makes one",
        )


def _need_extra() -> None:
    lacking = [name for name in _EXTRA if importlib.util.find_spec(name) is None]
    if lacking:
        raise UsageError(
            f"serving needs {', '.join(lacking)}", hint="pip install 'fourstroke[serve]'"
        )
