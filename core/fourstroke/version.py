"""The version of this distribution, read by the build and shown by ``fourstroke --version``."""

__version__ = "0.1.0"
