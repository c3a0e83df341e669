"""The checks, one area a file. Importing this package registers all of them, in this order."""

from orgsdk.testing.conformance.checks import (
    capabilities,
    concurrency,
    contract,
    fields,
    invitations,
    memberships,
    not_found,
    organizations,
    pagination,
    retries,
    roles,
    secrets,
    users,
)

__all__ = [
    "capabilities",
    "concurrency",
    "contract",
    "fields",
    "invitations",
    "memberships",
    "not_found",
    "organizations",
    "pagination",
    "retries",
    "roles",
    "secrets",
    "users",
]
