"""Types of options that many commands share, and the option groups for pages and output."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter, Token
from cyclopts.validators import Number

# No postponed annotations in `options`: cyclopts reads them at run time.

PositiveOption = Annotated[int, Parameter(validator=Number(gte=1), metavar="N")]
PortOption = Annotated[int, Parameter(validator=Number(gte=0, lte=65535), metavar="N")]
PathOption = Annotated[Path | None, Parameter(metavar="PATH")]
OutputPathOption = Annotated[PathOption, Parameter(name=["--output", "-o"])]
IdOption = Annotated[str | None, Parameter(metavar="ID")]
DurationOption = Annotated[timedelta | None, Parameter(metavar="TIME")]
TextOption = Annotated[str | None, Parameter(metavar="TEXT")]
NameOption = Annotated[str | None, Parameter(metavar="NAME")]
CursorOption = Annotated[str | None, Parameter(metavar="CURSOR")]
FormatOption = Annotated[Literal["table", "json", "ndjson", "csv"] | None, Parameter(metavar="FORM")]
RolesOption = Annotated[
    tuple[str, ...],
    Parameter(
        name="--role", metavar="NAME", negative="", show_default=False, help="A role, by name or id. May be repeated."
    ),
]
CLEAR = Parameter(
    name="--clear", metavar="FIELD", negative="", show_default=False, help="Empty a field. May be repeated."
)
FlagOption = Annotated[bool, Parameter(negative="", show_default=False)]
JSONOption = Annotated[FlagOption, Parameter(name="--json")]
YesOption = Annotated[
    bool, Parameter(name=["--yes", "-y"], negative="", show_default=False, help="Do not ask for confirmation.")
]


def _id_converter(noun: str) -> Callable[[object, Sequence[Token]], str]:
    def convert(_: object, tokens: Sequence[Token]) -> str:
        from orgsdk.cli.standard_input import read_one_id

        return read_one_id(tokens[0].value, noun)

    return convert


# Ids as arguments. `-` reads the id from standard input.
UserArgument = Annotated[str, Parameter(converter=_id_converter("user"))]
AccountArgument = Annotated[str, Parameter(converter=_id_converter("account"))]
RecordArgument = Annotated[str, Parameter(converter=_id_converter("record"))]

_PAGES = Group("Pages", sort_key=7)
_OUTPUT = Group("Output", sort_key=8)


@Parameter(name="*", group=_PAGES)
@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """Options that limit and resume a list."""

    limit: Annotated[PositiveOption | None, Parameter(help="Stop after this many records.")] = None
    cursor: Annotated[
        CursorOption, Parameter(help="Resume at the cursor of a list that was stopped. Use the same filters.")
    ] = None
    page_size: Annotated[
        int | None, Parameter(metavar="N", help="Records per request. Default: the provider's largest page.")
    ] = None


@Parameter(name="*", group=_OUTPUT)
@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """Options for the format and the fields of the output."""

    format: Annotated[
        FormatOption,
        Parameter(help="The format. Default: table in a terminal, ndjson (one object per line) in a pipe."),
    ] = None
    fields: Annotated[
        str | None,
        Parameter(metavar="NAME,...", help="The fields, separated by commas. raw is the provider's original object."),
    ] = None
