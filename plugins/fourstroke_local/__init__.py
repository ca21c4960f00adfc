"""Keep artifacts and deployed models in folders of this machine."""

from __future__ import annotations

from fourstroke_local.storage import LocalStorage
from fourstroke_local.target import LocalTarget

__all__ = ["LocalStorage", "LocalTarget"]
