"""Parser of `Link` headers (RFC 8288, section 3). It returns only the queries of their URLs, never an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TARGET = re.compile(r"<([^<>]*)>")
_PARAMETER = re.compile(r'\s*;\s*([^\s=;,"]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?')
_ESCAPED = re.compile(r"\\(.)")


class _Links(Mapping[str, dict[str, str]]):
    """Link URLs by relation. A query is parsed on access: most of Logto's four links per page are never read."""

    def __init__(self, targets: dict[str, str]) -> None:
        self._targets = targets

    def __getitem__(self, relation: str) -> dict[str, str]:
        return _query(self._targets[relation])

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __len__(self) -> int:
        return len(self._targets)

    def __contains__(self, relation: object) -> bool:
        return relation in self._targets


def parse_links(lines: Iterable[str]) -> Mapping[str, dict[str, str]]:
    """Return the query parameters of each link relation.

    Scheme, host and path are dropped: a header never decides where a request goes. Malformed parts are skipped.

    Args:
        lines: The values of all `Link` header lines. A line may hold several links, and a link several relations.

    Returns:
        Query parameters by relation, in lower case. The first link of a relation counts.

    Source: RFC 8288, section 3.
    """
    found: dict[str, str] = {}
    for line in lines:
        for target, relations in _parse_line(line):
            for relation in relations:
                found.setdefault(relation, target)
    return _Links(found)


def _parse_line(line: str) -> Iterator[tuple[str, list[str]]]:
    position = 0
    while (target := _TARGET.search(line, position)) is not None:
        position = target.end()
        relations: list[str] | None = None
        while (parameter := _PARAMETER.match(line, position)) is not None:
            position = parameter.end()
            name, quoted, token = parameter.groups()
            if name.lower() == "rel" and relations is None:  # a repeated rel is ignored: RFC 8288, 3.3
                value = quoted if quoted is not None else token or ""
                if "\\" in value and quoted is not None:
                    value = _ESCAPED.sub(r"\1", value)
                relations = value.lower().split()
        yield target[1], relations or []


def _query(target: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(target).query, keep_blank_values=True, max_num_fields=100))
    except ValueError:
        return {}
