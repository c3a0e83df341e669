"""Checks of fields: None clears a field, an omitted field is unchanged, and a blank text is refused."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

from orgsdk.domain import USER_FIELDS, Capability, fields_to_create, fields_to_update
from orgsdk.errors import InvalidArgumentError, UnsupportedError
from orgsdk.testing.conformance.assertions import NotApplicableError, expect
from orgsdk.testing.conformance.check import SCOPES, Check, UserScope, check, check_users, register

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from orgsdk.domain import User, UserFieldName, UserFields
    from orgsdk.testing.conformance.check import ScopeName
    from orgsdk.testing.conformance.context import CheckContext


def _new_value(context: CheckContext, field: UserFieldName) -> str:
    if USER_FIELDS[field].examples:
        return secrets.choice(USER_FIELDS[field].examples)
    if field == "phone":
        # 555-0100 to 0199 is reserved for examples. More digits make the number unique.
        return f"1202555{secrets.randbelow(10**7):07}"
    return f"{context.unique_text()}@example.com" if field == "email" else context.unique_text()


async def _create_with(scope: UserScope, field: UserFieldName) -> tuple[User, str]:
    value = _new_value(scope.context, field)
    try:
        user = await scope.create(**cast("UserFields[str | None]", {field: value}))
    except UnsupportedError as error:
        raise NotApplicableError(f"it does not store {field}: {error}") from None
    expect(getattr(user, field) == value, f"the new user's {field} differs from the requested one")
    return user, value


async def _read(scope: UserScope, user: User) -> User:
    return await scope.resource.get(user.id) if scope.supports("get") else await scope.resource.update(user.id)


async def _test_omitted_field(scope: UserScope, field: UserFieldName) -> None:
    user, value = await _create_with(scope, field)
    other = scope.context.changed_field(but=field)
    new_value = _new_value(scope.context, other)
    updated = await scope.resource.update(user.id, **cast("UserFields[str | None]", {other: new_value}))
    expect(getattr(updated, other) == new_value, f"the {other} was not changed")
    expect(getattr(updated, field) == value, f"updating the {other} changed the {field}, which was omitted")
    await scope.resource.update(user.id)
    read = await _read(scope, user)
    expect(getattr(read, field) == value, f"an empty update changed the {field}")
    expect(getattr(read, other) == new_value, f"an empty update changed the {other}")


async def _test_none_clears(scope: UserScope, field: UserFieldName) -> None:
    user, _ = await _create_with(scope, field)
    keys = scope.context.keys("")
    others = (name for name in USER_FIELDS if name in keys and name != field)
    other = next(others, None) or scope.context.changed_field(but=field)
    try:
        updated = await scope.resource.update(user.id, **cast("UserFields[str | None]", {field: None}))
    except UnsupportedError as error:
        raise NotApplicableError(f"{field} cannot be cleared: {error}") from None
    expect(getattr(updated, field) is None, f"None did not clear the {field}")
    read = await _read(scope, user)
    expect(getattr(read, field) is None, f"get: None did not clear the {field}")
    expect(getattr(read, other) == getattr(user, other), f"clearing the {field} changed the {other}")


async def _is_accepted(call: Awaitable[User]) -> bool:
    try:
        await call
    except InvalidArgumentError:
        return False
    return True


def _register(scope: ScopeName, field: UserFieldName) -> None:
    needs = {Capability(f"{scope}.create"), Capability(f"{scope}.update")}
    declared = USER_FIELDS[field]
    needs.update(filter(None, (declared.create_capability, declared.update_capability)))

    async def omitted(context: CheckContext) -> None:
        await _test_omitted_field(UserScope(context, scope), field)

    async def cleared(context: CheckContext) -> None:
        await _test_none_clears(UserScope(context, scope), field)

    claim = f"An update that omits the {field} leaves it unchanged."
    register(Check(f"fields.omitted_field_is_unchanged[{scope}-{field}]", claim, omitted, frozenset(needs), users=1))

    claim = f"An update of the {field} to None clears it."
    register(Check(f"fields.none_clears_the_field[{scope}-{field}]", claim, cleared, frozenset(needs), users=1))


for _scope in SCOPES:
    for _field in USER_FIELDS.values():
        _register(_scope, _field.name)


@check_users("create", "update")
async def blank_text_is_refused(scope: UserScope) -> None:
    """An empty or blank text is refused for every field, in create and in update: None is for no value."""
    user = await scope.create()
    supported = scope.context.client.capabilities
    for field in sorted({*fields_to_create(supported)} & {*fields_to_update(supported)}):
        for blank in ("", " ", "\t\n"):
            keys = scope.context.keys(scope.context.unique_text())
            values = cast("UserFields[str | None]", {**keys, field: blank})
            expect(not await _is_accepted(scope.create(**values)), f"create accepted {blank!r} for the {field}")
            values = cast("UserFields[str | None]", {field: blank})
            updated = await _is_accepted(scope.resource.update(user.id, **values))
            expect(not updated, f"update accepted {blank!r} for the {field}")
    expect(await _read(scope, user) == user, "a refused blank text changed the user")


@check(Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_UPDATE, Capability.ORGANIZATIONS_DESCRIPTION)
async def organization_description_is_cleared_by_none(context: CheckContext) -> None:
    """None clears an organization's description; an update of the name, or an empty one, leaves it unchanged."""
    resource, description = context.client.organizations, "a school"
    created = await context.create_organization()
    described = await resource.update(created.id, description=description)
    expect((described.name, described.description) == (created.name, description), "the description was not set")
    renamed = await resource.update(created.id, name=context.unique_text())
    expect(renamed.description == description, "updating the name changed the description")
    expect(await resource.update(created.id) == renamed, "an empty update changed the organization")
    cleared = await resource.update(created.id, description=None)
    expect(not cleared.description, "None did not clear the description")
    expect(cleared.name == renamed.name, "clearing the description changed the name")


@check(Capability.ROLES_CREATE, Capability.ROLES_UPDATE, Capability.ROLES_DESCRIPTION)
async def role_description_is_cleared_by_none(context: CheckContext) -> None:
    """None clears a role's description; an update of the name, or an empty one, leaves it unchanged."""
    resource, description = context.client.roles, "teaches classes"
    role = await context.create_role()
    described = await resource.update(role.id, description=description)
    expect((described.name, described.description) == (role.name, description), "the description was not set")
    try:
        renamed = await resource.update(role.id, name=context.unique_text())
    except UnsupportedError:  # the name identifies the role, and never changes
        renamed = described
    expect(renamed.description == description, "updating the name changed the description")
    same = await resource.update(role.id)
    expect((same.name, same.description) == (renamed.name, description), "an empty update changed the role")
    cleared = await resource.update(role.id, description=None)
    expect(not cleared.description, "None did not clear the description")
