"""What a provider says of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from orgsdk.client import OrgClient
from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError
from orgsdk.providers.base import CONTRACT_VERSION
from orgsdk.testing.conformance.assertions import ids
from orgsdk.testing.conformance.check import NotApplicableError, check, expect, fail
from orgsdk.testing.conformance.context import OPERATION_CLASSES, operations_of

if TYPE_CHECKING:
    from orgsdk.testing.conformance.context import CheckContext


@check()
async def its_name_is_plain(stage: CheckContext) -> None:
    """The name is of lower-case letters, digits, - and _."""
    expect(re.fullmatch(r"[a-z][a-z0-9_-]*", stage.provider.name), f"the name is {stage.provider.name!r}")


@check()
async def its_contract_is_of_this_version(stage: CheckContext) -> None:
    """The contract that it says it was written for is this one."""
    said: object = getattr(stage.provider, "contract", None)
    expect(said == CONTRACT_VERSION, f"contract is {said}, this orgsdk has version {CONTRACT_VERSION}")


@check()
async def its_capabilities_are_capabilities(stage: CheckContext) -> None:
    """The capabilities are a frozenset of Capability."""
    declared: object = getattr(stage.provider, "capabilities", None)
    if not isinstance(declared, frozenset):
        fail(f"capabilities is of type {type(declared).__name__}")
    strangers = [item for item in cast("frozenset[object]", declared) if not isinstance(item, Capability)]
    expect(not strangers, f"no capabilities: {strangers}")


@check()
async def its_advice_is_for_what_it_cannot_do(stage: CheckContext) -> None:
    """Advice is a sentence, and given for nothing that is declared."""
    for capability, advice in stage.provider.advice.items():
        expect(not stage.can(capability), f"there is advice instead of {capability}, which is declared")
        expect(advice.strip(), f"the advice for {capability} is empty")


@check()
async def every_declared_verb_is_written(stage: CheckContext) -> None:
    """Behind each capability that names a verb there is a method of the provider's own."""
    for name, contract in OPERATION_CLASSES.items():
        declared = [each for each in stage.provider.capabilities if each.partition(".")[0] == name]
        verbs = [each.partition(".")[2] for each in declared if each.partition(".")[2].isidentifier()]
        if verbs:
            room = type(operations_of(stage.provider, name, stage.organization.id))
            missing = [verb for verb in verbs if getattr(room, verb) is getattr(contract, verb)]
            expect(not missing, f"{name}.{', '.join(missing)}: declared, and not written")


@check()
async def a_missing_setting_is_named(stage: CheckContext) -> None:
    """Made from an empty environment it ends in a ConfigurationError that names the first variable it needs."""
    needed = stage.provider.environment
    if not needed:
        raise NotApplicableError("it needs no variable of the environment")
    prefix = f"{stage.provider.name.upper().replace('-', '_')}_"
    expect(needed[0].startswith(prefix), f"{needed[0]} does not begin with {prefix}, by which it would be found")
    try:
        type(stage.provider).from_env({})
    except ConfigurationError as error:
        expect(needed[0] in str(error), f"the error does not name {needed[0]}: {error}")
        return
    fail("it was made without its settings")


@check()
async def its_tenant_is_a_text(stage: CheckContext) -> None:
    """The tenant is told by a text, the same each time."""
    tenant: object = getattr(stage.provider, "tenant", None)
    expect(isinstance(tenant, str) and tenant and tenant == stage.provider.tenant, f"tenant is {type(tenant).__name__}")


@check(Capability.DEFAULT_ORGANIZATION, Capability.USERS_LIST)
async def its_own_organization_has_an_id(stage: CheckContext) -> None:
    """The credentials' own organization is told by its id, and is the same by that and without one."""
    own = await stage.provider.own_organization_id()
    if own is None:
        fail("organization() is declared, and own_organization_id gives none")
    by_id, without = stage.client.organization(own).users, OrgClient(stage.provider).organization().users
    seen = [ids((await users.list(page_size=1)).items) for users in (by_id, without)]
    expect(seen[0] == seen[1], "by its id and without one, other users came")
    if stage.can(Capability.ORGANIZATIONS_GET):
        expect((await stage.client.organizations.get(own)).id == own, "another organization came for its id")


@check(Capability.USERS_GET)
async def its_own_user_is_there(stage: CheckContext) -> None:
    """The user whom the credentials belong to, where they are a person's, is told by id."""
    own = await stage.provider.own_user_id()
    if own is None:
        raise NotApplicableError("its credentials are no person's")
    reading = stage.client.accounts if stage.can(Capability.ACCOUNTS_GET) else stage.users
    expect((await reading.get(own)).id == own, "another user came for their id")


@check(Capability.USERS_LIST)
async def other_options_share_the_connection(stage: CheckContext) -> None:
    """A client with other options reaches the same users, and closing it closes nothing."""
    other = stage.client.with_options(timeout=25.0)
    seen = [user.id for user in (await other.organization(stage.organization.id).users.list(page_size=1)).items]
    await other.aclose()
    expect(seen == [user.id for user in (await stage.users.list(page_size=1)).items], "other users came")
