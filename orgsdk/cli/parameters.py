"""What options of several commands have in common: their types, bounds and the word for their value in `--help`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter
from cyclopts.validators import Number

# Without postponed annotations, here and in `commands`: cyclopts reads them when a command runs.

Count = Annotated[int, Parameter(validator=Number(gte=1), metavar="N")]
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65535), metavar="N")]
File = Annotated[Path | None, Parameter(metavar="PATH")]
Id = Annotated[str | None, Parameter(metavar="ID")]
Text = Annotated[str | None, Parameter(metavar="TEXT")]
Name = Annotated[str | None, Parameter(metavar="NAME")]
Cursor = Annotated[str | None, Parameter(metavar="CURSOR")]
Form = Annotated[Literal["table", "json", "ndjson", "csv"] | None, Parameter(name=["--output", "-o"], metavar="FORM")]
Roles = Annotated[
    tuple[str, ...],
    Parameter(
        name="--role", metavar="NAME", negative="", show_default=False, help="A role, by name or id; may be repeated."
    ),
]
CLEAR = Parameter(
    name="--clear", metavar="FIELD", negative="", show_default=False, help="Empty a field; may be repeated."
)
Yes = Annotated[
    bool, Parameter(name=["--yes", "-y"], negative="", show_default=False, help="Do not ask whether it is meant.")
]
Flag = Annotated[bool, Parameter(negative="", show_default=False)]

_PAGES = Group("Pages", sort_key=7)
_OUTPUT = Group("Output", sort_key=8)


@Parameter(name="*", group=_PAGES)
@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Say how much of a list is wanted, and in what pieces."""

    limit: Annotated[Count | None, Parameter(help="Stop after this many.")] = None
    cursor: Annotated[Cursor, Parameter(help="Go on where an earlier list was stopped, with the same filters.")] = None
    page_size: Annotated[
        int | None, Parameter(metavar="N", help="How many a request; without it, the provider's largest page.")
    ] = None


@Parameter(name="*", group=_OUTPUT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Say in what form the answer is wanted, and which fields of it."""

    output: Annotated[
        Form, Parameter(help="The form; without it, a table in a terminal and ndjson (an object a line) in a pipe.")
    ] = None
    fields: Annotated[
        str | None,
        Parameter(metavar="NAME,...", help="The fields, separated by commas; raw is the provider's own object."),
    ] = None
