"""LightGBM for fourstroke: train and predict, and models kept in LightGBM's own text format."""

from __future__ import annotations

from fourstroke_lightgbm.store import BoostedCodec
from fourstroke_lightgbm.train import LightGBM

__all__ = ["BoostedCodec", "LightGBM"]
