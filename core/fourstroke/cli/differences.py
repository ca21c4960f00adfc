"""Tables of what differs: between two runs, two versions, a recorded environment and this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.cli.output import Output
    from fourstroke.comparison import Difference

# What people ask first: what was changed, and what came of it.
_COMPARED = ("setting", "data", "chosen", "metric", "code", "commit", "environment", "result")


def show_all(
    output: Output,
    differences: Sequence[Difference],
    first: str,
    second: str,
    *,
    results: bool = False,
) -> int:
    """Show what differs, a table a kind; gives how many results that differ are not shown."""
    if not differences:
        output.line("no difference")
        return 0
    kinds = [kind for kind in _COMPARED if results or kind != "result"]
    told = _without_repeats(differences)
    tables = [[each for each in told if each.kind == kind] for kind in kinds]
    for number, table in enumerate(filter(None, tables)):
        if number:
            output.line()
        show_table(output, table, first, second)
    return 0 if results else sum(each.kind == "result" for each in differences)


def show_table(output: Output, table: Sequence[Difference], first: str, second: str) -> None:
    """Show differences of one kind."""
    kind = table[0].kind
    rows = [(each.name, short(each.first), short(each.second), *_change(each)) for each in table]
    change = {"metric": ("CHANGE",), "chosen": ("CHANGE", "95 % INTERVAL")}.get(kind, ())
    output.table((kind.upper(), first, second, *change), rows)


def _change(each: Difference) -> tuple[str, ...]:
    if each.kind not in {"metric", "chosen"}:
        return ()
    words = {True: "  better", False: "  worse", None: ""}
    change = "" if each.change is None else f"{each.change:+.4g}{words[each.is_better]}"
    if each.kind == "metric":
        return (change,)
    if each.low is None or each.high is None:
        return (change, each.method)
    clear = "" if each.low <= 0 <= each.high else "  clear"
    return (change, f"[{each.low:+.4f}, {each.high:+.4f}]{clear}")


def short(value: Any) -> object:
    """Show a digest by its beginning, and a number as a number."""
    if isinstance(value, str) and value.startswith("blake3:"):
        return value[:19]
    return value if value is None or isinstance(value, int | float) else str(value)


def _without_repeats(differences: Sequence[Difference]) -> list[Difference]:
    """Leave out figures of a candidate that stand under those of the chosen one already."""
    chosen = {(each.name, each.first, each.second) for each in differences if each.kind == "chosen"}
    return [
        each
        for each in differences
        if each.kind != "metric"
        or (each.name.rpartition(".")[2], each.first, each.second) not in chosen
    ]
