"""The one place where an identifier enters a URL."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orgsdk.errors import InvalidArgumentError

_PLACE = re.compile(r"\{(\w+)\}")
_LONGEST_ID = 128


@dataclass(frozen=True, slots=True)
class IdAlphabet:
    """Say which characters a provider's ids are made of.

    `pattern` is a regular expression's character class, `description` how a message names it. Neither a dot nor
    a slash nor a percent sign can be part of one: `DELETE /organizations/X/users/..` deletes the organization,
    however it is quoted (DESIGN.md, decision 6).
    """

    pattern: str
    description: str

    def check(self, value: str, name: str) -> str:
        """Give `value` back where it is an id; `name` says whose in the error.

        Raises `InvalidArgumentError` where it is not: empty, too long, or of other characters.
        """
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            raise InvalidArgumentError(f"The {name} is of type {type(value).__name__}: pass the id as a string.")
        if not value:
            raise InvalidArgumentError(f"The {name} is empty: pass the id that the provider gave.")
        if len(value) > _LONGEST_ID or not re.fullmatch(f"[{self.pattern}]+", value, re.ASCII):
            # A person's address may have been passed by mistake, spelled with "@" or without: shown is what is none.
            shown = value if re.fullmatch(r"[\w ./\\-]{1,40}", value) else "…"
            raise InvalidArgumentError(f"The {name} {shown!r} is no id: ids are made of {self.description}.")
        return value


def fill(template: str, alphabet: IdAlphabet, **ids: str) -> str:
    """Give the path that `template` stands for, with every `{name}` replaced by a checked id.

    Raises `InvalidArgumentError` for a hostile or empty id, before anything is sent.
    """
    return _PLACE.sub(lambda place: alphabet.check(ids[place[1]], f"{place[1].replace('_', ' ')}"), template)
