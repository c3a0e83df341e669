"""Calls by WorkOS' own client, `workos` 10. `test_official_client` runs them in the client's environment.

    python client_calls.py (read|write) BASE_URL API_KEY < SUBJECT

The subject is a JSON object: the ids of what is read, or the values of what is written. The output is a JSON object
too: for each call the object, or the client's error.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from workos import WorkOSClient  # type: ignore[import-not-found]
from workos.organization_membership import RoleSingle  # type: ignore[import-not-found]


def plain(found: Any) -> Any:
    if isinstance(found, list):
        return [plain(each) for each in found]
    return found.to_dict() if hasattr(found, "to_dict") else found


def result_of(call: Callable[[], Any]) -> Any:
    try:
        return plain(call())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def read(client: Any, subject: dict[str, Any]) -> dict[str, Any]:
    """Read one object of each kind, and whole lists in pages of two."""
    organization, users = subject["organization"], client.user_management
    memberships = client.organization_membership
    calls: dict[str, Callable[[], Any]] = {
        "organization": lambda: client.organizations.get_organization(organization),
        "user": lambda: users.get_user(subject["user"]),
        "user by address": lambda: users.list_users(email=subject["email"]).data,
        "memberships": lambda: [
            *memberships.list_organization_memberships(organization_id=organization, limit=2).auto_paging_iter()
        ],
        "inactive": lambda: (
            memberships.list_organization_memberships(organization_id=organization, statuses=["inactive"]).data
        ),
        "invitation": lambda: users.get_invitation(subject["invitation"]),
        "role": lambda: client.authorization.get_environment_role(subject["role"]),
        "gone": lambda: users.get_user(subject["gone"]),
    }
    return {name: result_of(call) for name, call in calls.items()}


def write(client: Any, subject: dict[str, Any]) -> dict[str, Any]:
    """Create one object of each kind, and change some of them."""
    users, memberships = client.user_management, client.organization_membership
    made: dict[str, Any] = {}

    def make(name: str, call: Callable[[], Any]) -> None:
        made[name] = result_of(call)

    make("role", lambda: client.authorization.create_environment_role(slug="head", name="Head", description="leads"))
    make("organization", lambda: client.organizations.create_organization(name=subject["name"]))
    make("user", lambda: users.create_user(email=subject["email"], first_name="Ada", external_id="x-1"))
    organization, user = made["organization"]["id"], made["user"]["id"]
    make("renamed", lambda: users.update_user(user, last_name="Lovelace"))
    make(
        "membership",
        lambda: memberships.create_organization_membership(
            user_id=user, organization_id=organization, role=RoleSingle(role_slug="head")
        ),
    )
    make(
        "invitation",
        lambda: users.send_invitation(email=subject["guest"], organization_id=organization, role_slug="head"),
    )
    return made


if __name__ == "__main__":
    work = {"read": read, "write": write}[sys.argv[1]]
    client = WorkOSClient(base_url=sys.argv[2], api_key=sys.argv[3])
    sys.stdout.write(json.dumps(work(client, json.load(sys.stdin))))
