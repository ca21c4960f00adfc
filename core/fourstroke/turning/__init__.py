"""Turning again: how often the engine may, and what a turn of the whole loop is made of."""
