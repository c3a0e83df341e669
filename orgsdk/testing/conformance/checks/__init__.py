"""The conformance checks, one area per file. Importing this package registers all of them, in this order."""

from orgsdk.testing.conformance.checks import (  # isort: skip
    contract,
    pagination,
    users,
    memberships,
    fields,
    not_found,
    roles,
    organizations,
    invitations,
    capabilities,
    retries,
    concurrency,
    secrets,
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
