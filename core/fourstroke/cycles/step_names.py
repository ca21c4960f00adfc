"""Names of steps that others than their own cycle ask for."""

from __future__ import annotations

from typing import Final

SELECT: Final = "model.select"
PROFILE: Final = "model.profile."
