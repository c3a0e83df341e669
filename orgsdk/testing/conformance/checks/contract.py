"""Checks of what a provider declares: name, capabilities, advice, settings, tenant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from orgsdk.client import OrgClient
from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError
from orgsdk.testing.conformance.assertions import NotApplicableError, expect, fail, ids
from orgsdk.testing.conformance.check import check
from orgsdk.testing.conformance.operations import OPERATION_CLASSES, operations_of

if TYPE_CHECKING:
    from orgsdk.testing.conformance.context import CheckContext


@check()
async def provider_name_is_valid(context: CheckContext) -> None:
    """The provider's name consists of lower-case letters, digits, - and _."""
    name = context.provider.name
    expect(re.fullmatch(r"[a-z][a-z0-9_-]*", name), f"invalid name: {name!r}")


@check()
async def capabilities_are_a_frozenset(context: CheckContext) -> None:
    """The capabilities are a frozenset of Capability."""
    declared: object = getattr(context.provider, "capabilities", None)
    if not isinstance(declared, frozenset):
        fail(f"capabilities has the type {type(declared).__name__}")
    unknown = [item for item in cast("frozenset[object]", declared) if not isinstance(item, Capability)]
    expect(not unknown, f"not a Capability: {unknown}")


@check()
async def advice_is_for_unsupported_capabilities(context: CheckContext) -> None:
    """Advice is a sentence, for capabilities that are not declared."""
    for capability, advice in context.provider.advice.items():
        expect(not context.supports(capability), f"{capability} is declared, but has advice for an alternative")
        expect(advice.strip(), f"the advice for {capability} is empty")


@check()
async def declared_methods_are_implemented(context: CheckContext) -> None:
    """The provider implements a method for each declared capability that names one."""
    for name, contract in OPERATION_CLASSES.items():
        declared = [each for each in context.provider.capabilities if each.partition(".")[0] == name]
        methods = [each.partition(".")[2] for each in declared if each.partition(".")[2].isidentifier()]
        if methods:
            operations = type(operations_of(context.provider, name, context.organization.id))
            missing = [method for method in methods if getattr(operations, method) is getattr(contract, method)]
            expect(not missing, f"{name}.{', '.join(missing)}: declared, but not implemented")


@check()
async def missing_setting_is_named(context: CheckContext) -> None:
    """With an empty environment, from_env raises a ConfigurationError that names the first required variable."""
    needed = context.provider.environment
    if not needed:
        raise NotApplicableError("it needs no environment variable")
    prefix = f"{context.provider.name.upper().replace('-', '_')}_"
    expect(needed[0].startswith(prefix), f"{needed[0]} does not start with {prefix}, which from_env searches for")
    try:
        type(context.provider).from_env({})
    except ConfigurationError as error:
        expect(needed[0] in str(error), f"the error does not name {needed[0]}: {error}")
        return
    fail("from_env succeeded without the required settings")


@check()
async def tenant_is_a_string(context: CheckContext) -> None:
    """The tenant is a non-empty string, the same on each access."""
    tenant: object = getattr(context.provider, "tenant", None)
    valid = isinstance(tenant, str) and tenant and tenant == context.provider.tenant
    expect(valid, f"tenant is {type(tenant).__name__}")


@check()
async def limit_key_is_a_string(context: CheckContext) -> None:
    """The key of the rate limit is a non-empty string, the same at each call."""
    key, again = await context.provider.limit_key(), await context.provider.limit_key()
    kind: type = type(key)
    expect(issubclass(kind, str) and key, f"limit_key returned {kind.__name__}, or an empty text")
    expect(key == again, "limit_key returned another text at the second call")


@check(Capability.DEFAULT_ORGANIZATION, Capability.USERS_LIST)
async def own_organization_has_an_id(context: CheckContext) -> None:
    """The default organization has an id, and is the same with and without it."""
    own = await context.provider.own_organization_id()
    if own is None:
        fail("organization() is declared, but own_organization_id returns None")
    by_id, without = context.client.organization(own).users, OrgClient(context.provider).organization().users
    seen = [ids((await users.list(page_size=1)).items) for users in (by_id, without)]
    expect(seen[0] == seen[1], "the users differ with and without the id")
    if context.supports(Capability.ORGANIZATIONS_GET):
        expect((await context.client.organizations.get(own)).id == own, "get returned another organization")


@check(Capability.USERS_GET)
async def own_user_exists(context: CheckContext) -> None:
    """If the credentials belong to a user, own_user_id returns the id of that user."""
    own = await context.provider.own_user_id()
    if own is None:
        raise NotApplicableError("its credentials do not belong to a user")
    resource = context.client.accounts if context.supports(Capability.ACCOUNTS_GET) else context.users
    expect((await resource.get(own)).id == own, "get returned another user")


@check(Capability.USERS_LIST)
async def with_options_shares_the_connection(context: CheckContext) -> None:
    """A client with other options reaches the same users, and closing it does not close the original one."""
    other = context.client.with_options(timeout=25.0)
    seen = ids((await other.organization(context.organization.id).users.list(page_size=1)).items)
    await other.aclose()
    expect(seen == ids((await context.users.list(page_size=1)).items), "the users differ")
