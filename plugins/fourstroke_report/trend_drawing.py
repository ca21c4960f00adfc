"""Draw a figure's way through the windows: its value, interval and limit, alerts, and gaps.

What it says it says by form, too: limits are dashed, alerts are triangles, what could not be judged is
a ring, and a line ends where a window is missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import attrs
from markupsafe import Markup

from fourstroke import MonitoringHistory, Trend, WatchedWindow
from fourstroke_report import words
from fourstroke_report.drawing import Axis
from fourstroke_report.monitoring_words import clip, counted
from fourstroke_report.trends import Picture

_WIDTH, _HEIGHT = 340, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 10, 24
# More of them nobody tells apart.
MOST_WINDOWS: Final = 100
_DOTTED, _LONGEST_LABEL, _TOLD = 40, 22, 5


@attrs.frozen(kw_only=True, eq=False)
class Plane:
    """Where windows and values lie.

    Parameters
    ----------
    windows : sequence of WatchedWindow
        Those that are drawn.
    first : int
        How many of the history are left out before them.
    places : sequence of float
        Of each window on the axis.
    breaks : frozenset of int
        Numbers of windows before which one is missing.
    """

    windows: Sequence[WatchedWindow]
    first: int
    places: Sequence[float]
    breaks: frozenset[int]

    @classmethod
    def of(cls, history: MonitoringHistory) -> Plane:
        """Lay out the latest windows: by their time if all have one, else one after the other."""
        windows = history.windows[-MOST_WINDOWS:]
        first = len(history.windows) - len(windows)
        starts = [each.starts for each in windows if each.starts is not None]
        if len(starts) < len(windows):
            numbers = [float(number) for number in range(len(windows))]
            return cls(windows=windows, first=first, places=numbers, breaks=frozenset())
        places = [(each - starts[0]).total_seconds() for each in starts]
        breaks = frozenset(
            number
            for number in range(1, len(windows))
            if (ends := windows[number - 1].ends) is not None and starts[number] > ends
        )
        return cls(windows=windows, first=first, places=places, breaks=breaks)

    def drawn(self, values: Sequence[float | None]) -> list[float | None]:
        """Give the values of the windows that are drawn; none that is not finite."""
        return [
            value if value is not None and math.isfinite(value) else None
            for value in values[self.first :]
        ]

    def runs(self, values: Sequence[float | None]) -> Iterator[list[int]]:
        """Give numbers of windows that follow each other and have a value."""
        run: list[int] = []
        for number, value in enumerate(values):
            if run and (value is None or number in self.breaks):
                yield run
                run = []
            if value is not None:
                run.append(number)
        if run:
            yield run


def svg_of_trend(picture: Picture, plane: Plane, number: int) -> Markup:
    """Draw one picture; its number tells its title from those of others on the page."""
    trends = [trend for _, trend in picture.lines]
    values = [
        value
        for trend in trends
        for figures in (trend.values, trend.thresholds, trend.lows, trend.highs)
        for value in plane.drawn(figures)
        if value is not None
    ]
    if not values:
        return Markup("<p>There is nothing to draw.</p>")
    canvas = _Canvas(plane=plane, y=_padded(min(values), max(values)))
    limited = [each for each in trends if any(v is not None for v in plane.drawn(each.thresholds))]
    limit = (limited or trends)[0]
    parts = [canvas.frame(), *(canvas.band(each, at) for at, each in enumerate(trends))]
    parts.append(canvas.line(limit.thresholds, "limit"))
    for at, each in enumerate(trends):
        parts += [canvas.line(each.values, f"s{at}"), canvas.marks(each, at)]
    if len(trends) > 1:
        parts.append(canvas.legend([label for label, _ in picture.lines]))
    return Markup(
        '<svg role="img" class="trend" viewBox="0 0 {w} {h}" aria-labelledby="t{n} d{n}">'
        '<title id="t{n}">{title}</title><desc id="d{n}">{told}</desc>{parts}</svg>'
    ).format(
        w=_WIDTH,
        h=_HEIGHT,
        n=number,
        title=clip(picture.title),
        told=_told(trends[0], plane),
        parts=Markup("").join(parts),
    )


@attrs.frozen(kw_only=True, eq=False)
class _Canvas:
    plane: Plane
    y: Axis

    def at(self, number: int, value: float) -> tuple[float, float]:
        places = self.plane.places
        share = (
            (places[number] - places[0]) / (places[-1] - places[0])
            if places[-1] > places[0]
            else 0.5
        )
        wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return _LEFT + wide * share, _TOP + high * (1 - self.y.share(value))

    def frame(self) -> Markup:
        parts = []
        for tick in self.y.ticks():
            _, y = self.at(0, tick)
            parts.append(
                Markup(
                    '<line class="g" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
                    '<text class="t" x="{3}" y="{4:.1f}" text-anchor="end">{5:g}</text>'
                ).format(_LEFT, _WIDTH - _RIGHT, y, _LEFT - 5, y + 3, round(tick, 6))
            )
        text = Markup('<text class="t" x="{}" y="{}" text-anchor="{}">{}</text>')
        windows = self.plane.windows
        ends = ((_LEFT, "start", windows[0]), (_WIDTH - _RIGHT, "end", windows[-1]))
        parts += [
            text.format(x, _HEIGHT - 7, anchor, clip(each.name, _LONGEST_LABEL))
            for x, anchor, each in ends
        ]
        return Markup("").join(parts)

    def band(self, trend: Trend, at: int) -> Markup:
        lows, highs = self.plane.drawn(trend.lows), self.plane.drawn(trend.highs)
        both = [
            None if low is None or high is None else high - low
            for low, high in zip(lows, highs, strict=True)
        ]
        shapes = []
        for run in self.plane.runs(both):
            up = [self.at(number, highs[number] or 0.0) for number in run]
            down = [self.at(number, lows[number] or 0.0) for number in reversed(run)]
            if len(run) == 1:  # a bar, since one window makes no area
                (x, top), (_, bottom) = up[0], down[0]
                shapes.append(f"M{x - 2:.1f},{top:.1f}h4V{bottom:.1f}h-4z")
            else:
                shapes.append(f"M{_path([*up, *down])}z")
        return _shape(f"s{at} b", shapes)

    def line(self, figures: Sequence[float | None], kind: str) -> Markup:
        values = self.plane.drawn(figures)
        shapes = []
        for run in self.plane.runs(values):
            points = [self.at(number, values[number] or 0.0) for number in run]
            if len(points) > 1:
                shapes.append(f"M{_path(points)}")
            elif kind == "limit":
                shapes.append(f"M{points[0][0] - 6:.1f},{points[0][1]:.1f}h12")
        return _shape(f"{kind} line", shapes)

    def marks(self, trend: Trend, at: int) -> Markup:
        """Mark alerts by triangles, what could not be judged by rings, and the others if there is room."""
        values = self.plane.drawn(trend.values)
        statuses = trend.statuses[self.plane.first :]
        shapes: dict[str, list[str]] = {"alert": [], "unknown": [], "ok": []}
        for number, (value, status) in enumerate(zip(values, statuses, strict=True)):
            if value is None or status is None:
                continue
            x, y = self.at(number, value)
            if status == "alert":
                shapes[status].append(f"M{x:.1f},{y - 5:.1f}l5,8h-10z")
            else:
                shapes[status].append(f"M{x - 2:.1f},{y:.1f}a2,2,0,1,0,4,0a2,2,0,1,0,-4,0")
        if len(values) > _DOTTED:
            lonely = {run[0] for run in self.plane.runs(values) if len(run) == 1}
            shapes["ok"] = [
                f"M{x - 2:.1f},{y:.1f}a2,2,0,1,0,4,0a2,2,0,1,0,-4,0"
                for number in sorted(lonely)
                for x, y in [self.at(number, values[number] or 0.0)]
                if statuses[number] == "ok"
            ]
        return Markup("").join(
            _shape(f"{kind} s{at}" if kind != "alert" else "beyond", found)
            for kind, found in shapes.items()
        )

    def legend(self, labels: Sequence[str]) -> Markup:
        return Markup("").join(
            Markup(
                '<path class="s{0} line" d="M{1},{2}h16"/><text class="t" x="{3}" y="{4}">{5}</text>'
            ).format(at, _LEFT + 6 + 90 * at, _TOP + 4, _LEFT + 26 + 90 * at, _TOP + 7, label)
            for at, label in enumerate(labels)
        )


def _padded(low: float, high: float) -> Axis:
    """Leave room for marks; nothing below zero if no value is."""
    room = (high - low) * 0.08 or abs(high) * 0.1 or 0.5
    return Axis(low - room if low < 0 else max(low - room, 0.0), high + room)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _shape(kind: str, shapes: Sequence[str]) -> Markup:
    if not shapes:
        return Markup("")
    return Markup('<path class="{}" d="{}"/>').format(kind, "".join(shapes))


def _told(trend: Trend, plane: Plane) -> str:
    """Say what the picture shows to those who cannot see it."""
    names = [clip(each.name, _LONGEST_LABEL) for each in plane.windows]
    statuses = trend.statuses[plane.first :]
    loud = [name for name, status in zip(names, statuses, strict=True) if status == "alert"]
    absent = sum(value is None for value in trend.values[plane.first :])
    said = [
        f"{counted(len(names), 'window')}, from {names[0]} to {names[-1]}",
        f"latest value {words.number(trend.values[-1])}, limit {words.number(trend.thresholds[-1])}",
        f"alerts in {counted(len(loud), 'window')}"
        + (f", the last ones {', '.join(loud[-_TOLD:])}" if loud else ""),
    ]
    said += [f"no value in {counted(absent, 'window')}"] if absent else []
    breaks = len(plane.breaks)
    said += [f"windows are missing in {counted(breaks, 'place')}"] if breaks else []
    return "; ".join(said)
