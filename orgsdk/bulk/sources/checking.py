"""What no roster may have: two rows for one person, an address that is none, and a row for nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.bulk import keys
from orgsdk.bulk.sources.columns import KEYS
from orgsdk.errors import InvalidArgumentError
from orgsdk.resources.checking import check_email

if TYPE_CHECKING:
    from orgsdk.bulk.sources.problems import Problems
    from orgsdk.bulk.spec import UserSpec


class Checker:
    """Check people one after the other, in the order of their source; what is wrong is noted with both rows."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._seen: dict[str, dict[str, str]] = {kind: {} for kind in KEYS}

    def check(self, spec: UserSpec) -> None:
        """Note what is wrong with the person, alone or beside those before."""
        if not (spec.external_id or spec.email or spec.username):
            self._problems.add(spec.origin, f"nothing tells who this is: {', '.join(KEYS)} are all empty")
        if spec.external_id:
            self._note("external_id", keys.external_id(spec.external_id), spec)
        if spec.username:
            self._note("username", keys.username(spec.username), spec)
        if spec.email:
            self._note_email(spec.email, spec)

    def _note_email(self, email: str, spec: UserSpec) -> None:
        try:
            check_email(email)
        except InvalidArgumentError:
            self._problems.add(spec.origin, "the email is no address: it is name@domain, without spaces")
            return
        try:
            self._note("email", keys.email(email), spec)
        except ValueError as error:
            self._problems.add(spec.origin, f"the email is no address: {error}")

    def _note(self, kind: str, key: str, spec: UserSpec) -> None:
        origin = spec.origin or "a row"
        first = self._seen[kind].setdefault(key, origin)
        if first is not origin:
            self._problems.add(origin, f"the {kind} is that of {first} already")
