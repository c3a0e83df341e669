"""What a provider can do, as names that an app can ask for."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """Name one thing that a provider may or may not offer; the value reads as the call does.

    `client.capabilities` is the set of those the client's provider has.
    """

    ORGANIZATIONS_LIST = "organizations.list"
    ORGANIZATIONS_QUERY = "organizations.list(query=)"
    ORGANIZATIONS_GET = "organizations.get"
    USERS_LIST = "users.list"
    USERS_QUERY = "users.list(query=)"
    USERS_ROLE = "users.list(role=)"
    USERS_GET = "users.get"
    USERS_FIND = "users.find"
    USERS_COUNT = "users.count"
    ROLES_LIST = "roles.list"
    ROLES_QUERY = "roles.list(query=)"
    DEFAULT_ORGANIZATION = "organization()"
    TOTAL = "page.total"
