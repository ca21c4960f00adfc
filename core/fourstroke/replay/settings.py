"""What ``[operations.rollback]`` says."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class RollbackSettings:
    """When the champion goes back to the version before by itself.

    Parameters
    ----------
    monitor : str
        The monitor of realised performance whose alert is a reason; empty for never.
    metric : str
        The metric by which the version before has to be better on the same rows; empty for the primary one.
    minimum_rows : int
        With fewer rows of which the outcome is known nothing is rolled back.
    """

    monitor: str = ""
    metric: str = ""
    minimum_rows: int = 200
