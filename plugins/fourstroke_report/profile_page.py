"""The page about a table: one card a column, with its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from fourstroke_report.page import template_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import ColumnProfile, TableProfile

_WIDTH, _HEIGHT = 320, 90
_MOST_BARS = 60
_WHOLE, _WIDE = 1e15, 1e4


def profile_html(title: str, profile: TableProfile) -> str:
    """Render a profile; the same facts give the same bytes."""
    columns = [(column, _picture(column), _facts(column)) for column in profile.columns]
    return template_of("profile.html").render(
        title=title, profile=profile, columns=columns, sentences=_sentences(profile)
    )


def _sentences(profile: TableProfile) -> list[str]:
    """Say in plain words what to look at first."""
    gone = [column for column in profile.columns if column.missing]
    said = [f"{profile.rows:,} rows and {len(profile.columns):,} columns."]
    if gone:
        worst = max(gone, key=lambda column: column.missing)
        share = worst.missing / max(worst.rows, 1)
        said.append(
            f"{len(gone):,} columns have missing cells, most of all {worst.name!r}: {share:.1%} of its rows."
        )
    else:
        said.append("No cell is missing.")
    infinite = [column.name for column in profile.columns if column.infinite]
    if infinite:
        said.append(f"Infinite numbers stand in {', '.join(map(repr, infinite[:3]))}.")
    constant = [column.name for column in profile.columns if column.distinct == 1]
    if constant:
        said.append(f"One value only has {', '.join(map(repr, constant[:3]))}.")
    ids = [
        column.name
        for column in profile.columns
        if column.family in {"text", "integer"} and column.distinct >= profile.rows * 0.97 > 1
    ]
    if ids:
        said.append(
            f"(Almost) every row has a value of its own in {', '.join(map(repr, ids[:3]))}."
        )
    return said


def _facts(column: ColumnProfile) -> list[tuple[str, Any]]:
    about = "" if column.is_exact else "about "
    found: list[tuple[str, Any]] = [
        ("missing", f"{column.missing:,} ({column.missing / max(column.rows, 1):.2%})"),
        ("different values", f"{about}{column.distinct:,}"),
    ]
    if column.infinite:
        found.append(("infinite", f"{column.infinite:,}"))
    if column.least is not None:
        found += [("least", _end(column.least)), ("largest", _end(column.largest))]
    if column.mean is not None:
        found.append(("mean", number(column.mean)))
    if column.std is not None:
        found.append(("standard deviation", number(column.std)))
    if "0.5" in column.quantiles:
        found.append(("median", f"{about}{number(column.quantiles['0.5'])}"))
        low, high = column.quantiles["0.05"], column.quantiles["0.95"]
        found.append(("9 of 10 lie in", f"{about}{number(low)} to {number(high)}"))
    if column.lengths:
        found.append(("characters", "{} to {}".format(*column.lengths)))
    return found


def _end(value: Any) -> str:
    if isinstance(value, int | float):
        return number(value)
    return str(value)[:19].replace("T", " ")


def number(value: float) -> str:
    """Write a number with four digits, and a whole one as it is.

    Examples
    --------
    >>> number(17.0), number(39.4971), number(1234567.8), number(0.00012345)
    ('17', '39.5', '1,234,568', '0.0001234')
    """
    if value == round(value) and abs(value) < _WHOLE:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= _WIDE else f"{value:.4g}"


def _picture(column: ColumnProfile) -> Markup:
    if column.histogram and len(column.histogram) > 1:
        ends = number(column.histogram[0].low), number(column.histogram[-1].high)
        return _bars([bar.count for bar in column.histogram], ends)
    if column.months:
        counts = list(column.months.values())
        step = -(-len(counts) // _MOST_BARS)
        sums = [sum(counts[start : start + step]) for start in range(0, len(counts), step)]
        return _bars(sums, (next(iter(column.months)), [*column.months][-1]))
    return Markup()


def _bars(counts: Sequence[int], ends: tuple[str, str]) -> Markup:
    """Draw bars of equal width, with the ends of the axis below."""
    most, width = max(counts), _WIDTH / len(counts)
    drawn = Markup().join(
        Markup('<rect class="s0" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
            place * width + 0.5,
            _HEIGHT - count / most * _HEIGHT,
            max(width - 1, 0.5),
            count / most * _HEIGHT,
        )
        for place, count in enumerate(counts)
    )
    text = Markup('<text class="t" x="{}" y="{}"{}>{}</text>')
    left = text.format(0, _HEIGHT + 13, "", ends[0])
    right = text.format(_WIDTH, _HEIGHT + 13, Markup(' text-anchor="end"'), ends[1])
    return Markup('<svg viewBox="0 0 {} {}" role="img">{}{}{}</svg>').format(
        _WIDTH, _HEIGHT + 18, drawn, left, right
    )
