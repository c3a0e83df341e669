"""`orgsdk demo`."""

from orgsdk.cli.parameters import Count, File


def demo(*, roster: File = None, show: Count = 5) -> int:
    """List the users of one organization through Flat and through Logto, on this machine alone.

    Needs no account: it starts a sandbox that speaks as Flat and Logto do, fills it with a roster, and stops it at
    the end.

    Args:
        roster: A CSV file of people to fill the sandbox with; without it, the 1,000 that come with orgsdk.
        show: How many users to show of each provider.
    """
    from orgsdk.cli.demo import run_demo

    return run_demo(roster, show)
