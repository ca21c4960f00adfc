"""Charts as inline SVG: small, readable in light and dark, with a title for those who cannot see them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from fourstroke import Chart, Series

WIDTH, HEIGHT = 360, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 38
_BAR = 20
# A picture of bars is wider, since names need room.
_WIDE, _NAMES, _LONGEST = 480, 190, 30
_MOST_POINTS = 160
_MOST_BARS = 30


def svg_of(chart: Chart) -> Markup:
    """Draw a chart; what cannot be drawn gives a sentence instead."""
    series = [item for item in chart.series if item.x]
    if not series:
        return Markup("<p>There is nothing to draw.</p>")
    if chart.kind == "bars":
        return _bars(chart, series[0])
    return _plane(chart, series)


def _plane(chart: Chart, series: Sequence[Series]) -> Markup:
    drawn = [(item.name, _numbers(item.x), _thin(item)) for item in series]
    xs = [x for _, _, points in drawn for x, *_ in points]
    ys = [value for _, _, points in drawn for _, *rest in points for value in rest]
    if not xs:
        return Markup("<p>There is nothing to draw.</p>")
    x_axis, y_axis = Axis(min(xs), max(xs)), Axis(min(ys), max(ys))
    parts = [_frame(chart, x_axis, y_axis)]
    if chart.diagonal:
        parts.append(
            _line([(x_axis.low, x_axis.low), (x_axis.high, x_axis.high)], x_axis, y_axis, "g")
        )
    for number, (_, _, points) in enumerate(drawn):
        kind = f"s{number % 4}"
        band = [(x, low, high) for x, _, low, high in points if high > low]
        if band:
            edge = [(x, high) for x, _, high in band] + [(x, low) for x, low, _ in reversed(band)]
            parts.append(_area(edge, x_axis, y_axis, kind))
        line = [(x, y) for x, y, *_ in points]
        if chart.kind == "lines":
            parts.append(_line(line, x_axis, y_axis, kind))
        else:
            parts += [_dot(x, y, x_axis, y_axis, kind) for x, y in line]
    if len(drawn) > 1:
        parts.append(_legend([name for name, _, _ in drawn]))
    return _svg(chart, HEIGHT, Markup("").join(parts))


def _bars(chart: Chart, series: Series) -> Markup:
    """Draw bars from the left, one a row, with their intervals: names of columns are long."""
    rows = _rows(series)
    if not rows:
        return Markup("<p>There is nothing to draw.</p>")
    ends = [value for _, *values in rows for value in values]
    height = _TOP + _BAR * len(rows) + _BOTTOM
    axis = Axis(min(0.0, *ends), max(0.0, *ends))
    left, span = _NAMES, _WIDE - _NAMES - 60
    parts = []
    for row, (name, value, least, most) in enumerate(rows):
        top = _TOP + row * _BAR
        zero, end = left + span * axis.share(0.0), left + span * axis.share(value)
        low, high = left + span * axis.share(least), left + span * axis.share(most)
        parts.append(
            Markup(
                '<text x="{x}" y="{y}" text-anchor="end">{name}</text>'
                '<rect class="{kind}" x="{start:.1f}" y="{top}" width="{width:.1f}" height="12"/>'
                '<line class="i" x1="{low:.1f}" x2="{high:.1f}" y1="{mid}" y2="{mid}"/>'
                '<text class="v" x="{after:.1f}" y="{y}">{value}</text>'
            ).format(
                x=left - 6,
                y=top + 11,
                name=_short(name),
                kind="s0" if value >= 0 else "s1",
                start=min(zero, end),
                top=top + 1,
                width=max(abs(end - zero), 0.5),
                low=low,
                high=high,
                mid=top + 7,
                after=max(end, high, zero) + 4,
                value=f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}",  # noqa: PLR2004 - fits
            )
        )
    parts.append(
        Markup('<text class="l" x="{x}" y="{y}" text-anchor="middle">{text}</text>').format(
            x=left + span / 2, y=height - 10, text=chart.x_label or chart.y_label
        )
    )
    return _svg(chart, height, Markup("").join(parts), width=_WIDE)


def _rows(series: Series) -> list[tuple[str, float, float, float]]:
    """Give name, value and interval of each bar that can be drawn, the first ones of many."""
    lows, highs = series.low or series.y, series.high or series.y
    rows = [
        (str(name), float(value), float(low), float(high))
        for name, value, low, high in zip(series.x, series.y, lows, highs, strict=True)
        if all(math.isfinite(each) for each in (value, low, high))
    ]
    return rows[:_MOST_BARS]


class Axis:
    """From the least to the largest value of a drawing; never of length zero."""

    def __init__(self, low: float, high: float) -> None:
        if high <= low:
            low, high = low - 0.5, high + 0.5
        self.low, self.high = low, high

    def share(self, value: float) -> float:
        """Say how far along a value lies, from 0 to 1."""
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Give a few round values."""
        step = 10.0 ** math.floor(math.log10((self.high - self.low) / 2))
        for factor in (1, 2, 5, 10):
            first = math.ceil(self.low / (step * factor)) * step * factor
            count = int((self.high - first) / (step * factor) + 1e-9) + 1
            if count <= 6:  # noqa: PLR2004 - as many labels as fit
                return [first + number * step * factor for number in range(count)]
        return [self.low, self.high]


def _numbers(values: Sequence[float | str]) -> list[float]:
    return [float(value) if isinstance(value, int | float) else math.nan for value in values]


def _thin(series: Series) -> list[tuple[float, float, float, float]]:
    """Keep as many points as a reader can see; the first and the last always."""
    lows, highs = series.low or series.y, series.high or series.y
    points = [
        (x, float(y), float(low), float(high))
        for x, y, low, high in zip(_numbers(series.x), series.y, lows, highs, strict=True)
        if all(math.isfinite(value) for value in (x, y, low, high))
    ]
    if len(points) <= _MOST_POINTS:
        return points
    stride = (len(points) - 1) / (_MOST_POINTS - 1)
    return [points[round(number * stride)] for number in range(_MOST_POINTS)]


def _place(x: float, y: float, x_axis: Axis, y_axis: Axis) -> tuple[float, float]:
    wide, high = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    return _LEFT + wide * x_axis.share(x), _TOP + high * (1 - y_axis.share(y))


def _path(points: Sequence[tuple[float, float]], x_axis: Axis, y_axis: Axis) -> str:
    places = [_place(x, y, x_axis, y_axis) for x, y in points]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _line(points: Sequence[tuple[float, float]], x_axis: Axis, y_axis: Axis, kind: str) -> Markup:
    return Markup('<polyline class="{}" points="{}"/>').format(kind, _path(points, x_axis, y_axis))


def _area(points: Sequence[tuple[float, float]], x_axis: Axis, y_axis: Axis, kind: str) -> Markup:
    return Markup('<polygon class="{} b" points="{}"/>').format(kind, _path(points, x_axis, y_axis))


def _dot(x: float, y: float, x_axis: Axis, y_axis: Axis, kind: str) -> Markup:
    left, top = _place(x, y, x_axis, y_axis)
    return Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3"/>').format(kind, left, top)


def _frame(chart: Chart, x_axis: Axis, y_axis: Axis) -> Markup:
    parts = []
    for tick in x_axis.ticks():
        x, bottom = _place(tick, y_axis.low, x_axis, y_axis)
        parts.append(
            Markup('<text class="t" x="{:.1f}" y="{:.1f}" text-anchor="middle">{:g}</text>').format(
                x, bottom + 14, round(tick, 6)
            )
        )
    for tick in y_axis.ticks():
        _, y = _place(x_axis.low, tick, x_axis, y_axis)
        parts.append(
            Markup(
                '<line class="g" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
                '<text class="t" x="{3}" y="{4:.1f}" text-anchor="end">{5:g}</text>'
            ).format(_LEFT, WIDTH - _RIGHT, y, _LEFT - 5, y + 3, round(tick, 6))
        )
    parts.append(
        Markup(
            '<text class="l" x="{}" y="{}" text-anchor="middle">{}</text>'
            '<text class="l" transform="translate(11 {}) rotate(-90)" text-anchor="middle">{}</text>'
        ).format(WIDTH / 2, HEIGHT - 6, chart.x_label, HEIGHT / 2 - 8, chart.y_label)
    )
    return Markup("").join(parts)


def _legend(names: Sequence[str]) -> Markup:
    return Markup("").join(
        Markup(
            '<rect class="s{0}" x="{1}" y="{2}" width="10" height="3"/>'
            '<text class="t" x="{3}" y="{4}">{5}</text>'
        ).format(
            number % 4, _LEFT + 8, _TOP + 8 + 13 * number, _LEFT + 22, _TOP + 13 + 13 * number, name
        )
        for number, name in enumerate(names)
    )


def _svg(chart: Chart, height: int, body: Markup, *, width: int = WIDTH) -> Markup:
    return Markup(
        '<svg role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}"><title>{t}</title>{b}</svg>'
    ).format(w=width, h=height, t=chart.title, b=body)


def _short(name: str) -> str:
    return escape(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…")
