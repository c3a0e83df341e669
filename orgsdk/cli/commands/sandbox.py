"""`orgsdk sandbox`."""

from orgsdk.cli.parameters import File, Port


def sandbox(*, roster: File = None, flat_port: Port = 0, logto_port: Port = 0) -> None:
    """Run a Flat and a Logto server on this machine, for tests and trials, until Ctrl-C.

    Prints the settings that let `orgsdk users list`, or your own program, reach each of them. They are in memory:
    whatever is changed ends with them.

    Args:
        roster: A CSV file of people to fill both with; without it, the 1,000 that come with orgsdk.
        flat_port: The port of the Flat server; 0 takes a free one.
        logto_port: The port of the Logto server; 0 takes a free one.
    """
    from orgsdk.cli.sandbox import serve

    serve(roster, flat_port, logto_port)
