"""Run the command line as ``python -m orgsdk``."""

from __future__ import annotations

import sys

from orgsdk.cli import main

if __name__ == "__main__":
    sys.exit(main())
