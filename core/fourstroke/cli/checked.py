"""How `plugins check` shows what came of contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.cli.invocation import Invocation
    from fourstroke.testing import ContractResult

_MARKS = {"failed": ("✗", "bad"), "skipped": ("-", "doubt"), "waived": ("w", "doubt")}


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
