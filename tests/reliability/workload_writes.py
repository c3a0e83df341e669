"""The reference workload, writing: members, accounts and invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgsdk.domain import Capability as Can
from tests.reliability.scenario import Scenario, Step
from tests.reliability.servers import SEED_USERS
from tests.reliability.workload_reads import GUESTS, invite

if TYPE_CHECKING:
    from collections.abc import Callable

_NEW = "zoe_new"
_NEW_EMAIL = "zoe.new@example.com"
_BOB, _DAN = 1, 3


def _created(scene: Scenario, *, member: bool = True) -> int:
    wanted = frozenset({"teacher"}) if member else frozenset()
    return sum(
        one.email == _NEW_EMAIL and one.given_name == "Zoe" and (not member or (one.is_member and wanted <= one.roles))
        for one in scene.people(_NEW)
    )


def _made(scene: Scenario, found: Any) -> str | None:
    ids = [one.id for one in scene.people(_NEW)]
    return None if ids == [found.id] else f"{found.id} instead of {ids}"


def _holds(number: int, *roles: str) -> Callable[[Scenario], int]:
    def copies(scene: Scenario) -> int:
        known = scene.person(scene.world.user_id(number))
        return int(known is not None and known.is_member and known.roles == frozenset(roles))

    return copies


def _gone(number: int, *, kept: bool) -> Callable[[Scenario], int]:
    def copies(scene: Scenario) -> int:
        user_id = scene.notes["user_id"]
        if scene.world.name == "flat":
            place = scene.world.flat.individuals if kept else scene.world.flat.deleted
            return int(user_id in place)
        known = scene.person(user_id)
        return int(known is not None and not known.is_member) if kept else int(known is None)

    return copies


async def _note_user(scene: Scenario) -> None:
    scene.notes["user_id"] = scene.world.user_id(_DAN)


async def _account(scene: Scenario) -> None:
    made = await scene.hand.accounts.create(username="out_sider", email="outsider@example.com")
    scene.notes["account"] = made.id


async def _two_roles(scene: Scenario) -> None:
    await scene.safe_org.users.set_roles(scene.world.user_id(_BOB), ["teacher", "student"])


async def _guest_account(scene: Scenario) -> None:
    await invite(scene)
    made = await scene.hand.accounts.create(username="guest_one", email=GUESTS[0])
    scene.notes["guest"] = made.id


def _invited(scene: Scenario) -> int:
    found = scene.invitations("kim@example.com")
    return sum(status == "pending" and roles == {"teacher"} for _, status, roles in found)


def _status(status: str) -> Callable[[Scenario], int]:
    def copies(scene: Scenario) -> int:
        found = [one for one in scene.invitations(GUESTS[0]) if one[0] == scene.notes["invitations"][0]]
        # At Flat to revoke is to remove.
        gone = not found and (status == "removed" or scene.world.name == "flat")
        return int(gone or any(one[1] == status for one in found))

    return copies


def _accepted(scene: Scenario) -> int:
    known = scene.person(scene.notes["guest"])
    return _status("accepted")(scene) if known is not None and known.is_member and "teacher" in known.roles else 0


def _messages(scene: Scenario) -> int:
    invitation = scene.notes["invitations"][0]
    # One went out with the invitation.
    return len([one for one in scene.world.logto.sent_messages if one.invitation_id == invitation]) - 1


def _suspended(number: int) -> Callable[[Scenario], int]:
    def copies(scene: Scenario) -> int:
        known = scene.person(scene.world.user_id(number))
        return int(known is not None and known.is_suspended)

    return copies


MEMBERS: tuple[Step, ...] = (
    Step(
        "users.create",
        (Can.USERS_CREATE,),
        lambda scene: scene.org.users.create(
            username=_NEW, email=_NEW_EMAIL, given_name="Zoe", family_name="New", roles=["teacher"]
        ),
        _made,
        _created,
    ),
    Step(
        "users.create(username taken)",
        (Can.USERS_CREATE,),
        lambda scene: scene.org.users.create(username=SEED_USERS[1].username, email=_NEW_EMAIL, given_name="Zoe"),
        is_refused=True,
    ),
    Step(
        "users.update",
        (Can.USERS_UPDATE,),
        lambda scene: scene.org.users.update(scene.world.user_id(_DAN), given_name="Daniel"),
        lambda scene, found: None if found.id == scene.world.user_id(_DAN) else found.id,
        lambda scene: sum(one.given_name == "Daniel" for one in scene.people(SEED_USERS[_DAN].username)),
    ),
    Step(
        "users.set_roles",
        (Can.USERS_SET_ROLES,),
        lambda scene: scene.org.users.set_roles(scene.world.user_id(_DAN), ["admin"]),
        copies=_holds(_DAN, "admin"),
    ),
    Step(
        "users.add_roles",
        (Can.USERS_ADD_ROLES, Can.USERS_SEVERAL_ROLES),
        lambda scene: scene.org.users.add_roles(scene.world.user_id(_BOB), ["student", "admin"]),
        copies=_holds(_BOB, "teacher", "student", "admin"),
    ),
    Step(
        "users.remove_roles",
        (Can.USERS_REMOVE_ROLES, Can.USERS_SEVERAL_ROLES),
        lambda scene: scene.org.users.remove_roles(scene.world.user_id(_BOB), ["student"]),
        copies=_holds(_BOB, "teacher"),
        before=_two_roles,
    ),
    Step(
        "users.add",
        (Can.USERS_ADD, Can.ACCOUNTS_CREATE),
        lambda scene: scene.org.users.add([scene.notes["account"]], roles=["teacher"]),
        copies=lambda scene: sum(one.is_member and "teacher" in one.roles for one in scene.people("out_sider")),
        before=_account,
    ),
    Step(
        "users.remove(keep)",
        (Can.USERS_REMOVE,),
        lambda scene: scene.org.users.remove(scene.notes["user_id"], account="keep"),
        copies=_gone(_DAN, kept=True),
        before=_note_user,
    ),
    Step(
        "users.remove(delete)",
        (Can.USERS_REMOVE,),
        lambda scene: scene.org.users.remove(scene.notes["user_id"], account="delete"),
        copies=_gone(_DAN, kept=False),
        before=_note_user,
    ),
    Step(
        "users.remove(missing)",
        (Can.USERS_REMOVE,),
        lambda scene: scene.org.users.remove("f" * (24 if scene.world.name == "flat" else 12), account="delete"),
        is_refused=True,
    ),
    Step(
        "users.suspend",
        (Can.USERS_SUSPEND,),
        lambda scene: scene.org.users.suspend(scene.world.user_id(_DAN)),
        copies=_suspended(_DAN),
    ),
)

ACCOUNTS: tuple[Step, ...] = (
    Step(
        "accounts.create",
        (Can.ACCOUNTS_CREATE,),
        lambda scene: scene.client.accounts.create(username=_NEW, email=_NEW_EMAIL, given_name="Zoe"),
        _made,
        lambda scene: _created(scene, member=False),
    ),
    Step(
        "accounts.create(email alone)",
        (Can.ACCOUNTS_CREATE,),
        lambda scene: scene.client.accounts.create(email=_NEW_EMAIL),
        copies=lambda scene: sum(one.email == _NEW_EMAIL for one in scene.people()),
    ),
    Step(
        "accounts.create(email taken)",
        (Can.ACCOUNTS_CREATE,),
        lambda scene: scene.client.accounts.create(email=SEED_USERS[1].email),
        is_refused=True,
    ),
    Step(
        "accounts.update",
        (Can.ACCOUNTS_UPDATE,),
        lambda scene: scene.client.accounts.update(scene.world.user_id(_DAN), given_name="Daniel"),
        copies=lambda scene: sum(one.given_name == "Daniel" for one in scene.people(SEED_USERS[_DAN].username)),
    ),
    Step(
        "accounts.suspend",
        (Can.ACCOUNTS_SUSPEND,),
        lambda scene: scene.client.accounts.suspend(scene.world.user_id(_DAN)),
        copies=_suspended(_DAN),
    ),
    Step(
        "accounts.remove",
        (Can.ACCOUNTS_REMOVE,),
        lambda scene: scene.client.accounts.remove(scene.notes["user_id"], account="delete"),
        copies=_gone(_DAN, kept=False),
        before=_note_user,
    ),
)

INVITATIONS: tuple[Step, ...] = (
    Step(
        "invitations.create",
        (Can.INVITATIONS_CREATE,),
        lambda scene: scene.org.invitations.create("kim@example.com", roles=["teacher"]),
        lambda scene, found: (
            None if [one[0] for one in scene.invitations("kim@example.com")] == [found.id] else found.id
        ),
        _invited,
    ),
    Step(
        "invitations.create(pending already)",
        (Can.INVITATIONS_CREATE,),
        lambda scene: scene.org.invitations.create(GUESTS[0], roles=["student"]),
        is_refused=True,
        before=invite,
        only="logto",
    ),
    Step(
        "invitations.create(of a member)",
        (Can.INVITATIONS_CREATE,),
        lambda scene: scene.org.invitations.create(SEED_USERS[_DAN].email or "", roles=["teacher"]),
        copies=_holds(_DAN, "teacher"),
        only="flat",
    ),
    Step(
        "invitations.resend",
        (Can.INVITATIONS_RESEND, Can.INVITATIONS_CREATE),
        lambda scene: scene.org.invitations.resend(scene.notes["invitations"][0]),
        copies=_messages,
        before=invite,
    ),
    Step(
        "invitations.revoke",
        (Can.INVITATIONS_REVOKE, Can.INVITATIONS_CREATE),
        lambda scene: scene.org.invitations.revoke(scene.notes["invitations"][0]),
        copies=_status("revoked"),
        before=invite,
    ),
    Step(
        "invitations.remove",
        (Can.INVITATIONS_REMOVE, Can.INVITATIONS_CREATE),
        lambda scene: scene.org.invitations.remove(scene.notes["invitations"][0]),
        copies=_status("removed"),
        before=invite,
    ),
    Step(
        "invitations.accept",
        (Can.INVITATIONS_ACCEPT, Can.INVITATIONS_CREATE, Can.ACCOUNTS_CREATE),
        lambda scene: scene.org.invitations.accept(scene.notes["invitations"][0], user_id=scene.notes["guest"]),
        copies=_accepted,
        before=_guest_account,
    ),
)
