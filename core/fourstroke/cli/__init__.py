"""The command line: a module a command group, each loaded when it is called."""
