"""What would be taken and never come to anything is refused: seasons without windows, runbooks for nobody."""

from __future__ import annotations

import pytest
from test_config_keys import faults, write

from fourstroke.config import load_config


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ('season = "7d"', 'windows by = "look" have no season'),
        ('by = "rows"\nseason = "7d"', 'windows by = "rows" have no season'),
        ('by = "calendar"\nunit = "week"\nseason = "3d"', "each is a week long"),
        ('by = "calendar"\nunit = "month"\nseason = "3d"', "each is a month long"),
        ('by = "time"\nevery = "6h"\nseason = "8h"', "each is 6h long"),
    ],
)
def test_season_in_which_no_whole_window_lies_is_refused(tmp_path, window, message):
    [found] = faults(tmp_path, operations__window=window)

    assert "operations.window.season" in found
    assert message in found


@pytest.mark.parametrize(
    "window",
    [
        'by = "calendar"\nunit = "hour"\nseason = "25h"',
        'by = "calendar"\nseason = "2w"',
        'by = "calendar"\nunit = "month"\nseason = "365d"',
        'by = "time"\nevery = "6h"\nseason = "1d"',
    ],
)
def test_season_of_whole_windows_is_taken(tmp_path, window):
    load_config(write(tmp_path, operations__window=window))


def test_runbook_of_no_monitor_and_one_that_is_no_link_are_refused(tmp_path):
    links = 'runbooks = { dritf = "https://x.example", quality = "javascript:alert(1)" }'

    monitors = "".join(f'\n[[operations.monitor]]\nuse = "{name}"' for name in ("drift", "quality"))

    found = faults(tmp_path, operations__alerting=links + monitors)

    assert ["there is no monitor 'dritf'" in found[0], "drift" in found[0]] == [True, True]
    assert "expected a link, got 'javascript:alert(1)'" in found[1]


def test_runbooks_of_what_no_monitor_has_seen_are_taken(tmp_path):
    links = 'runbooks = { rollback = "https://x.example", training_data = "https://y.example" }'

    load_config(write(tmp_path, operations__alerting=links))
