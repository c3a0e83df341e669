"""Members as memberships, by a small provider: creation, adding several at once, roles, suspension, lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orgsdk.domain import UserChanges, UserDraft, UserQuery
from orgsdk.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    UnsupportedError,
)
from orgsdk.pagination import Paginator
from tests.providers.http.guild import Guild, GuildServer, GuildUsers

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]

SEATS = "/guilds/g1/seats"


@pytest.fixture
def server() -> GuildServer:
    return GuildServer()


@pytest.fixture
def users(server: GuildServer) -> GuildUsers:
    return Guild(server).users("g1")


def test_the_page_shows_parts_of_this_provider() -> None:
    page = (ROOT / "docs" / "writing_a_provider.md").read_text("utf-8")
    note = "<!-- tested: tests/providers/http/test_memberships.py -->"
    shown = re.findall(rf"^{re.escape(note)}\n```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    program = (ROOT / "tests" / "providers" / "http" / "guild.py").read_text("utf-8")
    lines = {line.strip() for line in program.splitlines()}
    assert len(shown) == 2
    assert [line for part in shown for line in part.splitlines() if line.strip() not in lines] == []


async def test_a_new_member_is_a_person_and_a_seat(users: GuildUsers, server: GuildServer) -> None:
    member = await users.create(UserDraft(email="ada@example.com", name="Ada", roles=("r1", "cook")))
    assert (member.email, member.name, member.roles) == ("ada@example.com", "Ada", ("smith", "cook"))
    assert server.received[:2] == ["POST /people", f"POST {SEATS}"]


async def test_a_seat_that_fails_leaves_the_person_as_partial_result(users: GuildUsers, server: GuildServer) -> None:
    server.refuse = {f"POST {SEATS}": (403, "full")}
    with pytest.raises(PermissionDeniedError) as caught:
        await users.create(UserDraft(email="ada@example.com"))
    assert getattr(caught.value.partial_result, "id", None) == "p1"


async def test_a_lost_seat_is_adopted_with_its_roles(users: GuildUsers, server: GuildServer) -> None:
    server.lose = f"POST {SEATS}"
    member = await users.create(UserDraft(email="ada@example.com", roles=("smith",)))
    assert (member.adopted, member.roles) == (True, ("smith",))
    assert len(server.seats) == 1


async def test_a_seat_with_other_roles_is_not_adopted(users: GuildUsers, server: GuildServer) -> None:
    server.seat(server.person(1))
    server.refuse = {f"POST {SEATS}": (503, "busy")}
    with pytest.raises(OutcomeUnknownError):
        await users.add(["p1"], ["smith"])


async def test_many_are_added_at_once_and_not_too_many(users: GuildUsers, server: GuildServer) -> None:
    ids = [server.person(number) for number in range(1, 41)]
    await users.add([*ids, "p1"], ["cook"])
    assert sorted(server.seats) == sorted(ids)
    assert server.received.count(f"POST {SEATS}") == 40
    assert 4 < server.most_in_flight <= 16


async def test_an_unknown_person_adds_nobody_but_changes_members(users: GuildUsers, server: GuildServer) -> None:
    server.seat(server.person(1))
    server.person(2)
    with pytest.raises(NotFoundError, match="no such person") as caught:
        await users.add(["p1", "p2", "p9"], ["cook"])
    assert {person: seat["roles"] for person, seat in server.seats.items()} == {"p1": ["cook"]}
    assert caught.value.partial_result == ("p1",)


async def test_a_suspended_member_who_is_added_gets_the_roles_and_becomes_active(
    users: GuildUsers, server: GuildServer
) -> None:
    server.seat(server.person(1), "smith", suspended=True)
    server.seat(server.person(2), "cook", suspended=True)
    await users.add(["p1", "p2"], ["cook"])
    assert {person: (seat["roles"], seat["suspended"]) for person, seat in server.seats.items()} == {
        "p1": (["cook"], False),
        "p2": (["cook"], False),
    }


async def test_another_error_has_the_members_so_far(users: GuildUsers, server: GuildServer) -> None:
    ids = [server.person(number) for number in range(1, 31)]
    server.refuse = {'"person": "p2"': (403, "barred")}
    with pytest.raises(PermissionDeniedError) as caught:
        await users.add(ids, [])
    joined = tuple(user_id for user_id in ids if user_id in server.seats)
    assert caught.value.partial_result == joined
    assert "p2" not in joined
    assert len(server.seats) < 30  # the others were not started


async def test_an_unknown_outcome_is_raised_before_other_errors(users: GuildUsers, server: GuildServer) -> None:
    server.person(1)
    server.refuse = {'"person": "p1"': (503, "busy")}
    with pytest.raises(OutcomeUnknownError):
        await users.add(["p9", "p1"], [])


async def test_ids_are_checked_before_the_first_request(users: GuildUsers, server: GuildServer) -> None:
    for call in (users.add(["p1", "../x"], []), users.set_roles("../x", ["no role"]), users.get("../x")):
        with pytest.raises(InvalidArgumentError):
            await call
    assert (server.received, server.role_reads) == ([], 0)


async def test_a_member_can_have_several_roles_and_none(users: GuildUsers, server: GuildServer) -> None:
    server.seat(server.person(1), "smith")

    def roles() -> list[str]:
        return list(server.seats["p1"]["roles"])

    await users.add_roles("p1", ["r2"])
    assert roles() == ["smith", "tailor"]
    await users.remove_roles("p1", ["smith", "cook"])
    assert roles() == ["tailor"]
    await users.set_roles("p1", [])
    assert roles() == []
    writes = len([call for call in server.received if call.startswith("PUT")])
    await users.remove_roles("p1", ["smith"])
    await users.set_roles("p1", [])
    assert len([call for call in server.received if call.startswith("PUT")]) == writes == 3
    await users.set_roles("p1", ["cook", "r1"])
    assert [role.id for role in await users.list_roles("p1")] == ["r3", "r1"]


async def test_where_a_member_has_one_role_other_numbers_are_refused(server: GuildServer) -> None:
    users = Guild(server, one_role_advice="One role each.").users("g1")
    server.seat(server.person(1), "smith")
    for call in (
        users.set_roles("p1", []),
        users.set_roles("p1", ["smith", "cook"]),
        users.add_roles("p1", ["cook"]),
        users.remove_roles("p1", ["smith"]),
        users.add(["p1"], ["smith", "cook"]),
    ):
        with pytest.raises(UnsupportedError, match=r"One role each\."):
            await call
    await users.add_roles("p1", ["smith"])
    await users.remove_roles("p1", ["cook"])
    assert server.seats["p1"]["roles"] == ["smith"]
    await users.set_roles("p1", ["cook"])
    assert server.seats["p1"]["roles"] == ["cook"]


async def test_roles_are_read_once_and_again_for_an_unknown_one(users: GuildUsers, server: GuildServer) -> None:
    server.seat(server.person(1), "smith")
    for role in ("cook", "r2", "tailor"):
        await users.set_roles("p1", [role])
    assert server.role_reads == 1
    with pytest.raises(NotFoundError, match=r"unknown role 'tailr'. Did you mean 'tailor'"):
        await users.set_roles("p1", ["tailr"])
    assert server.role_reads == 2


async def test_a_role_that_was_deleted_meanwhile_is_unknown(users: GuildUsers, server: GuildServer) -> None:
    server.person(1)
    await users.add([], ["cook"])
    server.roles.pop()
    with pytest.raises(NotFoundError, match=r"unknown role 'cook'. Roles here: smith, tailor"):
        await users.add(["p1"], ["cook"])


async def test_a_suspension_is_of_the_seat_and_written_once(users: GuildUsers, server: GuildServer) -> None:
    server.seat(server.person(1))
    for suspended in (True, True, False):
        member = await users.suspend("p1", suspended=suspended)
        assert (member.is_suspended, member.email) == (suspended, "p1@example.com")
    assert len([call for call in server.received if call.startswith("PUT")]) == 2


async def test_a_list_reads_the_people_of_its_seats_once(users: GuildUsers, server: GuildServer) -> None:
    for number in range(1, 8):
        server.seat(server.person(number), "cook" if number % 2 else "smith")
    server.person(8)
    server.seats["gone"] = {"seat": "sgone", "person": "gone", "roles": ["cook"], "suspended": False}
    found = await Paginator(users.list(UserQuery())).collect()
    assert [each.email for each in found] == [f"p{number}@example.com" for number in range(1, 8)]
    assert server.received.count(f"GET {SEATS}") == 3
    assert server.received.count("GET /people") == 3
    cooks = await Paginator(users.list(UserQuery(role="r3"))).collect()
    assert [each.id for each in cooks] == ["p1", "p3", "p5", "p7"]


async def test_an_empty_list_of_an_unknown_organization_is_an_error(server: GuildServer) -> None:
    assert await Paginator(Guild(server).users("g1").list(UserQuery())).collect() == []
    with pytest.raises(NotFoundError):
        await Paginator(Guild(server).users("g9").list(UserQuery())).collect()


async def test_a_pending_seat_is_no_member(users: GuildUsers, server: GuildServer) -> None:
    server.seat(server.person(1), suspended=None)
    assert await Paginator(users.list(UserQuery())).collect() == []
    with pytest.raises(NotFoundError, match="organization g1 has no member p1"):
        await users.get("p1")


async def test_a_member_is_found_updated_and_removed(users: GuildUsers, server: GuildServer) -> None:
    server.seat(server.person(1), "cook")
    found = await users.find(email="p1@example.com", username=None)
    assert found is not None
    assert (found.id, found.roles) == ("p1", ("cook",))
    assert await users.find(email="p2@example.com", username=None) is None
    changed = await users.update("p1", UserChanges(name="Ada"))
    assert (changed.name, changed.roles) == ("Ada", ("cook",))
    await users.remove("p1", "keep")
    assert (list(server.seats), list(server.people)) == ([], ["p1"])
    server.seat("p1")
    await users.remove("p1", "delete")
    assert list(server.people) == []


async def test_a_taken_address_is_a_conflict_before_a_seat(users: GuildUsers, server: GuildServer) -> None:
    server.person(1)
    with pytest.raises(ConflictError, match="The address is taken"):
        await users.create(UserDraft(email="p1@example.com"))
    assert server.seats == {}
