"""How plugins are declared, found, built and called."""
