"""The checks, one area a file. Importing this package registers all of them, in this order."""

from orgsdk.testing.conformance.checks import (  # isort: skip
    contract,
    paging,
    lists,
    people,
    membership,
    fields,
    unknown,
    roles,
    organizations,
    invitations,
    undeclared,
    repeating,
    cancellation,
    concurrency,
    secrecy,
)

__all__ = [
    "cancellation",
    "concurrency",
    "contract",
    "fields",
    "invitations",
    "lists",
    "membership",
    "organizations",
    "paging",
    "people",
    "repeating",
    "roles",
    "secrecy",
    "undeclared",
    "unknown",
]
