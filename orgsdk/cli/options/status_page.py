"""Options for the status page of a fleet."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Group, Parameter

from orgsdk.cli.options.common import PortOption


@Parameter(name="*", group=Group("Status page", sort_key=7))
@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPageOptions:
    """Options for the status page, which is served while the command works."""

    status_port: Annotated[
        PortOption | None,
        Parameter(help="Serve a page with the progress at this port, without sign-in. 0: a free one. Default: none."),
    ] = None
    status_host: Annotated[
        str,
        Parameter(
            metavar="HOST", help="The address to serve it at. Default: 127.0.0.1, which only this machine can reach."
        ),
    ] = "127.0.0.1"
