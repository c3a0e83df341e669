"""A plan's writes as text, grouped by kind, and its duration. Pure functions."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final
from unicodedata import east_asian_width

from orgsdk._messages import count_noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from orgsdk.bulk.planning.writes import Write
    from orgsdk.responses import RequestRate

# The sign of each kind of write, and what it does: to one user, and to several. A new kind needs one line here.
_KINDS: Final[dict[str, tuple[str, str, str]]] = {
    "create": ("+", "create {} account", "create {} accounts"),
    "add": ("+", "add {} existing account", "add {} existing accounts"),
    "invite": ("+", "invite {} user", "invite {} users"),
    "activate": ("~", "activate {} suspended user", "activate {} suspended users"),
    "update": ("~", "update {} user", "update {} users"),
    "set_roles": ("~", "set the roles of {} member", "set the roles of {} members"),
    "add_roles": ("~", "add roles to {} member", "add roles to {} members"),
    "suspend": ("~", "suspend {} user", "suspend {} users"),
    "remove": ("-", "end {} membership", "end {} memberships"),
    "remove account": ("-", "delete {} account and its data", "delete {} accounts and their data"),
}
_UNKNOWN_KIND: Final = ("~", "{} other change", "{} other changes")
_PERIODS: Final[dict[float, str]] = {3600: "an hour", 60: "a minute", 1: "a second"}
# Units of a duration, with the number of seconds from which each is used.
_UNITS: Final = ((36 * 3600, 24 * 3600, "day"), (90 * 60, 3600, "hour"), (90, 60, "minute"), (0, 1, "second"))


def table_lines(writes: Sequence[Write], limit: int | None, width: int | None) -> Iterator[str]:
    """Yield the writes, grouped by kind: at most `limit` of each kind, and lines of at most `width` columns.

    Without a width, each write is one line. Only a single value can be longer than the width.
    """
    totals = count_kinds(writes)
    for kind, group in groupby(sorted(writes, key=lambda one: list(totals).index(_kind_of(one))), key=_kind_of):
        yield heading(kind, totals[kind])
        shown = list(islice(group, limit))
        key_width = max((columns(printable(write.key)) for write in shown), default=0)
        for write in shown:
            yield from _write_lines(write, sign_of(kind), key_width, width)
        if more := totals[kind] - len(shown):
            yield f"  and {more:,} more"


def heading(kind: str, number: int) -> str:
    """Return the sign and the total of one kind of write: "+ create 2 accounts"."""
    sign, one, several = _KINDS.get(kind, _UNKNOWN_KIND)
    return f"{sign} {(one if number == 1 else several).format(f'{number:,}')}"


def sign_of(kind: str) -> str:
    """Return `+` for a new user, `~` for a change, `-` for a removal."""
    return _KINDS.get(kind, _UNKNOWN_KIND)[0]


def describe_duration(requests: int, rate: RequestRate | None) -> str:
    """Return how many requests a plan takes, and how long if they exceed the provider's rate limit."""
    text = f"about {count_noun(requests, 'request')}"
    if rate is None or requests <= rate.requests:
        return text
    period = _PERIODS.get(rate.seconds, f"in {rate.seconds:g} s")
    return f"{text} at {rate.requests:,g} {period}: {_format_seconds(requests * rate.seconds / rate.requests)}"


def columns(text: str) -> int:
    """Return the width of a text on a terminal: letters of Chinese, Japanese and Korean take two columns."""
    return len(text) if text.isascii() else sum(1 + (east_asian_width(one) in "WF") for one in text)


def printable(text: str) -> str:
    """Return the text without control characters: names come from other systems."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _format_seconds(seconds: float) -> str:
    size, unit = next((size, unit) for least, size, unit in _UNITS if seconds >= least)
    number = round(seconds / size * 2) / 2 if unit in {"hour", "day"} else max(round(seconds / size), 1)
    return f"about {number:g} {unit}{'' if number == 1 else 's'}"


def _kind_of(write: Write) -> str:
    return "remove account" if write.kind == "remove" and write.account == "delete" else write.kind


def count_kinds(writes: Iterable[Write]) -> dict[str, int]:
    """Return the number of writes of each kind that occurs, in the order of the table of kinds."""
    counted = Counter(map(_kind_of, writes))
    return {kind: counted[kind] for kind in dict.fromkeys((*_KINDS, *counted)) if counted[kind]}


def _write_lines(write: Write, sign: str, key_width: int, width: int | None) -> Iterator[str]:
    key, parts = printable(write.key), [printable(part) for part in _describe_change(write)]
    where = f"({printable(write.origin)})" if write.origin else ""
    padded = key + " " * (key_width - columns(key))
    line = "  ".join(filter(None, (f"  {sign} {padded}", ", ".join(parts), where)))
    if width is None or columns(line.rstrip()) <= width:
        yield line.rstrip()
        return
    first = "  ".join(filter(None, (f"  {sign} {key}", where)))
    if columns(first) > width and where:
        yield f"  {sign} {key}"
        first = f"      {where}"
    yield first
    yield from _fill(parts, "      ", width)


def _fill(parts: Sequence[str], indent: str, width: int) -> Iterator[str]:
    """Yield the parts, separated by commas, in lines of at most `width` columns."""
    line = ""
    for number, part in enumerate(parts, 1):
        text = part + ("," if number < len(parts) else "")
        longer = f"{line} {text}" if line else f"{indent}{text}"
        if line and columns(longer) > width:
            yield line
            longer = f"{indent}{text}"
        line = longer
    if line:
        yield line


def _describe_change(write: Write) -> Iterator[str]:
    if write.kind in {"remove", "suspend"}:  # the key alone does not show who it is
        yield from (f"{name}: {value}" for name, value in write.before.items() if f"{name}:{value}" != write.key)
    for name, value in write.fields.items():
        yield f"{name}: {write.before[name] or '(empty)'} → {value}" if name in write.before else f"{name}: {value}"
    if write.word is not None:
        yield f"state in the source: {write.word}"
    if write.kind == "add_roles":
        yield f"roles: {_role_names(write.roles_before)} → {_role_names((*write.roles_before, *write.roles))}"
    elif write.kind == "set_roles":
        yield f"roles: {_role_names(write.roles_before)} → {_role_names(write.roles)}"
    elif roles := write.roles or write.roles_before:
        yield f"roles: {_role_names(roles)}"


def _role_names(roles: Iterable[str]) -> str:
    return " + ".join(roles) or "none"
