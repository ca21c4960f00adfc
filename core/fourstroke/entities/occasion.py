"""What makes the engine turn again, and what a rule that decides on it knows besides the window."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args

import attrs

Trigger = Literal["on demand", "schedule", "new data", "performance drop", "drift"]
TRIGGERS: Final[tuple[str, ...]] = get_args(Trigger)


@attrs.frozen(kw_only=True)
class Occasion:
    """The moment at which a rule is asked whether the engine turns again.

    Parameters
    ----------
    at : datetime
        This moment, in UTC.
    learnt : datetime
        When the engine turned last, or the champion was registered if that was later, in UTC.
    new_data : str
        Which source has changed since a run read it, in words; empty if none has, or nobody looked.
    """

    at: datetime
    learnt: datetime
    new_data: str = ""
