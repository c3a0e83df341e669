"""`orgsdk doctor`."""

from orgsdk.cli.connection import Connection
from orgsdk.cli.parameters import Output


def doctor(*, output: Output = Output(), connection: Connection = Connection()) -> int:
    """Check settings, sign-in, permissions, clock and rate limit, and say what to do about what is wrong.

    It reads, a page of one record at most, and writes nothing. The exit code is that of the first thing that failed.
    """
    from orgsdk.cli.doctor import examine

    return examine(connection, output)
