"""Run the command line as ``python -m fourstroke``."""

from __future__ import annotations

import sys

from fourstroke.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
