"""Pandera for fourstroke: check tables by a schema file of the project."""

from __future__ import annotations

from fourstroke_pandera.checking import Pandera

__all__ = ["Pandera"]
