"""What the Flat server keeps of an account."""

import hashlib
from dataclasses import dataclass
from typing import Literal

OrganizationRole = Literal["admin", "accountAdmin", "teacher", "user"]
ClassRole = Literal["teacher", "student"]


@dataclass(frozen=True, slots=True)
class License:
    """Hold the license of an account."""

    id: str
    expiration_date: str
    source: str
    mode: str
    active: bool


@dataclass(frozen=True, slots=True)
class FlatUser:
    """Hold one account of the organization; what is None is missing on the wire."""

    sequence: int
    """Its place in the order of creation, which is the order of a list without `sort`."""
    id: str
    username: str
    role: OrganizationRole
    firstname: str | None = None
    lastname: str | None = None
    email: str | None = None
    picture: str | None = None
    """The one field which is null on the wire (official document, UserBasics)."""
    class_role: ClassRole | None = None
    badges: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    last_activity_date: str | None = None
    license: License | None = None
    is_testing_student: bool | None = None

    @property
    def has_active_license(self) -> bool:
        """Tell whether the account has a license that is active."""
        return self.license is not None and self.license.active


def object_id(kind: str, key: str) -> str:
    """Return the id of a thing, 24 hexadecimal digits, the same on every run."""
    return hashlib.sha256(f"{kind}:{key}".encode()).hexdigest()[:24]
