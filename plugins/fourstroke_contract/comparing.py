"""Compare two contracts: each change by name, and what it means to those who read the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke import ContractChange
from fourstroke_contract.terms import CELL_RULES, Column, Rule, Terms, Whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOTHING = "nothing asked"


def compare(old: Terms, new: Terms) -> tuple[ContractChange, ...]:
    """Name every change between two contracts.

    A contract is a promise to those who read the data. A change breaks it if data that keeps to the
    new one may hold what the old one ruled out. A rule that only warns promises nothing.
    """
    found = [*_table(old.table, new.table)]
    for name in {**old.columns, **new.columns}:
        found += _column(name, old.columns.get(name), new.columns.get(name), new.table)
    return (*found, *_rules(old.rules, new.rules))


def _column(
    name: str, old: Column | None, new: Column | None, table: Whole
) -> Iterator[ContractChange]:
    if old is None and new is not None:
        why = "rows that lack it are refused" if new.required else "it may be there"
        yield _change(f"{name}: column", _NOTHING, "required" if new.required else "optional", why)
        return
    if new is None and old is not None:
        still = " and may be left out" if table.others == "allow" else ""
        breaks = old.required
        yield _change(
            f"{name}: column",
            "required",
            _NOTHING,
            f"nothing is promised of it{still}",
            breaks=breaks,
        )
        return
    if old is None or new is None:
        return
    if old.required != new.required:
        words = {True: "required", False: "optional"}
        why = "it may be absent" if old.required else "it is always there"
        yield _change(
            f"{name}: required", words[old.required], words[new.required], why, breaks=old.required
        )
    if old.type != new.type:
        breaks = old.type is not None and not (old.type == "number" and new.type == "integer")
        why = "readers find another type" if breaks else "every cell is still of the old type"
        yield _change(
            f"{name}: type", old.type or _NOTHING, new.type or _NOTHING, why, breaks=breaks
        )
    for rule in ("required", "type"):
        if getattr(old, rule) == getattr(new, rule) and old.asks(rule):
            yield from _milder(f"{name}: {rule}", old.severity(rule), new.severity(rule))
    for rule in CELL_RULES:
        yield from _rule_of(name, rule, old, new)


def _milder(name: str, old: str, new: str) -> Iterator[ContractChange]:
    """Tell of a rule that is the same and weighs otherwise."""
    if old != new:
        breaks = old == "error"
        yield _change(
            name, old, new, "it only warns now" if breaks else "more is promised", breaks=breaks
        )


def _rule_of(name: str, rule: str, old: Column, new: Column) -> Iterator[ContractChange]:
    before, after = _asked(old, rule), _asked(new, rule)
    same_rows = new.mostly.get(rule, 1.0) == old.mostly.get(rule, 1.0)
    if before == after and same_rows and _promise(old, rule) == _promise(new, rule):
        return
    shown = (_told(old, rule), _told(new, rule))
    promised, promises = _promise(old, rule), _promise(new, rule)
    if not promised:
        why = "it only warned" if before is not None else "more is promised"
        yield _change(f"{name}: {rule}", *shown, why)
    elif not promises:
        why = "it is no longer promised" if after is None else "it only warns now"
        yield _change(f"{name}: {rule}", *shown, why, breaks=True)
    elif new.mostly.get(rule, 1.0) < old.mostly.get(rule, 1.0):
        yield _change(f"{name}: {rule}", *shown, "more rows may break it", breaks=True)
    else:
        is_wider, why = _widened(rule, before, after)
        yield _change(f"{name}: {rule}", *shown, why, breaks=is_wider)


def _widened(rule: str, old: Any, new: Any) -> tuple[bool, str]:
    if rule == "allowed":
        added = [value for value in new if value not in old]
        if added:
            return True, f"new values: {', '.join(map(repr, added[:6]))}"
        return False, "fewer values"
    if rule == "pattern":
        return True, "other texts may come"
    if rule == "length":
        is_wider = new[0] < old[0] or new[1] > old[1]
        return is_wider, "longer or shorter texts may come" if is_wider else "narrower"
    try:
        is_wider = bool(new < old if rule == "min" else new > old)
    except TypeError:
        return True, "the bounds cannot be compared"
    if rule == "missing":
        return is_wider, "more cells may be missing" if is_wider else "fewer cells may be missing"
    return is_wider, "values beyond the old bound may come" if is_wider else "narrower"


def _asked(column: Column, rule: str) -> Any:
    return getattr(column, rule) if column.asks(rule) else None


def _promise(column: Column, rule: str) -> bool:
    return column.asks(rule) and column.severity(rule) == "error"


def _told(column: Column, rule: str) -> str:
    if not column.asks(rule):
        return _NOTHING
    value = getattr(column, rule)
    if isinstance(value, tuple) and rule == "allowed":
        text = ", ".join(map(repr, value[:6])) + (", ..." if len(value) > 6 else "")  # noqa: PLR2004 - a line's worth
    elif isinstance(value, tuple):
        text = " to ".join(map(str, value))
    else:
        text = str(value)
    mild = " (warning)" if column.severity(rule) == "warning" else ""
    mostly = f" in {column.mostly[rule]:g} of rows" if rule in column.mostly else ""
    return f"{text}{mostly}{mild}"


def _table(old: Whole, new: Whole) -> Iterator[ContractChange]:
    if old.rows != new.rows:
        yield _change("rows", _bounds(old), _bounds(new), "how many rows there are")
    if old.key != new.key:
        breaks = (
            bool(old.key) and old.severity("key") == "error" and not set(new.key) <= set(old.key)
        )
        breaks = breaks or (bool(old.key) and not new.key)
        why = "rows that had one name may come twice" if breaks else "more is promised"
        yield _change(
            "key",
            ", ".join(old.key) or _NOTHING,
            ", ".join(new.key) or _NOTHING,
            why,
            breaks=breaks,
        )
    if old.others != new.others:
        breaks = old.others == "fail"
        why = "columns that nobody knows may come" if breaks else "about columns beside these"
        yield _change("others", old.others, new.others, why, breaks=breaks)
    if old.order != new.order:
        breaks = old.order == "same"
        why = "columns may come in any order" if breaks else "columns come in this order"
        yield _change("order", old.order, new.order, why, breaks=breaks)
    if old.fresh != new.fresh:
        before, after = old.fresh, new.fresh
        breaks = before is not None and (
            after is None or after.column != before.column or after.days > before.days
        )
        shown = [
            f"{each.column} {each.days:g} days" if each else _NOTHING for each in (before, after)
        ]
        yield _change(
            "fresh",
            shown[0],
            shown[1],
            "older data may come" if breaks else "fresher",
            breaks=breaks,
        )
    for rule in ("rows", "key", "order", "fresh"):
        if _asks(old, rule) and _asks(new, rule) and getattr(old, rule) == getattr(new, rule):
            yield from _milder(rule, old.severity(rule), new.severity(rule))


def _asks(table: Whole, rule: str) -> bool:
    return getattr(table, rule) not in (None, (), "any", "allow")


def _bounds(table: Whole) -> str:
    if table.rows is None:
        return _NOTHING
    least, most = table.rows
    return f"{least or 0:,} to {'any number' if most is None else f'{most:,}'}"


def _rules(old: tuple[Rule, ...], new: tuple[Rule, ...]) -> Iterator[ContractChange]:
    before, after = ({rule.name: rule for rule in rules} for rules in (old, new))
    for name in {**before, **after}:
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        promised = one is not None and one.severity == "error"
        if other is None:
            why = "it is no longer promised" if promised else "it only warned"
            yield _change(f"rule: {name}", _written(one), _NOTHING, why, breaks=promised)
        elif one is None:
            yield _change(f"rule: {name}", _NOTHING, _written(other), "more is promised")
        else:
            is_weaker = (
                one.must != other.must or other.severity == "warning" or other.mostly < one.mostly
            )
            breaks = promised and is_weaker
            why = "rows that it ruled out may come" if breaks else "no less is promised"
            yield _change(f"rule: {name}", _written(one), _written(other), why, breaks=breaks)


def _written(rule: Rule | None) -> str:
    if rule is None:
        return _NOTHING
    mostly = "" if rule.mostly == 1 else f" in {rule.mostly:g} of rows"
    return f"{rule.must}{mostly}{' (warning)' if rule.severity == 'warning' else ''}"


def _change(name: str, old: str, new: str, why: str, *, breaks: bool = False) -> ContractChange:
    return ContractChange(name=name, old=old, new=new, why=why, is_breaking=breaks)
