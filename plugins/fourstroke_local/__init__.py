"""Keep artifacts and deployed models in folders of this machine.

The targets that write more than the model's files stand in modules of their own: every project imports
this package for its store, and should not import them with it.
"""

from __future__ import annotations

from fourstroke_local.storage import LocalStorage
from fourstroke_local.target import LocalTarget

__all__ = ["LocalStorage", "LocalTarget"]
