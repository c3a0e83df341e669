"""Types of options that many commands share, and the option groups for pages and output."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter
from cyclopts.validators import Number

# Without postponed annotations, here and in `commands`: cyclopts reads them when a command runs.

PositiveOption = Annotated[int, Parameter(validator=Number(gte=1), metavar="N")]
PortOption = Annotated[int, Parameter(validator=Number(gte=0, lte=65535), metavar="N")]
PathOption = Annotated[Path | None, Parameter(metavar="PATH")]
IdOption = Annotated[str | None, Parameter(metavar="ID")]
TextOption = Annotated[str | None, Parameter(metavar="TEXT")]
NameOption = Annotated[str | None, Parameter(metavar="NAME")]
CursorOption = Annotated[str | None, Parameter(metavar="CURSOR")]
FormatOption = Annotated[
    Literal["table", "json", "ndjson", "csv"] | None, Parameter(name=["--output", "-o"], metavar="FORM")
]
RolesOption = Annotated[
    tuple[str, ...],
    Parameter(
        name="--role", metavar="NAME", negative="", show_default=False, help="A role, by name or id; may be repeated."
    ),
]
CLEAR = Parameter(
    name="--clear", metavar="FIELD", negative="", show_default=False, help="Empty a field; may be repeated."
)
YesOption = Annotated[
    bool, Parameter(name=["--yes", "-y"], negative="", show_default=False, help="Do not ask whether it is meant.")
]
FlagOption = Annotated[bool, Parameter(negative="", show_default=False)]

_PAGES = Group("PageOptions", sort_key=7)
_OUTPUT = Group("OutputOptions", sort_key=8)


@Parameter(name="*", group=_PAGES)
@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """Say how much of a list is wanted, and in what pieces."""

    limit: Annotated[PositiveOption | None, Parameter(help="Stop after this many.")] = None
    cursor: Annotated[
        CursorOption, Parameter(help="Go on where an earlier list was stopped, with the same filters.")
    ] = None
    page_size: Annotated[
        int | None, Parameter(metavar="N", help="How many a request; without it, the provider's largest page.")
    ] = None


@Parameter(name="*", group=_OUTPUT)
@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """Say in what form the answer is wanted, and which fields of it."""

    output: Annotated[
        FormatOption,
        Parameter(help="The form; without it, a table in a terminal and ndjson (an object a line) in a pipe."),
    ] = None
    fields: Annotated[
        str | None,
        Parameter(metavar="NAME,...", help="The fields, separated by commas; raw is the provider's own object."),
    ] = None
