"""An unknown role is the same error at every provider, with a suggestion and the roles to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import Capability, NotFoundError, OrgClient
from orgsdk.providers.base import unknown_name_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Connected

CALLS: dict[str, tuple[Capability, Callable[[Any, str], Awaitable[object]]]] = {
    "set": (Capability.USERS_SET_ROLES, lambda org, user: org.users.set_roles(user, ["Teacherr"])),
    "add": (Capability.USERS_ADD_ROLES, lambda org, user: org.users.add_roles(user, ["Teacherr"])),
    "remove": (Capability.USERS_REMOVE_ROLES, lambda org, user: org.users.remove_roles(user, ["Teacherr"])),
    "create": (Capability.USERS_CREATE, lambda org, _: org.users.create(username="newcomer", roles=["Teacherr"])),
    "invite": (
        Capability.INVITATIONS_CREATE,
        lambda org, _: org.invitations.create("new@example.com", roles=["Teacherr"]),
    ),
    "get": (Capability.ROLES_GET, lambda org, _: org.roles.get("Teacherr")),
}
MESSAGE = r"unknown role 'Teacherr'\. Did you mean 'teacher'\? Roles here: .*teacher"


@pytest.mark.anyio
@pytest.mark.parametrize("call", CALLS)
async def test_of_flat_and_logto(either: Connected, call: str) -> None:
    capability, make = CALLS[call]
    if capability not in either.client.capabilities:
        pytest.skip("not offered")
    user = await either.org.users.list().first()
    assert user is not None
    with pytest.raises(NotFoundError, match=MESSAGE) as caught:
        await make(either.org, user.id)
    assert caught.value.provider == either.name


@pytest.mark.anyio
@pytest.mark.parametrize("call", CALLS)
async def test_in_memory(call: str) -> None:
    org = OrgClient.memory(users=1).organization()
    user = await org.users.list().first()
    assert user is not None
    with pytest.raises(NotFoundError, match=MESSAGE):
        await CALLS[call][1](org, user.id)


@pytest.mark.parametrize("name", ["ada.lovelace@example.com", "\uff20", "x" * 1_000])
def test_an_argument_that_is_no_name_is_not_repeated(name: str) -> None:
    # `set_roles(user_id, [email])` mixes arguments up, and an app may pass on what a browser sent.
    error = unknown_name_error(name, ["admin"], provider="acme", operation="users.set_roles")
    assert name not in str(error)
    assert str(error).endswith("Roles here: admin.")
    assert len(str(error)) < 200


def test_the_error_for_authors_of_providers() -> None:
    def text(name: str, known: list[str], noun: str = "role") -> str:
        error = unknown_name_error(name, known, provider="acme", operation="users.set_roles", noun=noun)
        assert (error.provider, error.operation, type(error)) == ("acme", "users.set_roles", NotFoundError)
        return error.message

    assert text("ADMIN", ["admin", "user"]) == "unknown role 'ADMIN'. Did you mean 'admin'? Roles here: admin, user."
    assert text("x", ["admin"]) == "unknown role 'x'. Roles here: admin."
    assert text("x", []) == "unknown role 'x'. There are no roles."
    assert text("x", [f"r{number}" for number in range(12)]).endswith("r8, r9, ….")
    assert text("reed", ["read"], "scope") == "unknown scope 'reed'. Did you mean 'read'? Scopes here: read."
