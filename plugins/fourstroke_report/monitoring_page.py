"""The HTML page of a monitoring report: small whatever there is to show, and whole without the network."""

from __future__ import annotations

from typing import Final

from fourstroke import MonitoringHistory
from fourstroke_report.monitoring_parts import PARTS, of_part
from fourstroke_report.monitoring_words import Reading, clip, interval, name_of, read
from fourstroke_report.page import template_of
from fourstroke_report.trend_drawing import MOST_WINDOWS, Plane, svg_of_trend
from fourstroke_report.trends import MOST_CHARTS, pictures_of

# What a page has room for; the JSON has all.
MOST_ROWS: Final = 80
_MOST_FIGURES: Final = 30
_MOST_WINDOWS: Final = 40
_LARGEST_BYTES: Final = 300_000
_PARTS_SHOWN: Final = (1, 2, 4, 8, 16)


def monitoring_html(history: MonitoringHistory) -> str:
    """Render a monitoring report; the same facts give the same bytes.

    The page stays below 300 KB: with names so long, or of such signs, that it would not, fewer of
    everything are shown.
    """
    reading, plane = read(history), Plane.of(history)
    text = ""
    for part in _PARTS_SHOWN:
        text = _page(history, reading, plane, part)
        if len(text.encode("utf-8")) <= _LARGEST_BYTES:
            break
    return text


def _page(history: MonitoringHistory, reading: Reading, plane: Plane, part: int) -> str:
    """Render a page with a part of what there is room for at most."""
    rows, figures, windows = (most // part for most in (MOST_ROWS, _MOST_FIGURES, _MOST_WINDOWS))
    pictures = pictures_of(history, reading.columns)[: MOST_CHARTS // part]
    return template_of("monitoring.html").render(
        history=history,
        latest=history.latest,
        window=history.windows[-1],
        reading=reading,
        columns=reading.columns[:rows],
        more_columns=max(len(reading.columns) - rows, 0),
        pictures=[
            (picture, svg_of_trend(picture, plane, number))
            for number, picture in enumerate(pictures)
        ],
        drawn=min(len(history.windows), MOST_WINDOWS),
        parts=[
            (title, found)
            for name, title in PARTS
            if (found := of_part(history.latest.observations, name))
        ],
        windows=history.windows[::-1][:windows],
        more_windows=max(len(history.windows) - windows, 0) + history.earlier,
        most=figures,
        clip=clip,
        name_of=name_of,
        interval=interval,
    )
