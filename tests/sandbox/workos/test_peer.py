"""WorkOS's own emulator and the sandbox answer the same calls: `python -m pytest -m peer tests/sandbox/workos`.

Each difference needs a row with its reason, and each row a difference. "Document" is the official OpenAPI document.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk.sandbox import Sandbox
from orgsdk.sandbox.workos.variants import DOCUMENT, EMULATOR, Variant
from tests.sandbox.workos.peer_steps import STEPS, differences, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.sandbox.workos.store import Table
    from tests.workos_emulator import Emulator

pytestmark = pytest.mark.peer

Row = tuple[str, str, str]
"""Patterns of a call and of a difference ("member: emulator / sandbox"), and the reason for it."""

ALWAYS: list[Row] = [
    ("^HEAD", "^status: 200 / 404", "the emulator answers HEAD; the document has no such operation"),
    (
        "email_verification/send",
        "^status: 201 .* / 400 email_already_verified",
        "the emulator answers with the code, and for a verified address too; the document hides it, and has the 400",
    ),
]

AGAINST_EMULATOR: list[Row] = [
    *ALWAYS,
    ('permissions {"slug"', r"^422 \.errors\[0\]\.code: invalid / required", "the sandbox's code of a missing field"),
]

AGAINST_DOCUMENT: list[Row] = [
    *ALWAYS,
    # Errors
    ("webhook_endpoints", r"^404 \.code: not_found / entity_not_found", "the document's one 404 with a code"),
    ("", r"^404 \.code: not_found / nothing", "the document's 404 has a message alone"),
    ("", r"^422 \.(code: unprocessable_entity|errors.* / nothing)", "most of the document's 422 have no such members"),
    ("^POST /organization_domains", r"^409 \.code: conflict / domain_already_exists", "the document has this code"),
    ("memberships {", r"^409 \.code: conflict / nothing", "the document has no code for a second membership"),
    ("invitations/.*/(revoke|accept)", r"^400 \.code: .* / invite_not_pending", "the document has this code"),
    # Statuses of what succeeds
    ("^DELETE /user_management/(users|organization_memberships)", "^status: 204 / 200", "the document has 200"),
    ("^DELETE /organizations", "^status: 204 / 202", "the document has 200 or 202"),
    ("/verify", "^status: 200 / 201", "the document has 201"),
    # Values that belong to one object
    ("^POST /organizations .*external_id", "^status: 201 / 400 external_id_already_used", "unique in the document"),
    (
        "^POST /organizations .*b.example",
        "^status: 201 / 409",
        "the document has a 409; the sandbox uses it for domains",
    ),
    ('users .*"(ada|b)@x', "^status: 201 / 400 user_creation_error", "addresses without case, and ids, are unique"),
    ('users .*"Ada@x', "^status: 409 user_already_exists / 400 user_creation_error", "the service's code (facts, 3)"),
    ("invitations .*Inv@x", "^status: 201 / 400 email_already_invited_to_organization", "the document has this code"),
    ("invitations .*Ada@x", "^status: 201 / 400 user_already_exists", "the document has this code"),
    ("webhook_endpoints .*a.example", "^status: 201 / 409 duplicate_endpoint", "unique in the document"),
    ("(permissions|roles) {", "^status: 422 .* / 409 .*_slug_conflict", "the document has 409"),
    # What is not checked
    ("^POST /organizations .*vvv", "^status: 201 / 400 invalid_metadata", "the emulator has no limits"),
    ("^POST /organizations .*u00e4", "^status: 201 / 422", "the document has ASCII alone"),
    ("verify$", "^status: 200 / 400 domain_already_verified", "the document has the code"),
    ("authorization/roles .*xxx", "^status: 201 / 422", "the emulator has no limits"),
    ('roles {"slug": "own"', "^status: 201 / 400 bad_request", "the document wants the prefix org-"),
    ("(users|invitations) .*no address", "^status: 201 / 422 invalid_request_parameters", "no check of addresses"),
    ("users .*short", "^status: 201 / 400 password_strength_error", "the emulator accepts every password"),
    ('^PUT .*users.*"first_name": null', "^status: 200 / 422", "names cannot be cleared in the document"),
    ("memberships .*user_x", "^status: 201 / 404", "the emulator accepts an unknown user"),
    ("memberships .*nothing", "^status: 201 / 422 invalid_role", "the emulator accepts an unknown role"),
    ("memberships .*role_slugs", "^status: 201 / 422 multiple_roles_not_enabled", "the emulator ignores role_slugs"),
    ("memberships/{member} .*role_slugs", r"\.role\.slug", "the emulator ignores role_slugs"),
    ("invitations .*org_x", "^status: 201 / 404", "the emulator accepts an unknown organization"),
    ("invitations .*nothing", "^status: 201 / 400 invalid_role", "the emulator accepts an unknown role"),
    ("invitations .*expires_in_days", "^status: 201 / 400 expires_in_days_too_long", "the emulator's time is fixed"),
    ("webhook_endpoints .*sang", "^status: 201 / 422", "the emulator accepts unknown events"),
    ("limit=(0|many|-1|101)|order=up", "^status: 200 / 422", "the emulator takes the nearest value"),
    ("org_x/roles", "^status: 200 / 404", "the emulator has no roles for an unknown organization"),
    ("memberships[?]user_id=user_y", "^status: 200 / 404", "the document has a 404; the emulator an empty list"),
    ("memberships[?]limit", "^status: 200 / 400 missing_user_id_or_organization_id", "the emulator lists all"),
    # Operations of one of the two
    ("^PATCH .*(roles|permissions|webhook_endpoints)/", "^status: 404 not_found / 200", "the emulator has PUT instead"),
    ("^PUT .*(roles/teacher|permissions/a:b) ", "^status: 200 / 404", "the document has PATCH instead"),
    ("^PUT .*/permissions ", "^status: 404 not_found / 200", "the emulator replaces permissions with POST"),
    ('permissions {"permissions"', "^status: 200 / 422", "the document adds one permission with POST"),
    ('permissions {"slug"', "^status: 422 .* / 200", "the document adds one permission with POST"),
    ("email_change/send", "^status: 404 not_found / 200", "the emulator has no such path"),
    ("^DELETE .*invitations", "^status: 204 / 404", "the document has no such operation"),
    # Another behaviour
    ('roles {"name": "No slug"', "^status: 422 .* / 201", "the document makes a slug"),
    ("{org}/roles/teacher", "^status: 404 not_found / 200", "the document finds roles of the environment too"),
    ("^GET .*{org}/roles$", "^rows: ", "the document lists the environment's roles too"),
    ("^GET /authorization/roles$", "^rows: |list_metadata", "the document has no pages of roles, in order of priority"),
    ("deactivate|reactivate", "^status: 422 .* / 200", "no change in the document"),
    ("again|member", r"^201 \.(id|id prefix): ", "the document activates the old membership"),
    ("invitations/.*/resend", "^status: 200 / 400 invite_revoked", "the document sends pending ones alone"),
    ("memberships[?]user_id", "^rows: ", "the document's list has the active ones; arrays are joined by commas"),
    ("organizations[?](search|domains=b)", "^rows: ", "the emulator ignores both"),
    ("domains.*old", r"^201 \.domains", "the emulator ignores `domains`"),
    ("users/{user} .*(email|locale)", r"^200 \.(email|email_verified|locale): ", "the emulator ignores both"),
    ("invitations[?]email=PLAIN", "^rows: 0 / 1", "compared without case"),
    ("before={u[14]}$", r"^200 \.(data\[\d\]\.(id|email)|list_metadata)", "the document's `before` is adjacent"),
    ("order=normal", r"^200 \.(data\[\d\]\.(id|email)|list_metadata)", "the emulator takes `normal` for `asc`"),
    ("^GET /events", r"\.data\[0\]\.(data|event)|prefix", "the emulator reads `events[]`; more members"),
    # Members
    ("events", r"environment_id|list_metadata|\.id: <evt_>", "the document has no environment, and `after` alone"),
    ("organizations", "allow_profiles_outside_organization|stripe_customer_id", "0.14.0 has no such settings"),
    ("users", r"^20\d (\.data\[\d\])?\.name: nothing", "0.14.0 has no full name"),
    (
        "memberships",
        r"\.(directory_managed|roles|user|organization_name|custom_attributes|external_id|metadata)\b",
        "0.14.0 has other members",
    ),
    ("invitations", r"\.(accepted_at|revoked_at|accepted_user_id)", "the emulator has no such members"),
    ("invitations", r"\.id( prefix)?: .*inv_", "the emulator's prefix"),
    ("roles", r"\.(is_default_role|organization_id|priority|permissions|resource_type_slug)\b", "other members"),
    ("permissions", r"\.(system|resource_type_slug): nothing", "the emulator has no such members"),
    ("webhook_endpoints", r"\.(enabled|description|status): ", "the emulator has other members"),
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox whose environment is empty, as the emulator's is."""
    sandbox = Sandbox([])
    sandbox.start()
    store = sandbox.workos.store
    tables: tuple[Table[Any], ...] = (store.organizations, store.domains, store.roles, store.permissions)
    for table in tables:
        for row in list(table):
            table.remove(row.id)
    yield sandbox
    sandbox.stop()


@pytest.mark.parametrize(
    ("variant", "rows"), [(DOCUMENT, AGAINST_DOCUMENT), (EMULATOR, AGAINST_EMULATOR)], ids=["document", "emulator"]
)
def test_each_difference_has_a_reason(
    workos_emulator: Emulator, sandbox: Sandbox, variant: Variant, rows: list[Row]
) -> None:
    sandbox.workos.variant = variant
    answers = []
    for url, api_key in (
        (workos_emulator.url, workos_emulator.api_key),
        (sandbox.workos_url, sandbox.workos.api_key),
    ):
        headers = {"Authorization": f"Bearer {api_key}"}
        with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30) as http:
            answers.append(list(run(http)))
    used: set[Row] = set()
    unexplained: list[str] = []
    for (step, theirs), (_, ours) in zip(*answers, strict=True):
        for difference in differences(theirs, ours):
            row = next((row for row in rows if re.search(row[0], step.label) and re.search(row[1], difference)), None)
            if row is None:
                unexplained.append(f"{step.label}: {difference}")
            else:
                used.add(row)
    assert len(STEPS) > 150
    assert "\n".join(unexplained) == ""
    assert [row for row in rows if row not in used] == []
