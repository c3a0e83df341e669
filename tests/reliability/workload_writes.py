"""The writes of the reference workload to members, accounts and invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgsdk.domain import Capability as Can
from tests.reliability.scenario import Scenario, Step
from tests.reliability.servers import NAMES, SEED_USERS
from tests.reliability.workload_reads import GUESTS, MISSING_IDS, invite

if TYPE_CHECKING:
    from collections.abc import Callable

_NEW = "zoe_new"
_NEW_EMAIL = "zoe.new@example.com"
_OUTSIDER = "outsider@example.com"
_BOB, _DAN = 1, 3


def _created(scenario: Scenario, *, member: bool = True) -> int:
    wanted = frozenset({"teacher"}) if member else frozenset()
    return sum(
        one.given_name == "Zoe" and (not member or (one.is_member and wanted <= one.roles))
        for one in scenario.users(_NEW_EMAIL)
    )


def _made(scenario: Scenario, found: Any) -> str | None:
    ids = [one.id for one in scenario.users(_NEW_EMAIL)]
    return None if ids == [found.id] else f"{found.id} instead of {ids}"


def _holds(number: int, *roles: str) -> Callable[[Scenario], int]:
    def copies(scenario: Scenario) -> int:
        known = scenario.user(scenario.servers.user_id(number))
        return int(known is not None and known.is_member and known.roles == frozenset(roles))

    return copies


def _gone(number: int, *, kept: bool) -> Callable[[Scenario], int]:
    def copies(scenario: Scenario) -> int:
        user_id = scenario.notes["user_id"]
        if scenario.servers.name == "flat":
            stored = scenario.servers.flat.individuals if kept else scenario.servers.flat.deleted
            return int(user_id in stored)
        known = scenario.user(user_id)
        return int(known is not None and not known.is_member) if kept else int(known is None)

    return copies


async def _note_user(scenario: Scenario) -> None:
    scenario.notes["user_id"] = scenario.servers.user_id(_DAN)


async def _account(scenario: Scenario) -> None:
    names = scenario.if_supported(Can.USERS_USERNAME, username="out_sider")
    made = await scenario.direct_client.accounts.create(email=_OUTSIDER, **names)
    scenario.notes["account"] = made.id


async def _two_roles(scenario: Scenario) -> None:
    await scenario.direct_org.users.set_roles(scenario.servers.user_id(_BOB), ["teacher", "student"])


async def _guest_account(scenario: Scenario) -> None:
    await invite(scenario)
    names = scenario.if_supported(Can.USERS_USERNAME, username="guest_one")
    made = await scenario.direct_client.accounts.create(email=GUESTS[0], **names)
    scenario.notes["guest"] = made.id


def _invited(scenario: Scenario) -> int:
    found = scenario.invitations("kim@example.com")
    return sum(status == "pending" and roles == {"teacher"} for _, status, roles in found)


def _status(status: str) -> Callable[[Scenario], int]:
    def copies(scenario: Scenario) -> int:
        found = [one for one in scenario.invitations(GUESTS[0]) if one[0] == scenario.notes["invitations"][0]]
        # At Flat, revoking removes the invitation.
        gone = not found and (status == "removed" or scenario.servers.name == "flat")
        return int(gone or any(one[1] == status for one in found))

    return copies


async def _accept(scenario: Scenario) -> Any:
    (invitation, *_), guest = scenario.notes["invitations"], scenario.notes["guest"]
    return await scenario.org.invitations.accept(invitation, user_id=guest)


def _accepted(scenario: Scenario) -> int:
    known = scenario.user(scenario.notes["guest"])
    return _status("accepted")(scenario) if known is not None and known.is_member and "teacher" in known.roles else 0


def _messages(scenario: Scenario) -> int:
    invitation = scenario.notes["invitations"][0]
    if scenario.servers.name == "workos":
        return len([one for one in scenario.servers.workos.mails if one.to == GUESTS[0]]) - 1
    # The first message was sent with the invitation.
    return len([one for one in scenario.servers.logto.sent_messages if one.invitation_id == invitation]) - 1


def _suspended(number: int) -> Callable[[Scenario], int]:
    def copies(scenario: Scenario) -> int:
        known = scenario.user(scenario.servers.user_id(number))
        return int(known is not None and known.is_suspended)

    return copies


MEMBERS: tuple[Step, ...] = (
    Step(
        "users.create",
        (Can.USERS_CREATE,),
        lambda scenario: scenario.org.users.create(
            email=_NEW_EMAIL,
            given_name="Zoe",
            family_name="New",
            roles=["teacher"],
            **scenario.if_supported(Can.USERS_USERNAME, username=_NEW),
        ),
        _made,
        _created,
    ),
    Step(
        "users.create(username taken)",
        (Can.USERS_CREATE, Can.USERS_USERNAME),
        lambda scenario: scenario.org.users.create(username=SEED_USERS[1].username, email=_NEW_EMAIL, given_name="Zoe"),
        is_refused=True,
    ),
    Step(
        "users.update",
        (Can.USERS_UPDATE,),
        lambda scenario: scenario.org.users.update(scenario.servers.user_id(_DAN), given_name="Daniel"),
        lambda scenario, found: None if found.id == scenario.servers.user_id(_DAN) else found.id,
        lambda scenario: sum(one.given_name == "Daniel" for one in scenario.users(SEED_USERS[_DAN].email)),
    ),
    Step(
        "users.set_roles",
        (Can.USERS_SET_ROLES,),
        lambda scenario: scenario.org.users.set_roles(scenario.servers.user_id(_DAN), ["admin"]),
        copies=_holds(_DAN, "admin"),
    ),
    Step(
        "users.add_roles",
        (Can.USERS_ADD_ROLES, Can.USERS_SEVERAL_ROLES),
        lambda scenario: scenario.org.users.add_roles(scenario.servers.user_id(_BOB), ["student", "admin"]),
        copies=_holds(_BOB, "teacher", "student", "admin"),
    ),
    Step(
        "users.remove_roles",
        (Can.USERS_REMOVE_ROLES, Can.USERS_SEVERAL_ROLES),
        lambda scenario: scenario.org.users.remove_roles(scenario.servers.user_id(_BOB), ["student"]),
        copies=_holds(_BOB, "teacher"),
        before=_two_roles,
    ),
    Step(
        "users.add",
        (Can.USERS_ADD, Can.ACCOUNTS_CREATE),
        lambda scenario: scenario.org.users.add([scenario.notes["account"]], roles=["teacher"]),
        copies=lambda scenario: sum(one.is_member and "teacher" in one.roles for one in scenario.users(_OUTSIDER)),
        before=_account,
    ),
    Step(
        "users.remove(keep)",
        (Can.USERS_REMOVE,),
        lambda scenario: scenario.org.users.remove(scenario.notes["user_id"], account="keep"),
        copies=_gone(_DAN, kept=True),
        before=_note_user,
        only=NAMES,  # a SCIM service has no accounts that are no users
    ),
    Step(
        "users.remove(delete)",
        (Can.USERS_REMOVE,),
        lambda scenario: scenario.org.users.remove(scenario.notes["user_id"], account="delete"),
        copies=_gone(_DAN, kept=False),
        before=_note_user,
    ),
    Step(
        "users.remove(missing)",
        (Can.USERS_REMOVE,),
        lambda scenario: scenario.org.users.remove(MISSING_IDS[scenario.servers.name], account="delete"),
        is_refused=True,
    ),
    Step(
        "users.suspend",
        (Can.USERS_SUSPEND,),
        lambda scenario: scenario.org.users.suspend(scenario.servers.user_id(_DAN)),
        copies=_suspended(_DAN),
    ),
)

ACCOUNTS: tuple[Step, ...] = (
    Step(
        "accounts.create",
        (Can.ACCOUNTS_CREATE,),
        lambda scenario: scenario.client.accounts.create(
            email=_NEW_EMAIL, given_name="Zoe", **scenario.if_supported(Can.USERS_USERNAME, username=_NEW)
        ),
        _made,
        lambda scenario: _created(scenario, member=False),
    ),
    Step(
        "accounts.create(email alone)",
        (Can.ACCOUNTS_CREATE,),
        lambda scenario: scenario.client.accounts.create(email=_NEW_EMAIL),
        copies=lambda scenario: len(scenario.users(_NEW_EMAIL)),
    ),
    Step(
        "accounts.create(email taken)",
        (Can.ACCOUNTS_CREATE,),
        lambda scenario: scenario.client.accounts.create(email=SEED_USERS[1].email),
        is_refused=True,
    ),
    Step(
        "accounts.update",
        (Can.ACCOUNTS_UPDATE,),
        lambda scenario: scenario.client.accounts.update(scenario.servers.user_id(_DAN), given_name="Daniel"),
        copies=lambda scenario: sum(one.given_name == "Daniel" for one in scenario.users(SEED_USERS[_DAN].email)),
    ),
    Step(
        "accounts.suspend",
        (Can.ACCOUNTS_SUSPEND,),
        lambda scenario: scenario.client.accounts.suspend(scenario.servers.user_id(_DAN)),
        copies=_suspended(_DAN),
    ),
    Step(
        "accounts.remove",
        (Can.ACCOUNTS_REMOVE,),
        lambda scenario: scenario.client.accounts.remove(scenario.notes["user_id"], account="delete"),
        copies=_gone(_DAN, kept=False),
        before=_note_user,
    ),
)

INVITATIONS: tuple[Step, ...] = (
    Step(
        "invitations.create",
        (Can.INVITATIONS_CREATE,),
        lambda scenario: scenario.org.invitations.create("kim@example.com", roles=["teacher"]),
        lambda scenario, found: (
            None if [one[0] for one in scenario.invitations("kim@example.com")] == [found.id] else found.id
        ),
        _invited,
    ),
    Step(
        "invitations.create(pending already)",
        (Can.INVITATIONS_CREATE,),
        lambda scenario: scenario.org.invitations.create(GUESTS[0], roles=["student"]),
        is_refused=True,
        before=invite,
        only=("logto", "workos"),
    ),
    Step(
        "invitations.create(of a member)",
        (Can.INVITATIONS_CREATE,),
        lambda scenario: scenario.org.invitations.create(SEED_USERS[_DAN].email or "", roles=["teacher"]),
        copies=_holds(_DAN, "teacher"),
        only=("flat",),
    ),
    Step(
        "invitations.create(of a member, refused)",
        (Can.INVITATIONS_CREATE,),
        lambda scenario: scenario.org.invitations.create(SEED_USERS[_DAN].email or "", roles=["teacher"]),
        is_refused=True,
        only=("workos",),
    ),
    Step(
        "invitations.resend",
        (Can.INVITATIONS_RESEND, Can.INVITATIONS_CREATE),
        lambda scenario: scenario.org.invitations.resend(scenario.notes["invitations"][0]),
        copies=_messages,
        before=invite,
    ),
    Step(
        "invitations.revoke",
        (Can.INVITATIONS_REVOKE, Can.INVITATIONS_CREATE),
        lambda scenario: scenario.org.invitations.revoke(scenario.notes["invitations"][0]),
        copies=_status("revoked"),
        before=invite,
    ),
    Step(
        "invitations.remove",
        (Can.INVITATIONS_REMOVE, Can.INVITATIONS_CREATE),
        lambda scenario: scenario.org.invitations.remove(scenario.notes["invitations"][0]),
        copies=_status("removed"),
        before=invite,
    ),
    Step(
        "invitations.accept",
        (Can.INVITATIONS_ACCEPT, Can.INVITATIONS_CREATE, Can.ACCOUNTS_CREATE),
        lambda scenario: scenario.org.invitations.accept(
            scenario.notes["invitations"][0], user_id=scenario.notes["guest"]
        ),
        copies=_accepted,
        before=_guest_account,
    ),
)
