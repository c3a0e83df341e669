"""The command line: `orgsdk`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with these arguments, or with the program's own, and give the exit code.

    The codes are those of `orgsdk.cli.errors.ExitCode`; without the extra it is 1.
    """
    try:
        # Imported when called: cyclopts and rich come with an extra, and may be missing.
        from orgsdk.cli.app import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"cyclopts", "rich"}:
            raise
        sys.stderr.write('orgsdk: the command line needs cyclopts and rich: pip install "orgsdk[cli]"\n')
        return 1
    except KeyboardInterrupt:
        return 130
    return run(sys.argv[1:] if arguments is None else arguments)
