"""Command line interface: the program `orgsdk`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from orgsdk._distribution import install_advice

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments. Default: those of the process.

    Returns:
        The exit code, one of `orgsdk.cli.errors.ExitCode`; 1 if the extra ``cli`` is not installed.
    """
    try:
        # A late import: cyclopts and rich belong to an extra that may not be installed.
        from orgsdk.cli.app import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"cyclopts", "rich"}:
            raise
        sys.stderr.write(f"orgsdk: the command line needs cyclopts and rich. {install_advice('cli')}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return run(sys.argv[1:] if arguments is None else arguments)
