"""The commands of who writes plugins: begin one, package it, try it, hold it to its contract."""

from __future__ import annotations

from pathlib import Path

import click

from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.errors import UsageError

_BLOCKED = 3


@command("new")
@click.argument("stage")
@click.argument("name")
@click.option("--local", is_flag=True, help="In a file of this project, instead of a distribution.")
@click.option(
    "--to",
    "parent",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put the distribution's folder.",
)
@pass_invocation
def new(invocation: Invocation, *, stage: str, name: str, local: bool, parent: Path | None) -> None:
    """Begin a plugin that works and keeps its contract: for a STAGE or service, called NAME.

    Without --local it is a distribution that others can install.
    """
    from fourstroke.authoring import beginning  # noqa: PLC0415 - --help does not need it
    from fourstroke.authoring.kinds import known_stage  # noqa: PLC0415
    from fourstroke.authoring.naming import Name  # noqa: PLC0415
    from fourstroke.cli import scaffold  # noqa: PLC0415

    known, named = known_stage(stage), Name.of(name)
    if local and known == "codec":
        raise UsageError(
            "a codec is found by the type of a value, among what is installed",
            where="codec",
            hint="leave out --local",
        )
    if local:
        begun = beginning.local(known, named)
        folder = invocation.folder()
        _require_project(folder)
        scaffold.write_into(folder, begun.files)
    else:
        begun = beginning.distribution(known, named)
        folder = _written(invocation, named.distribution, begun.files, parent)
    if invocation.as_json:
        facts = {"stage": known, "use": begun.use, "folder": folder, "files": list(begun.files)}
        invocation.output.json(facts)
        return
    _tell_files(invocation, folder, begun.files)
    if local:
        _tell_next(invocation, stage, begun.use)
    else:
        where = invocation.shown(folder)
        invocation.output.line(
            ("next     ", "strong"),
            f"cd {where} && pip install -e '.[test]' && fourstroke plugins check .",
        )


@command("package")
@click.argument("use")
@click.option("--stage", default="", help="The stage that it serves, if it does not tell.")
@click.option("--name", default="", help="What to call it; by default as its file.")
@click.option(
    "--to",
    "parent",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put the distribution's folder.",
)
@pass_invocation
def package(
    invocation: Invocation, *, use: str, stage: str, name: str, parent: Path | None
) -> None:
    """Turn a plugin in a file of the project into a distribution, unchanged.

    USE is `steps/no_pii.py`, or `steps/no_pii.py:no_pii` if the file holds several.
    """
    from fourstroke.authoring import packaging  # noqa: PLC0415 - --help does not need it
    from fourstroke.authoring.naming import Name  # noqa: PLC0415
    from fourstroke.authoring.target import Target  # noqa: PLC0415

    folder = invocation.folder()
    target = Target.in_file(folder, use, stage=stage, config=invocation.config())
    named = Name.of(name or target.file.stem)
    files = packaging.package(
        folder, target.file, called=target.called, stage=target.stage, name=named
    )
    made = _written(invocation, named.distribution, files, parent)
    if invocation.as_json:
        invocation.output.json({"stage": target.stage, "folder": made, "files": list(files)})
        return
    _tell_files(invocation, made, files)
    where = invocation.shown(made)
    invocation.output.line(
        ("next     ", "strong"), f"cd {where} && pip install -e '.[test]' && pytest"
    )
    invocation.output.line(
        ("then     ", "dim"), f'in fourstroke.toml: use = "{named.entry}" instead of "{target.use}"'
    )


def _written(invocation: Invocation, name: str, files: dict[str, str], parent: Path | None) -> Path:
    from fourstroke.cli import scaffold  # noqa: PLC0415 - only commands that write need it

    folder = (parent or invocation.folder()) / name
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("it exists already and is not overwritten", where=str(folder))
    scaffold.write_new(folder, files)
    return folder


def _require_project(folder: Path) -> None:
    if not (folder / "fourstroke.toml").is_file():
        raise UsageError(
            "there is no fourstroke.toml here",
            where=str(folder),
            hint="go to a project, name one by -C, or leave out --local",
        )


def _tell_files(invocation: Invocation, folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        lines = text.count("\n")
        invocation.output.line(
            ("created  ", "good"),
            invocation.shown(folder / name),
            (f"  ({lines} line{'' if lines == 1 else 's'})", "dim"),
        )


def _tell_next(invocation: Invocation, stage: str, use: str) -> None:
    output = invocation.output
    output.line(("try      ", "strong"), invocation.fourstroke(f"plugins try {use}"))
    output.line(("check    ", "strong"), invocation.fourstroke(f"plugins check {use}"))
    output.line(("use      ", "strong"), invocation.fourstroke(f"use {stage} {use}"))


@command("try")
@click.argument("use")
@click.option(
    "--data",
    "reference",
    metavar="NAME@3|FILE",
    default="",
    help="A data set or a file; by default the latest data set.",
)
@click.option(
    "--setting",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="A setting of the plugin; repeatable.",
)
@click.option("--stage", default="", help="The stage that it serves, if it does not tell.")
@pass_invocation
def try_(
    invocation: Invocation, *, use: str, reference: str, settings: tuple[str, ...], stage: str
) -> int:
    """Call a plugin once on real data, without a run, and show what it gives.

    USE is `steps/no_pii.py:no_pii`, or the name of what is installed with its stage: `check/table`.
    Its settings are those of the project file, if it is used there. Nothing is recorded.
    """
    from fourstroke.authoring.given import plugin_of, settings_of  # noqa: PLC0415 - for --help
    from fourstroke.authoring.target import Target  # noqa: PLC0415
    from fourstroke.authoring.trial import try_plugin  # noqa: PLC0415
    from fourstroke.cli.tried import says_no, show  # noqa: PLC0415

    with invocation.project() as project:
        target = Target.of(project.root, use, stage=stage, config=project.config)
        chosen = settings_of(target, project.config, settings)
        plugin = plugin_of(target, chosen, root=project.root)
        trial = try_plugin(project, plugin, stage=target.stage, reference=reference)
    show(invocation, target, trial)
    return _BLOCKED if says_no(trial) else 0


@command("check")
@click.argument("plugin")
@click.option(
    "--setting",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="A setting of the plugin; repeatable.",
)
@click.option("--stage", default="", help="The stage that it serves, if it does not tell.")
@click.option(
    "--data",
    "reference",
    metavar="NAME@3|FILE",
    default="",
    help="A data set or file of the project to check on, instead of a made-up table.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="How long one check may take.",
)
@pass_invocation
def check(
    invocation: Invocation,
    *,
    plugin: str,
    settings: tuple[str, ...],
    stage: str,
    reference: str,
    timeout: float,
) -> int:
    """Hold a plugin to the contract of its stage, without writing a test.

    PLUGIN is a file of the project (`steps/no_pii.py`), the folder of a distribution (`.`), or the
    name of what is installed (`storage/s3`). A test beside it that names its contract is used.
    It runs in a process of its own: a plugin that hangs or crashes fails a check.
    """
    from fourstroke.authoring.asked import Asked  # noqa: PLC0415 - --help does not need it
    from fourstroke.authoring.contained import run_contained  # noqa: PLC0415
    from fourstroke.cli.checked import show  # noqa: PLC0415

    asked = Asked(
        directory=invocation.folder().resolve(),
        environment=invocation.environment,
        overrides=tuple(invocation.overrides),
        plugin=plugin,
        stage=stage,
        settings=settings,
        reference=reference,
    )
    results = run_contained(asked, timeout)
    show(invocation, results)
    return 0 if all(result.is_kept for result in results) else 1
