"""SQL's ways to match text, as regular expressions. Pure."""

import re
import warnings

from orgsdk.sandbox.logto.errors import InternalError, refuse_nul


def like(pattern: str, *, case_sensitive: bool = False) -> re.Pattern[str]:
    """Return what matches a whole text as SQL's LIKE does: `%`, `_`, and a backslash before either."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            escaped = next(characters, None)
            if escaped is None:  # PostgreSQL: "LIKE pattern must not end with escape character"
                raise InternalError
            parts.append(re.escape(escaped))
        else:
            parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
    return _compile(rf"\A(?:{''.join(parts)})\Z", case_sensitive=case_sensitive)


def contains(query: str | None) -> re.Pattern[str]:
    """Return what matches a text that holds the query, unescaped `%` and `_` and all (`org.list.q_percent`)."""
    refuse_nul(query)
    return like(f"%{query or ''}%")


def similar_to(pattern: str) -> re.Pattern[str]:
    """Return what matches a whole text as SQL's SIMILAR TO does: `%` and `_` within a regular expression."""
    translated = re.sub(
        r"\\.|[%_.^$]",
        lambda match: {"%": ".*", "_": "."}.get(match[0]) or re.escape(match[0].removeprefix("\\")),
        pattern,
        flags=re.DOTALL,
    )
    return _compile(rf"\A(?:{translated})\Z", case_sensitive=True)


def posix(pattern: str, *, case_sensitive: bool) -> re.Pattern[str]:
    """Return what finds a regular expression in a text; Python's dialect stands in for PostgreSQL's."""
    return _compile(pattern, case_sensitive=case_sensitive)


def _compile(pattern: str, *, case_sensitive: bool) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            # "possible nested set": a POSIX class inside a bracket, which is no fault of the caller's
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(pattern, re.DOTALL if case_sensitive else re.DOTALL | re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:  # `user.list.search_bad_regex`
        raise InternalError from error
