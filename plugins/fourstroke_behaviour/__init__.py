"""Validate candidates by what they do: to changed rows, to groups of people, to time and space."""

from __future__ import annotations

from fourstroke_behaviour.behaviour import Behaviour
from fourstroke_behaviour.fairness import Fairness
from fourstroke_behaviour.resources import Resources

__all__ = ["Behaviour", "Fairness", "Resources"]
