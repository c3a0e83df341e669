"""Members of an organization at WorkOS: lists, roles, suspension, adding, removal."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from orgsdk.domain import Capability, UserDraft
from orgsdk.errors import ConflictError, InvalidArgumentError, NotFoundError, UnsupportedError
from tests.providers.workos.conftest import ORG, listed, membership, role, user

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.domain import UserFields
    from orgsdk.providers.workos import WorkOS
    from orgsdk.resources import OrganizationHandle
    from tests.providers.workos.conftest import Server

pytestmark = pytest.mark.anyio

MEMBERSHIPS = "/user_management/organization_memberships"
ROLES = f"/authorization/organizations/{ORG}/roles"
MEMBER, TEACHER, OWN = role("member"), role("teacher"), role("org-coach", "OrganizationRole")


# Lists


async def test_a_page_of_members_is_one_request(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1, "teacher"), membership(2, status="inactive")))
    first, second = await org.users.list().collect()
    assert server.query() == {
        "organization_id": ORG,
        "statuses": "active,inactive",
        "order": "desc",
        "limit": "100",
    }
    assert (first.id, first.email, first.given_name, first.roles) == ("user_01", "u1@example.com", "Ada", ("teacher",))
    assert (first.is_suspended, second.is_suspended) == (False, True)
    assert first.raw["id"] == "om_01"
    assert len(server.received) == 1


async def test_pages_follow_the_cursor_of_the_body(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(2), after="om_02"), listed(membership(1)))
    assert [each.id for each in await org.users.list(page_size=1).collect()] == ["user_02", "user_01"]
    assert server.query()["after"] == "om_02"


async def test_a_first_page_that_comes_again_is_an_error(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(2), membership(1), after="om_01"))
    with pytest.raises(Exception, match="first page again") as caught:
        await org.users.list(page_size=2).collect()
    assert type(caught.value).__name__ == "PaginationError"


async def test_invitations_that_are_listed_as_memberships_are_no_members(
    org: OrganizationHandle, server: Server
) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1), membership(2, status="pending")))
    assert [each.id for each in await org.users.list().collect()] == ["user_01"]


async def test_the_users_come_from_their_list_where_memberships_have_none(
    org: OrganizationHandle, server: Server
) -> None:
    bare = [membership(number) for number in range(1, 4)]
    for each in bare:
        del each["user"], each["roles"]
    server.on(f"GET {MEMBERSHIPS}", listed(*bare[:2], after="om_02"), listed(*bare[2:]))
    server.on("GET /user_management/users", listed(*[user(number) for number in range(1, 4)]))
    found = await org.users.list(page_size=2).collect()
    assert [(each.id, each.email, each.roles) for each in found] == [
        (f"user_0{number}", f"u{number}@example.com", ("member",)) for number in range(1, 4)
    ]
    assert server.calls.count("GET /user_management/users") == 1
    assert found[0].raw["user"] == user(1)


async def test_a_role_filters_the_members_here(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1, "teacher"), membership(2)))
    server.on(f"GET {ROLES}", listed(MEMBER, TEACHER))
    assert [each.id for each in await org.users.list(role="role_teacher").collect()] == ["user_01"]
    with pytest.raises(NotFoundError, match=r"Did you mean 'teacher'"):
        await org.users.list(role="teachr").collect()


# One member


async def test_a_member_is_one_request(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1, status="inactive", id="om_00"), membership(1)))
    found = await org.users.get("user_01")
    assert (found.id, found.is_suspended, found.raw["id"]) == ("user_01", False, "om_01")
    server.on(f"GET {MEMBERSHIPS}", listed())
    with pytest.raises(NotFoundError, match=f"organization {ORG} has no member user_01"):
        await org.users.get("user_01")


async def test_find_asks_for_the_user_and_the_membership(org: OrganizationHandle, server: Server) -> None:
    server.on("GET /user_management/users", listed(user(1, email="Ada@Example.com")))
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1)))
    found = await org.users.find(email="ada@example.com")
    assert found is not None
    assert found.roles == ("member",)
    assert len(server.received) == 2
    server.on(f"GET {MEMBERSHIPS}", listed())
    assert await org.users.find(email="ada@example.com") is None


async def test_find_looks_for_other_spellings_where_case_counts(org: OrganizationHandle, server: Server) -> None:
    server.on("GET /user_management/users", listed(), listed(user(1)), listed(user(2, email="U1@EXAMPLE.COM")))
    with pytest.raises(ConflictError, match="2 users have this address"):
        await org.users.find(email="U1@example.com")
    assert [request.url.params["email"] for request in server.received] == [
        "U1@example.com",
        "u1@example.com",
        "U1@EXAMPLE.COM",
    ]


async def test_usernames_are_unsupported(org: OrganizationHandle, server: Server) -> None:
    for call in (org.users.find(username="ada"), org.users.create(username="ada", email="ada@example.com")):
        with pytest.raises(UnsupportedError, match="WorkOS has no usernames"):
            await call
    assert server.calls == []


# Roles


async def test_set_roles_replaces_the_role(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1)))
    server.on(f"GET {ROLES}", listed(MEMBER, OWN))
    server.on(f"PUT {MEMBERSHIPS}/om_01", membership(1, "org-coach"))
    await org.users.set_roles("user_01", ["org-coach"])
    assert server.body() == {"role_slug": "org-coach"}
    calls = len(server.calls)
    await org.users.set_roles("user_01", ["member"])
    assert server.calls[calls:] == [f"GET {MEMBERSHIPS}"]  # the roles are known, and the member has this one


@pytest.mark.undocumented("an emulator pages the roles")
async def test_the_roles_of_the_environment_are_read_where_an_organization_has_only_its_own(
    org: OrganizationHandle, server: Server
) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1)))
    server.on(f"GET {ROLES}", listed(OWN))
    server.on("GET /authorization/roles", listed(MEMBER, after="role_member"), listed(TEACHER))
    server.on(f"PUT {MEMBERSHIPS}/om_01", membership(1, "teacher"))
    await org.users.set_roles("user_01", ["teacher"])
    assert server.body() == {"role_slug": "teacher"}


async def test_an_unknown_role_is_an_error_with_the_roles(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {ROLES}", listed(MEMBER, TEACHER))
    with pytest.raises(NotFoundError, match=r"Did you mean 'teacher'. Roles here: member, teacher"):
        await org.users.create(email="ada@example.com", roles=["techer"])
    assert server.calls == [f"GET {ROLES}"]


async def test_a_role_that_was_deleted_meanwhile_is_an_unknown_role(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1)))
    server.on(f"GET {ROLES}", listed(MEMBER, TEACHER), listed(MEMBER))
    server.on(f"PUT {MEMBERSHIPS}/om_01", (422, {"code": "invalid_role", "message": "Invalid role."}))
    with pytest.raises(NotFoundError, match=r"unknown role 'teacher'. Roles here: member"):
        await org.users.set_roles("user_01", ["teacher"])


async def test_several_roles_and_none_are_unsupported(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1)))
    server.on(f"GET {ROLES}", listed(MEMBER, TEACHER))
    for call in (
        org.users.set_roles("user_01", ["member", "teacher"]),
        org.users.set_roles("user_01", []),
        org.users.add_roles("user_01", ["teacher"]),
        org.users.remove_roles("user_01", ["member"]),
        org.users.create(email="ada@example.com", roles=["member", "teacher"]),
    ):
        with pytest.raises(UnsupportedError, match="A member has one role here"):
            await call
    assert not any(call.startswith(("PUT", "POST")) for call in server.calls)


async def test_one_of_several_roles_is_removed(org: OrganizationHandle, server: Server) -> None:
    several = membership(1, roles=[{"slug": "teacher"}, {"slug": "member"}, {"slug": "org-coach"}])
    server.on(f"GET {MEMBERSHIPS}", listed(several))
    server.on(f"GET {ROLES}", listed(MEMBER, TEACHER, OWN))
    server.on(f"PUT {MEMBERSHIPS}/om_01", several)
    await org.users.remove_roles("user_01", ["teacher"])
    assert server.body() == {"role_slugs": ["member", "org-coach"]}
    assert [each.name for each in await org.users.list_roles("user_01")] == ["member", "org-coach", "teacher"]


# Suspension


async def test_suspend_deactivates_the_membership_once(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1)))
    bare = membership(1, status="inactive")
    del bare["user"]
    server.on(f"PUT {MEMBERSHIPS}/om_01/deactivate", bare)
    changed = await org.users.suspend("user_01")
    assert (changed.is_suspended, changed.email) == (True, "u1@example.com")
    assert server.received[-1].content == b""
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1, status="inactive")))
    assert (await org.users.suspend("user_01")).is_suspended
    assert server.calls[-1] == f"GET {MEMBERSHIPS}"
    server.on(f"PUT {MEMBERSHIPS}/om_01/reactivate", membership(1))
    assert (await org.users.suspend("user_01", suspended=False)).is_suspended is False


@pytest.mark.parametrize(
    ("suspended", "verb", "after"), [(True, "deactivate", "inactive"), (False, "reactivate", "active")]
)
async def test_a_membership_with_an_unknown_status_is_changed(
    suspended: bool, verb: str, after: str, org: OrganizationHandle, server: Server
) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1, status="wizardry")))
    server.on(f"PUT {MEMBERSHIPS}/om_01/{verb}", membership(1, status=after))
    changed = await org.users.suspend("user_01", suspended=suspended)
    assert changed.is_suspended is suspended
    assert server.calls[-1] == f"PUT {MEMBERSHIPS}/om_01/{verb}"


async def test_an_account_cannot_be_suspended(client: OrgClient[WorkOS]) -> None:
    assert Capability.ACCOUNTS_SUSPEND not in client.capabilities
    with pytest.raises(UnsupportedError, match="WorkOS suspends memberships"):
        await client.accounts.suspend("user_01")


# Adding and removing


async def test_add_is_one_request_for_each_user(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {ROLES}", listed(MEMBER, TEACHER))
    server.on(f"POST {MEMBERSHIPS}", (201, membership(1, "teacher")), (201, membership(2, "teacher")))
    await org.users.add(["user_01", "user_02", "user_01"], roles=["teacher"])
    assert server.calls == [f"GET {ROLES}", f"POST {MEMBERSHIPS}", f"POST {MEMBERSHIPS}"]
    assert server.body() == {"user_id": "user_02", "organization_id": ORG, "role_slug": "teacher"}


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_add_gives_a_member_the_role(org: OrganizationHandle, server: Server, status: int) -> None:
    server.on(f"GET {ROLES}", listed(MEMBER, TEACHER))
    server.on(f"POST {MEMBERSHIPS}", (status, {"message": "Already a member."}))
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1)))
    server.on(f"PUT {MEMBERSHIPS}/om_01", membership(1, "teacher"))
    await org.users.add(["user_01"], roles=["teacher"])
    assert server.body() == {"role_slug": "teacher"}


async def test_add_of_a_member_without_a_role_changes_nothing(org: OrganizationHandle, server: Server) -> None:
    server.on(f"POST {MEMBERSHIPS}", (409, {"message": "Already a member."}))
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1)))
    await org.users.add(["user_01"])
    assert server.calls == [f"POST {MEMBERSHIPS}", f"GET {MEMBERSHIPS}"]


async def test_add_with_an_unknown_user_adds_nobody(org: OrganizationHandle, server: Server) -> None:
    reactivated = membership(2, updated_at="2026-08-08T12:00:00.000Z")
    server.on(f"POST {MEMBERSHIPS}", (201, membership(1)), (201, reactivated), (404, {"message": "User not found."}))
    server.on(f"DELETE {MEMBERSHIPS}/om_01", (200, None))
    with pytest.raises(NotFoundError, match="User not found") as caught:
        await org.users.add(["user_01", "user_02", "user_03"])
    assert server.calls[-1] == f"DELETE {MEMBERSHIPS}/om_01"  # and not the one that existed before
    assert caught.value.partial_result == ("user_02",)


async def test_remove_keeps_or_deletes_the_user(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1)))
    server.on(f"DELETE {MEMBERSHIPS}/om_01", (204, None))
    await org.users.remove("user_01", account="keep")
    assert server.calls[-1] == f"DELETE {MEMBERSHIPS}/om_01"
    server.on("DELETE /user_management/users/user_01", (200, None))
    await org.users.remove("user_01", account="delete")
    assert server.calls[-1] == "DELETE /user_management/users/user_01"
    server.on(f"GET {MEMBERSHIPS}", listed())
    with pytest.raises(NotFoundError):
        await org.users.remove("user_01", account="delete")


# Creating and updating


async def test_create_is_two_requests(org: OrganizationHandle, server: Server) -> None:
    server.on("POST /user_management/users", (201, user(1, external_id="7", last_name="L")))
    server.on(f"POST {MEMBERSHIPS}", (201, membership(1)))
    created = await org.users.create(
        email="u1@example.com", external_id="7", given_name="Ada", family_name="L", password="a-password"
    )
    assert created.roles == ("member",)
    assert server.body(0) == {
        "email": "u1@example.com",
        "external_id": "7",
        "first_name": "Ada",
        "last_name": "L",
        "password": "a-password",
    }
    assert server.body(1) == {"user_id": "user_01", "organization_id": ORG}


async def test_a_membership_that_fails_leaves_the_user_as_partial_result(
    org: OrganizationHandle, server: Server
) -> None:
    server.on("POST /user_management/users", (201, user(1)))
    server.on(f"POST {MEMBERSHIPS}", (404, {"message": "Organization not found."}))
    with pytest.raises(NotFoundError) as caught:
        await org.users.create(email="u1@example.com")
    assert getattr(caught.value.partial_result, "id", None) == "user_01"


async def test_update_changes_the_user_of_a_member(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1, "teacher")))
    server.on("PUT /user_management/users/user_01", user(1, first_name="Ida", external_id=None, locale="fr"))
    changed = await org.users.update("user_01", given_name="Ida", external_id=None, locale="fr")
    assert server.body() == {"external_id": None, "first_name": "Ida", "locale": "fr"}
    assert (changed.given_name, changed.roles, changed.locale) == ("Ida", ("teacher",), "fr")


async def test_an_address_that_a_server_ignores_is_reported(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1)))
    server.on("PUT /user_management/users/user_01", user(1))
    with pytest.raises(UnsupportedError, match="an update of the email at this server") as caught:
        await org.users.update("user_01", email="ada@example.com")
    assert getattr(caught.value.partial_result, "email", None) == "u1@example.com"


async def test_names_and_addresses_cannot_be_cleared(org: OrganizationHandle, server: Server) -> None:
    for name in ("email", "given_name", "family_name"):
        with pytest.raises(UnsupportedError, match=f"an empty {name}"):
            await org.users.update("user_01", **cast("UserFields[str | None]", {name: None}))
    with pytest.raises(InvalidArgumentError, match="A user of WorkOS needs an e-mail address"):
        org.provider.users(ORG).check_create(UserDraft(external_id="7"))
    assert server.calls == []


async def test_organizations_of_a_user_include_inactive_memberships(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(
        f"GET {MEMBERSHIPS}",
        listed(
            membership(1, organization_name="Band"),
            membership(2, status="inactive", user_id="user_01", organization_id="org_02"),
            membership(3, status="pending", user_id="user_01", organization_id="org_03"),
            membership(4, user_id="user_01"),  # an emulator may have two memberships of one organization
        ),
    )
    found = await client.accounts.list_organizations("user_01")
    assert [(one.id, one.name) for one in found] == [(ORG, "Band"), ("org_02", None)]
    assert (server.query()["user_id"], server.query()["statuses"]) == ("user_01", "active,inactive")


async def test_organizations_of_an_unknown_user_are_not_found(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"GET {MEMBERSHIPS}", listed())
    server.on("GET /user_management/users/user_09", (404, {"message": "Not found", "code": "not_found"}))
    with pytest.raises(NotFoundError):
        await client.accounts.list_organizations("user_09")
