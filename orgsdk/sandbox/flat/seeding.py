"""How a person of the roster becomes an account: every choice follows from the username alone."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from orgsdk.sandbox.flat.records import CLASS_ROLES, FlatUser, License, OrganizationRole, object_id, wire_date
from orgsdk.sandbox.roster import Person

_ROLES: dict[str, OrganizationRole] = {"student": "user", "teacher": "teacher", "admin": "admin"}
_FIRST_ACTIVITY = datetime(2025, 9, 1, 6, tzinfo=UTC)
_ACTIVITY_SECONDS = 280 * 24 * 3600
# Far from any day on which the tests may run, so that `active` agrees with the dates.
_RUNNING_UNTIL = ("2061-06-30T00:00:00.000Z", "2061-12-31T00:00:00.000Z", "2062-06-30T00:00:00.000Z")
_EXPIRED_ON = ("2024-06-30T00:00:00.000Z", "2024-12-31T00:00:00.000Z")


def accounts(people: Sequence[Person]) -> dict[str, FlatUser]:
    """Return an account for every person by id, in the roster's order.

    Raises:
        ValueError: two people share a username.
    """
    users = (_account(sequence, person) for sequence, person in enumerate(people, start=1))
    by_id = {user.id: user for user in users}
    if len(by_id) != len(people):
        raise ValueError("two people of the roster share a username")
    return by_id


def groups(people: Sequence[Person]) -> dict[str, str]:
    """Return the id of every group by its name."""
    names = dict.fromkeys(person.group for person in people if person.group is not None)
    return {name: object_id("group", name) for name in names}


def first_admin(users: dict[str, FlatUser]) -> FlatUser:
    """Return the account that owns the server's token; one that is not listed if the roster has no admin."""
    admins = (user for user in users.values() if user.role == "admin")
    return next(admins, FlatUser(0, object_id("user", "sandbox_admin"), "sandbox_admin", "admin"))


def _account(sequence: int, person: Person) -> FlatUser:
    dice = hashlib.sha256(f"account:{person.username}".encode()).digest()
    user_id = object_id("user", person.username)
    return FlatUser(
        sequence=sequence,
        id=user_id,
        username=person.username,
        role=_ROLES[person.role],
        firstname=person.first_name or None,
        lastname=person.last_name or None,
        email=person.email,
        picture=f"https://pictures.example.org/{user_id}.png" if dice[0] % 12 == 0 else None,
        class_role=CLASS_ROLES.get(_ROLES[person.role]),
        badges=("ambassador",) if person.role == "teacher" and dice[1] % 10 == 0 else (),
        groups=() if person.group is None else (object_id("group", person.group),),
        last_activity_date=_activity(dice),
        license=_license(person, dice),
        is_testing_student=dice[2] % 32 == 0 if person.role == "student" else None,
    )


def _activity(dice: bytes) -> str | None:
    if dice[3] % 6 == 0:
        return None
    moment = _FIRST_ACTIVITY + timedelta(
        seconds=int.from_bytes(dice[4:8]) % _ACTIVITY_SECONDS, milliseconds=dice[8] * 3
    )
    return wire_date(moment)


def _license(person: Person, dice: bytes) -> License | None:
    if person.role == "admin" or dice[9] % 5 == 0:
        return None
    active = dice[10] % 5 != 0
    dates = _RUNNING_UNTIL if active else _EXPIRED_ON
    return License(
        id=object_id("license", person.username),
        expiration_date=dates[dice[11] % len(dates)],
        source=("order", "trial", "distributor")[dice[12] % 3],
        mode=("site", "credit")[dice[13] % 2],
        active=active,
    )
