"""Schedules: what is done at which times, without an orchestrator."""
