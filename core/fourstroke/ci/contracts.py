"""The steps `plugins` and `lock`: the project's own plugins keep their contracts, and are those of the lock."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fourstroke.authoring.asked import Asked as AskedContract
from fourstroke.authoring.asked import contract_test
from fourstroke.authoring.contained import run_contained
from fourstroke.ci.results import Finding, StepResult, failed, finding_of, skipped
from fourstroke.errors import FourstrokeError
from fourstroke.locked import FILE_NAME, refuse_difference
from fourstroke.plugins.inhouse import is_inhouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fourstroke.ci.configuration import Asked
    from fourstroke.testing import ContractResult

PLUGINS = "plugins"
LOCK = "lock"

_SECONDS = 60.0
_STAGE_OF = {"batch": "collect"}


def check_plugins(asked: Asked) -> StepResult:
    """Hold every plugin in a file of the project to its contract.

    A test beside the file that names the contract makes its failures count. Without one the plugin
    meets a made-up table, which need not have the columns that it is for: failures are warnings.
    """
    findings: list[Finding] = []
    code = checks = plugins = 0
    for each in _own_plugins(asked):
        plugins += 1
        file = each.plugin.rpartition(":")[0]
        is_tested = contract_test(asked.root, each.plugin, asked.root / file) is not None
        try:
            results = run_contained(each, _SECONDS)
        except FourstrokeError as error:
            findings += [finding_of(one) for one in error.several]
            code = max(code, error.exit_code)
            continue
        checks += sum(result.ran for result in results)
        broken = [result for result in results if not result.is_kept]
        findings += [_told(asked.root, each.plugin, one, is_tested=is_tested) for one in broken]
        code = max(code, 1 if broken and is_tested else 0)
    if not plugins:
        return skipped(PLUGINS, "the project has no plugins of its own")
    findings.sort(key=lambda each: each.level)
    what = f"{plugins} of the project, {checks} checks"
    return StepResult(
        name=PLUGINS,
        status="failed" if code else "warned" if findings else "passed",
        summary=findings[0].text if findings else f"{what}: contracts are kept",
        exit_code=code,
        findings=tuple(findings),
    )


def check_lock(asked: Asked) -> StepResult:
    """Refuse plugins that are not those of the lock file, if there is one."""
    if not (asked.root / FILE_NAME).exists():
        return skipped(LOCK, f"there is no {FILE_NAME}")
    try:
        found = refuse_difference(asked.root)
    except FourstrokeError as error:
        return failed(LOCK, error)
    return StepResult(
        name=LOCK, status="passed", summary=f"{len(found.plugins)} plugins are those of {FILE_NAME}"
    )


def _own_plugins(asked: Asked) -> Iterator[AskedContract]:
    """Name each plugin in a file of the project once, in the first environment that uses it."""
    known: set[tuple[str, str]] = set()
    for environment in asked.environments():
        config = asked.config(environment)
        tables = [table for several in config.tables.values() for table in several]
        for table in (*tables, config.storage, config.executor):
            stage = _STAGE_OF.get(table.stage, table.stage)
            if table.use is None or not is_inhouse(table.use) or (stage, table.use) in known:
                continue
            known.add((stage, table.use))
            yield AskedContract(
                directory=asked.root,
                environment=environment,
                overrides=asked.overrides,
                plugin=table.use,
                stage=stage,
            )


def _told(root: Path, plugin: str, result: ContractResult, *, is_tested: bool) -> Finding:
    broken = [each for each in result.results if each.state == "failed"]
    what = f"{broken[0].case.name}: {broken[0].why}" if broken else result.summary
    more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
    hint = f"fourstroke plugins check {plugin}"
    file, _, name = plugin.rpartition(":")
    untested = "" if is_tested else "no test names its contract, and on a made-up table "
    return Finding(
        level="error" if is_tested else "warning",
        text=f"{plugin}: {untested}{what}{more} ({hint})",
        file=file,
        line=_line_of(root / file, name),
    )


def _line_of(file: Path, name: str) -> int:
    """Find where a class or function is defined; 0 if that cannot be told."""
    try:
        body = ast.parse(file.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return 0
    kinds = (ast.ClassDef, ast.FunctionDef)
    return next((each.lineno for each in body if isinstance(each, kinds) and each.name == name), 0)
