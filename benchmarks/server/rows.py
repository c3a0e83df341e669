"""Users in both providers' formats, all different, generated once and stored as bytes."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST = ("Ada", "Chloé", "Jürgen", "Łukasz", "Åsa", "Niamh", "José", "さくら", "Priya", "Kalani")
_LAST = ("Lovelace", "O'Brien", "Müller", "Wiśniewski", "Nguyễn", "Sharma", "García Márquez", "王", "Diop", "Black")
_PICTURE = "https://pictures.example.org/avatars/{:024x}/200x200.jpg"


def flat_user(number: int) -> dict[str, Any]:
    """Return a `UserDetailsAdmin` with every field of a school's member (facts/flat.md, Shapes)."""
    first, last = _FIRST[number % 10], _LAST[number // 10 % 10]
    return {
        "id": f"{0x5F0000000000000000000000 + number * 7919:024x}",
        "type": "user",
        "product": "flatEdu",
        "username": f"person.{number:07}",
        "printableName": f"{first} {last} {number}",
        "firstname": first,
        "lastname": f"{last} {number}",
        # Never null, because the generated client cannot read null (tests/sandbox/flat/test_peer.py).
        "picture": _PICTURE.format(number),
        "badges": [],
        "organization": "5f00000000000000000000aa",
        "organizationRole": ("user", "user", "user", "teacher", "admin")[number % 5],
        "classRole": "student",
        "email": f"person.{number:07}@school.example.org",
        "lastActivityDate": f"2026-03-{number % 28 + 1:02}T{number % 24:02}:30:{number % 60:02}.{number % 1000:03}Z",
        "license": {
            "id": f"{number * 31:024x}",
            "expirationDate": "2027-08-31T00:00:00.000Z",
            "source": "order",
            "mode": "credit",
            "active": True,
        },
        "groups": [f"{number % 400:024x}", f"{number % 37:024x}"],
        "isEduTestingStudent": False,
    }


def logto_user(number: int) -> dict[str, Any]:
    """Return a member of an organization, with every key in Logto's order (facts/logto.md, section 5)."""
    first, last = _FIRST[number % 10], _LAST[number // 10 % 10]
    return {
        "id": _in_base_36(number).rjust(12, "0"),
        "username": f"person_{number:07}",
        "primaryEmail": f"person.{number:07}@school.example.org",
        "primaryPhone": f"4479{number:08}",
        "name": f"{first} {last} {number}",
        "avatar": _PICTURE.format(number),
        "customData": {"class": f"{number % 13}B", "locker": number % 997},
        "identities": {},
        "lastSignInAt": 1_770_000_000_000 + number * 1013,
        "createdAt": 1_760_000_000_000 + number,
        "updatedAt": 1_769_000_000_000 + number,
        "profile": {"givenName": first, "familyName": f"{last} {number}"},
        "applicationId": None,
        "cimdClientId": None,
        "isSuspended": False,
        "organizationRoles": [{"id": f"role{number % 3:017}", "name": ("student", "teacher", "admin")[number % 3]}],
    }


def _in_base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


class Rows:
    """`count` users as the text of one JSON array. A longer list repeats them with other ids."""

    def __init__(self, build: Callable[[int], dict[str, Any]], count: int) -> None:
        texts = [json.dumps(build(n), ensure_ascii=False, separators=(",", ":")).encode() for n in range(count)]
        self.count = count
        self._joined = b",".join(texts)
        self._id = texts[0][:9]  # up to the first two characters of the id, which no nested object has
        self._starts = [0, *accumulate(len(text) + 1 for text in texts)]

    def array(self, start: int, stop: int) -> bytes:
        """Return the JSON array of the users from `start` to before `stop`."""
        parts = []
        while start < stop:
            first = start % self.count
            last = min(first + stop - start, self.count)
            part = self._joined[self._starts[first] : self._starts[last] - 1]
            repeat = start // self.count
            # A client may refuse a list that repeats its items.
            parts.append(part.replace(self._id, self._id[:-2] + b"%02d" % repeat) if repeat else part)
            start += last - first
        return b"[" + b",".join(parts) + b"]"
