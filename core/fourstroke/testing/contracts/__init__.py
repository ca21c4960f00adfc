"""The contracts: a module a stage or service."""
