"""Workflows of GitHub, GitLab and Jenkins that run `fourstroke ci`, and promote on the main branch."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.artifacts import files
from fourstroke.config import load_config
from fourstroke.config.environments import VARIABLE
from fourstroke.config.secrets import referenced
from fourstroke.errors import UsageError
from fourstroke.locked import FILE_NAME as LOCK_FILE
from fourstroke.principals import VARIABLE as TOKEN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.config import Config

_PLACES: Final = {
    "github": ".github/workflows/fourstroke.yml",
    "gitlab": ".gitlab-ci.yml",
    "jenkins": "Jenkinsfile",
}
# Whatever a project, a folder or an option says goes into a workflow only in these forms: none of
# them means anything to YAML, to a shell, or to the expressions of a forge.
_FORMS: Final = {
    "branch": re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}"),
    "python": re.compile(r"3\.[0-9]{1,2}"),
    "folder": re.compile(
        r"\.|[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,9}"
    ),
    "environment": re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}"),
    "variable": re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}"),
}
_PLACEHOLDER = re.compile(r"@([A-Z]+)@")
# Plugins that need an extra of the same name.
_EXTRAS: Final = frozenset({"fsspec", "shap"})
_HASHED: Final = ("fourstroke.toml", LOCK_FILE, "pyproject.toml", "requirements.txt")


@attrs.frozen(kw_only=True)
class Workflow:
    """A workflow that is ready to be written.

    Parameters
    ----------
    file : Path
        Where the forge looks for it.
    text : str
        The whole file.
    secrets : tuple of str
        Names of variables that the forge has to know.
    steps : tuple of str
        What is left to people, a sentence each.
    """

    file: Path
    text: str
    secrets: tuple[str, ...]
    steps: tuple[str, ...]

    def write(self, *, force: bool) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        UsageError
            If it is there already, without ``force``, or cannot be written.
        """
        if os.path.lexists(self.file) and not force:
            raise UsageError(
                "it exists already and is not overwritten", where=str(self.file), hint="--force"
            )
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with files.becoming(self.file) as partial:
                partial.write_text(self.text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(
                f"it cannot be written: {error.strerror}", where=str(self.file)
            ) from error


def workflow_of(
    forge: str,
    root: Path,
    *,
    environment: str | None,
    branch: str,
    python: str,
    rows: int,
) -> Workflow:
    """Make the workflow of a project.

    Parameters
    ----------
    forge : {"github", "gitlab", "jenkins"}
        Whose.
    root : Path
        The project's folder; the workflow goes to the top of its checkout.
    environment : str, optional
        The one that the main branch is promoted in; ``None`` for what ``FOURSTROKE_ENV`` says.
    branch, python : str
        The main branch, and the version of Python.
    rows : int
        How many rows the sample has.

    Raises
    ------
    ConfigError
        If the project file is wrong.
    UsageError
        If a value does not have the form that may stand in a workflow.
    """
    config = load_config(root, environment=environment)
    top = _top(root)
    folder = root.relative_to(top).as_posix()
    promotes = bool(config.environment and config.records_url)
    secrets = _secrets(config) if promotes else ()
    values = {
        "BRANCH": _formed("branch", branch, "--branch"),
        "PYTHON": _formed("python", python, "--python"),
        "FOLDER": _formed("folder", folder, "the project's folder"),
        "ROWS": str(rows),
        "INSTALL": _install(root, config),
        "HASHED": _hashed(root, folder, forge),
        "FROZEN": "--frozen " if (root / LOCK_FILE).is_file() else "",
        "PROMOTE": "",
    }
    if promotes:
        values["ENVIRONMENT"] = _formed("environment", config.environment, "--env")
        # What installs packages has no use for the token; of the other forges a job has one environment.
        is_apart = forge == "github" and TOKEN_VARIABLE in secrets
        values["TOKEN"] = f"env:\n  {_secret(forge, TOKEN_VARIABLE).strip()}" if is_apart else ""
        values["SECRETS"] = "\n".join(
            _secret(forge, name) for name in secrets if not (is_apart and name == TOKEN_VARIABLE)
        )
    text = _text(forge, values, promotes=promotes)
    return Workflow(
        file=top / _PLACES[forge],
        text=text,
        secrets=secrets,
        steps=tuple(_next(forge, secrets, config, promotes=promotes)),
    )


def _text(forge: str, values: Mapping[str, str], *, promotes: bool) -> str:
    kind = "groovy" if forge == "jenkins" else "yml"
    promote = _filled(_template(f"{forge}_promote.{kind}"), values) if promotes else ""
    if forge == "jenkins":
        return _filled(_template("jenkins.groovy"), {**values, "PROMOTE": promote.rstrip()})
    return _filled(_template(f"{forge}.{kind}"), values) + promote


def _template(name: str) -> str:
    return resources.files("fourstroke.ci").joinpath("templates", name).read_text(encoding="utf-8")


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Put the values in; a value of several lines keeps the indentation, a line of nothing goes."""
    lines = []
    for line in text.splitlines():
        found = _PLACEHOLDER.fullmatch(line.strip())
        if found is None:
            lines.append(_PLACEHOLDER.sub(lambda match: values[match[1]], line))
        elif values[found[1]]:
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + part for part in values[found[1]].splitlines()]
    return "\n".join([*lines, ""])


def _top(root: Path) -> Path:
    """Find the top of the checkout that a project lies in; its own folder without one."""
    return next((each for each in (root, *root.parents) if (each / ".git").exists()), root)


def _formed(form: str, value: str, where: str) -> str:
    if _FORMS[form].fullmatch(value) is None or ".." in value:
        message = f"{value[:60]!r} may not stand in a workflow"
        raise UsageError(message, where=where, hint="letters, digits, '-', '_' and '.' may")
    return value


def _secrets(config: Config) -> tuple[str, ...]:
    token = {TOKEN_VARIABLE} if config.policy.principals else set()
    names = sorted(referenced(config.values) | token)
    return tuple(_formed("variable", name, "a variable of the project file") for name in names)


def _secret(forge: str, name: str) -> str:
    if forge == "jenkins":
        return f"                {name} = credentials('{name}')"
    return f"      {name}: ${{{{ secrets.{name} }}}}"


def _install(root: Path, config: Config) -> str:
    """Install what the project says it needs, and pytest for its tests; else what its file makes use of."""
    if (root / "requirements.txt").is_file():
        return "python -m pip install -r requirements.txt pytest"
    if (root / "pyproject.toml").is_file():
        return "python -m pip install . pytest"
    extras = ",".join(sorted(set(_extras(config))))
    itself = f"'fourstroke[{extras}]'" if extras else "fourstroke"
    return f"python -m pip install {itself} pytest"


def _extras(config: Config) -> Iterator[str]:
    """Name the extras of fourstroke that hold what the project file names."""
    if (config.records_url or "").startswith("postgresql"):
        yield "postgres"
    for table in (table for tables in config.tables.values() for table in tables):
        if table.use in _EXTRAS:
            yield table.use
        search = table.settings.get("search")
        if isinstance(search, Mapping) and search.get("kind") == "optuna":
            yield "optuna"


def _hashed(root: Path, folder: str, forge: str) -> str:
    """Name the files that decide whether results are worth keeping."""
    around = "" if folder == "." else f"{folder}/"
    names = [f"{around}{name}" for name in _HASHED]
    if forge == "gitlab":  # takes two files, and each has to be there
        there = [f"{around}{name}" for name in _HASHED if (root / name).is_file()]
        return ", ".join(f'"{name}"' for name in there[:2])
    return ", ".join(f"'{name}'" for name in (*names, f"{around}data/**"))


def _next(forge: str, secrets: tuple[str, ...], config: Config, *, promotes: bool) -> list[str]:
    steps = [f"commit {_PLACES[forge]}; `fourstroke ci` runs the same steps here"]
    if not promotes:
        lacking = "no environment was named" if not config.environment else "it names no records"
        steps.append(
            f"nothing is promoted, since {lacking}: write [environments.NAME.backends] records = "
            f"'${{RECORDS_URL}}', then fourstroke ci init {forge} --env NAME --force"
        )
        return steps
    where = {
        "github": f"secrets of the environment {config.environment!r} on GitHub",
        "gitlab": f"masked variables of the environment {config.environment!r} on GitLab",
        "jenkins": "credentials of kind 'secret text' in Jenkins",
    }[forge]
    if secrets:
        steps.append(f"give {', '.join(secrets)} as {where}")
    if config.storage.use is None:
        steps.append(
            f"name a store that outlives the job, too: [environments.{config.environment}.backends]"
            " storage; the default one is a folder of the machine"
        )
    steps.append(
        f"say there who may deploy to {config.environment!r}; {VARIABLE} is set for the job"
    )
    return steps
