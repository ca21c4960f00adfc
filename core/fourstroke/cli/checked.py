"""Which contracts `plugins check` runs, and how their results are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.authoring import checking
from fourstroke.authoring.given import settings_of
from fourstroke.authoring.target import Target
from fourstroke.errors import UsageError
from fourstroke.plugins.inhouse import is_inhouse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.cli.invocation import Invocation
    from fourstroke.config import Config
    from fourstroke.testing import Contract, ContractResult

_MARKS = {"failed": ("✗", "bad"), "skipped": ("-", "doubt"), "waived": ("w", "doubt")}
# A contract calls a plugin dozens of times: so many rows tell enough.
_MOST_ROWS = 1000


def contracts_of(
    invocation: Invocation,
    plugin: str,
    *,
    stage: str,
    settings: Sequence[str],
    reference: str,
) -> list[type[Contract]]:
    """Find the contracts that are meant by a file, a folder or a name.

    Raises
    ------
    UsageError
        If nothing is meant by it.
    """
    folder = invocation.folder() / plugin
    if folder.is_dir():
        return checking.of_distribution(folder.resolve())
    config = invocation.config()
    root = invocation.folder()
    target = Target.of(root, plugin, stage=stage, config=config)
    test = root / target.file.with_name(f"test_{target.file.name}") if is_inhouse(plugin) else None
    if test is not None and test.is_file() and not (settings or reference):
        return checking.of_tests(test.resolve(), called=target.called) or [
            _held(target, config, ())
        ]
    contract = _held(target, config, settings)
    return [contract if not reference else _on_data(invocation, contract, reference)]


def show(invocation: Invocation, results: Sequence[ContractResult]) -> None:
    """Print what did not pass, and a line a contract that counts."""
    output = invocation.output
    if invocation.as_json:
        output.json({"contracts": [_facts(result) for result in results]})
        return
    for result in results:
        for each in result.results:
            if each.state in _MARKS:
                mark, colour = _MARKS[each.state]
                mark = mark if output.has_unicode else "x"
                output.line((f"{mark} {each.case.name}", colour), f"  {each.why}")
                if invocation.debug:
                    output.trace(each.trace)
        colour = "good" if result.is_kept else "bad"
        output.line((result.contract, "strong"), "  ", (result.summary, colour))


def _facts(result: ContractResult) -> dict[str, object]:
    return {
        "contract": result.contract,
        "is_kept": result.is_kept,
        "checks": len(result.results),
        "ran": result.ran,
        "least": result.least,
        "not_applicable": result.count("not applicable"),
        "waived": result.count("waived"),
        "failed": result.count("failed"),
        "results": [
            {"check": each.case.name, "says": each.case.says, "state": each.state, "why": each.why}
            for each in result.results
        ],
    }


def _held(target: Target, config: Config | None, settings: Sequence[str]) -> type[Contract]:
    more: dict[str, Any] = {"settings": settings_of(target, config, settings)}
    return checking.held(target, more)


def _on_data(invocation: Invocation, contract: type[Contract], reference: str) -> type[Contract]:
    """Let a contract use rows of a project in the place of its own sample, and the project's task."""
    if not hasattr(contract, "sample"):
        raise UsageError("this contract takes no table", where="--data", hint="leave it out")
    with invocation.project() as project:
        from fourstroke.authoring.trial import table_of  # noqa: PLC0415 - it brings the store

        rows = table_of(project, reference).head(_MOST_ROWS)
        task = project.config.task
    return type(contract.__name__, (contract,), {"sample": lambda _self: rows.copy(), "task": task})
