"""Where the official document and the official emulator differ.

The document is the likelier truth about the service, so it is the default. `sandbox.workos.variant = EMULATOR` plays
the emulator of the npm package `workos` 0.14.0. `dataclasses.replace(DOCUMENT, …)` plays one difference alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One switch for each kind of difference. Each default is the document's.

    Attributes:
        is_emulator: Error codes and statuses, ids, and members of objects are those of the emulator.
        strict: Values of queries and bodies are checked as documented; the emulator checks few of them.
        array_brackets: Arrays in a query are `name[]=a&name[]=b`; documented is `name=a,b`.
        active_by_default: A list of memberships has the active ones only, unless `statuses` is there.
        needs_owner: A list of memberships needs a user or an organization.
        checks_references: A membership or an invitation of an unknown user, organization or role is refused.
        unique_values: An external id, or a domain, belongs to one object; one address has one pending invitation.
        reactivates: A new membership of an inactive member activates the old one; the emulator adds another.
        pages_roles: Lists of roles have pages, and those of an organization have its own roles alone.
        resends_any: Invitations that are not pending can be sent again, and become pending.
        adjacent_before: `before` returns the rows next to the cursor; the emulator returns the first rows of the list.
        updates_email: An update of a user can change `email` and `locale`.
        expiry_days: Days after which an invitation expires; None takes them from the request.
    """

    is_emulator: bool = False
    strict: bool = True
    array_brackets: bool = False
    active_by_default: bool = True
    needs_owner: bool = True
    checks_references: bool = True
    unique_values: bool = True
    reactivates: bool = True
    pages_roles: bool = False
    resends_any: bool = False
    adjacent_before: bool = True
    updates_email: bool = True
    expiry_days: int | None = None


DOCUMENT = Variant()
"""The official OpenAPI document."""

EMULATOR = Variant(
    is_emulator=True,
    strict=False,
    array_brackets=True,
    active_by_default=False,
    needs_owner=False,
    checks_references=False,
    unique_values=False,
    reactivates=False,
    pages_roles=True,
    resends_any=True,
    adjacent_before=False,
    updates_email=False,
    expiry_days=3,
)
"""The official emulator, version 0.14.0."""
