"""Alerting: when people are told of what monitors saw, when not again, and when it is over."""
