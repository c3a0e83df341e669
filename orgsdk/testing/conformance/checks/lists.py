"""The other lists: organizations, accounts, roles, invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from orgsdk.domain import Capability
from orgsdk.testing.conformance.check import Check, expect, register
from orgsdk.testing.conformance.walking import expect_once, ids, small_pages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from orgsdk.pagination import Paginator
    from orgsdk.testing.conformance.stage import Stage
    from orgsdk.testing.conformance.walking import Identified

    Listed = Callable[[int | None], Paginator[Identified]]
    Made = Callable[[], Awaitable[Identified]]

_NEW = 3


def _listed(stage: Stage, name: str) -> Listed:
    lists: Mapping[str, Callable[[], Any]] = {
        "organizations": lambda: stage.client.organizations,
        "accounts": lambda: stage.client.users,
        "roles": lambda: stage.client.roles,
        "invitations": lambda: stage.organization.invitations,
    }
    return lambda size: cast("Paginator[Identified]", lists[name]().list(page_size=size))


def _maker(stage: Stage, name: str) -> Made:
    async def invite() -> Identified:
        made = await stage.organization.invitations.create(f"{stage.text()}@example.com")
        if stage.can(Capability.INVITATIONS_REMOVE):
            stage.undo(lambda: stage.organization.invitations.remove(made.id))
        return made

    makers: Mapping[str, Made] = {
        "organizations": stage.new_organization,
        "accounts": stage.account,
        "roles": stage.role,
        "invitations": invite,
    }
    return makers[name]


def _check(name: str) -> Check:
    async def every_one_comes_once(stage: Stage) -> None:
        make, new = _maker(stage, name), list[str]()
        if stage.can(Capability(f"{name}.create")):
            new = [(await make()).id for _ in range(_NEW)]
        whole, pages, size = await small_pages(_listed(stage, name))
        expect(set(ids(whole)) >= set(new), "one that was made did not come")
        expect_once(whole, ids(whole), "the largest pages")
        expect_once([item for page in pages for item in page], ids(whole), "small pages")
        # One that is never paged comes whole, whatever size is asked for.
        expect(len(pages) == 1 or all(len(page) <= size for page in pages), f"a page is longer than {size}")

    claim = f"The list of {name} has each of them once, in large and in small pages."
    needs = frozenset({Capability(f"{name}.list")})
    return Check(f"lists.every_one_comes_once[{name}]", claim, every_one_comes_once, needs, users=_NEW)


for _name in ("organizations", "accounts", "roles", "invitations"):
    register(_check(_name))
