"""None against left out: None clears a field, what is left out stays."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Literal, cast

from orgsdk.domain import FIELD_CAPABILITIES, Capability
from orgsdk.errors import UnsupportedError
from orgsdk.testing.conformance.check import SCOPES, Check, NotApplicableError, UserScope, check, expect, register

if TYPE_CHECKING:
    from orgsdk.domain import User
    from orgsdk.testing.conformance.check import ScopeName
    from orgsdk.testing.conformance.context import CheckContext, NewUserFields

FieldName = Literal["username", "email", "phone", "name", "given_name", "family_name", "external_id"]
FIELDS: tuple[FieldName, ...] = ("username", "email", "phone", "name", "given_name", "family_name", "external_id")


def _value(stage: CheckContext, field: FieldName) -> str:
    if field == "phone":
        # Of a range that nobody has (555-0100 to 0199), long enough to be unlike any other.
        return f"1202555{secrets.randbelow(10**7):07}"
    return f"{stage.text()}@example.com" if field == "email" else stage.text()


async def _made(people: UserScope, field: FieldName) -> tuple[User, str]:
    value = _value(people.stage, field)
    try:
        made = await people.make(**cast("NewUserFields", {field: value}))
    except UnsupportedError as error:
        raise NotApplicableError(f"it takes no {field}: {error}") from None
    expect(getattr(made, field) == value, f"made with a {field}, the user has another, or none")
    return made, value


async def _seen(people: UserScope, user: User) -> User:
    return await people.verbs.get(user.id) if people.has("get") else await people.verbs.update(user.id)


async def _what_is_left_out_stays(people: UserScope, field: FieldName) -> None:
    made, value = await _made(people, field)
    other: FieldName = "username" if field != "username" else "email"
    wanted = _value(people.stage, other)
    changed = await people.verbs.update(made.id, **cast("NewUserFields", {other: wanted}))
    expect(getattr(changed, other) == wanted, f"the {other} was not changed")
    expect(getattr(changed, field) == value, f"changing the {other} changed the {field}, which was left out")
    await people.verbs.update(made.id)
    seen = await _seen(people, made)
    expect(getattr(seen, field) == value, f"an update of nothing changed the {field}")
    expect(getattr(seen, other) == wanted, f"an update of nothing changed the {other}")


async def _none_clears(people: UserScope, field: FieldName) -> None:
    made, _ = await _made(people, field)
    kept: FieldName = "email" if field == "username" else "username"
    try:
        cleared = await people.verbs.update(made.id, **cast("NewUserFields", {field: None}))
    except UnsupportedError as error:
        raise NotApplicableError(f"its {field} cannot be cleared: {error}") from None
    expect(getattr(cleared, field) is None, f"the {field} was not cleared by None")
    seen = await _seen(people, made)
    expect(getattr(seen, field) is None, f"read anew, the {field} was not cleared by None")
    expect(getattr(seen, kept) == getattr(made, kept), f"clearing the {field} changed the {kept}")


def _register(where: ScopeName, field: FieldName) -> None:
    needs = {Capability(f"{where}.create"), Capability(f"{where}.update")}
    if field in FIELD_CAPABILITIES:
        needs.add(FIELD_CAPABILITIES[field])

    async def left_out(stage: CheckContext) -> None:
        await _what_is_left_out_stays(UserScope(stage, where), field)

    async def cleared(stage: CheckContext) -> None:
        await _none_clears(UserScope(stage, where), field)

    wanted, place = frozenset(needs), f"[{where}-{field}]"
    claim = f"An update that leaves the {field} out leaves it as it is."
    register(Check(f"fields.what_is_left_out_stays{place}", claim, left_out, wanted, users=1))
    claim = f"An update of the {field} to None clears it."
    register(Check(f"fields.none_clears{place}", claim, cleared, wanted, users=1))


for _where in SCOPES:
    for _field in FIELDS:
        _register(_where, _field)


@check(Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_UPDATE)
async def an_organizations_description_is_cleared_by_none_alone(stage: CheckContext) -> None:
    """None clears an organization's description; a change of its name, or of nothing, leaves it."""
    verbs = stage.client.organizations
    made = await stage.new_organization()
    described = await verbs.update(made.id, description="a org")
    expect((described.name, described.description) == (made.name, "a org"), "the description was not set alone")
    named = await verbs.update(made.id, name=stage.text())
    expect(named.description == "a org", "changing the name changed the description")
    expect(await verbs.update(made.id) == named, "an update of nothing changed something")
    cleared = await verbs.update(made.id, description=None)
    expect(not cleared.description, "None did not clear the description")
    expect(cleared.name == named.name, "clearing the description changed the name")


@check(Capability.ROLES_CREATE, Capability.ROLES_UPDATE)
async def a_roles_description_is_cleared_by_none_alone(stage: CheckContext) -> None:
    """None clears a role's description; a change of its name, or of nothing, leaves it."""
    verbs = stage.client.roles
    made = await stage.role()
    described = await verbs.update(made.id, description="who teaches")
    expect((described.name, described.description) == (made.name, "who teaches"), "the description was not set alone")
    named = await verbs.update(made.id, name=stage.text())
    expect(named.description == "who teaches", "changing the name changed the description")
    same = await verbs.update(made.id)
    expect((same.name, same.description) == (named.name, "who teaches"), "an update of nothing changed something")
    cleared = await verbs.update(made.id, description=None)
    expect(not cleared.description, "None did not clear the description")
