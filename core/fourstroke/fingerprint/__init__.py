"""Fingerprints: what a step's result depends on, and what changed."""
