"""The kit itself: what it makes, skips and says, where a provider can do little, or goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import anyio
import pytest
from pydantic import SecretStr

import orgsdk.testing.conformance as kit
from orgsdk import Capability, ConfigurationError, NotFoundError, OrgClient, UnsupportedError
from orgsdk.errors import BadRequestError
from orgsdk.providers import Memory
from orgsdk.testing.conformance import CHECKS, Check, CheckContext, ConformanceError, run_checks
from orgsdk.testing.conformance.check import NotApplicableError, expect_error, register
from orgsdk.testing.conformance.checks.secrets import find_secrets
from orgsdk.testing.conformance.context import unknown_id_like
from tests.reliability.event_loops import run_virtually

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.domain import User, UserDraft, UserQuery
    from orgsdk.pagination import Listing, Slice
    from orgsdk.providers.memory.invitations import MemoryInvitations
    from orgsdk.providers.memory.organizations import MemoryOrganizations
    from orgsdk.providers.memory.roles import MemoryRoles
    from orgsdk.providers.memory.users import MemoryUsers
    from orgsdk.testing.conformance import ConformanceReport

READING = frozenset({Capability.DEFAULT_ORGANIZATION, Capability.USERS_LIST, Capability.USERS_GET})


class Reading(Memory):
    """What a read-only directory is: nothing but a list and a look."""

    name: ClassVar[str] = "reading"
    capabilities: ClassVar[frozenset[Capability]] = READING
    advice: ClassVar[Mapping[Capability, str]] = {Capability.USERS_CREATE: "Ask the directory's owner."}
    environment: ClassVar[tuple[str, ...]] = ("READING_PASSWORD",)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Reading:
        if not environ.get("READING_PASSWORD"):
            raise ConfigurationError("READING_PASSWORD is not set.")
        return cls()

    @property
    def organizations(self) -> MemoryOrganizations:
        raise UnsupportedError(self.name, "organizations")

    @property
    def roles(self) -> MemoryRoles:
        raise UnsupportedError(self.name, "roles")

    def invitations(self, organization_id: str | None) -> MemoryInvitations:
        raise UnsupportedError(self.name, "invitations")


def report_of(
    client: OrgClient, only: str = "", *, max_users: int = 10, known_secrets: tuple[str, ...] = ()
) -> ConformanceReport:
    async def run() -> ConformanceReport:
        checks = [check for check in CHECKS if only in check.name]
        return await run_checks(CheckContext(client, max_users=max_users, known_secrets=known_secrets), checks)

    report: ConformanceReport = run_virtually(run, "asyncio")
    return report


def reason(report: ConformanceReport, name: str) -> tuple[str, str]:
    (result,) = [result for result in report.results if result.check.name == name]
    return result.outcome, result.reason


def test_a_provider_that_reads_alone_is_held_to_what_it_reads() -> None:
    report = report_of(OrgClient(Reading(users=8)))
    assert reason(report, "pagination.every_user_comes_once") == ("passed", "")
    assert reason(report, "contract.a_missing_setting_is_named") == ("passed", "")
    assert reason(report, "contract.its_advice_is_for_what_it_cannot_do") == ("passed", "")
    assert reason(report, "not_found.one_who_is_not_there_is_not_found[users]") == ("passed", "")
    assert reason(report, "capabilities.it_does_not_work[organizations.create]") == ("passed", "")
    assert reason(report, "users.one_is_kept_as_made[users]") == ("skipped", "not declared: users.create")
    # Its room of users is the memory provider's, which can do all that is not declared.
    assert {result.check.name.partition("[")[2][:5] for result in report.of("failed")} == {"users", "accou", "page."}


def test_members_who_are_too_few_and_cannot_be_made_are_the_reason() -> None:
    report = report_of(OrgClient(Reading(users=2)), "paging.")
    told = "it needs 6 members, there are 2, and none can be made"
    assert reason(report, "pagination.every_user_comes_once") == ("skipped", told)


class Refusing(Memory):
    """What refuses all that is not declared, as it should."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            *READING,
            *(Capability.USERS_CREATE, Capability.USERS_REMOVE, Capability.USERS_SET_ROLES, Capability.ROLES_LIST),
            *(Capability.INVITATIONS_LIST, Capability.INVITATIONS_CREATE, Capability.INVITATIONS_REMOVE),
        }
    )

    def users(self, organization_id: str | None) -> MemoryUsers:
        from orgsdk.providers.memory.users import MemoryUsers

        class OneRole(MemoryUsers):
            async def set_roles(self, user_id: str, roles: object) -> None:
                assert isinstance(roles, (list, tuple))
                if len(roles) != 1:
                    raise UnsupportedError("memory", "several roles")
                await super().set_roles(user_id, roles)

            async def create(self, draft: UserDraft) -> User:
                if draft.name or draft.phone or draft.external_id:
                    raise UnsupportedError("memory", "users.create with such a field")
                return await super().create(draft)

        return OneRole(self._connection, organization_id)


def test_what_is_not_declared_and_does_not_work_passes() -> None:
    report = report_of(OrgClient(Refusing(users=3)), "capabilities.")
    for capability in (Capability.USERS_NAME, Capability.USERS_PHONE, Capability.USERS_EXTERNAL_ID):
        assert reason(report, f"capabilities.it_does_not_work[{capability}]") == ("passed", "")
    assert reason(report, "capabilities.it_does_not_work[several roles for one user]") == ("passed", "")
    assert reason(report, "capabilities.it_does_not_work[users.create]") == ("skipped", "it is declared")


def test_what_is_not_declared_and_works_fails() -> None:
    report = report_of(OrgClient(Refusing(users=3)), "capabilities.")
    for capability in (
        Capability.INVITATIONS_EXPIRY,
        Capability.INVITATIONS_INVITER,
        Capability.USERS_ROLE,
        Capability.ROLES_QUERY,
        Capability.TOTAL,
    ):
        outcome, told = reason(report, f"capabilities.it_does_not_work[{capability}]")
        assert (outcome, "not declared, and yet" in told) == ("failed", True), capability
    assert reason(report, "capabilities.it_does_not_work[invitations.create(send=False)]") == (
        "skipped",
        "whether it works cannot be seen from here",
    )
    own = report_of(
        OrgClient(Without(), organization="organization_4"), "capabilities.it_does_not_work[organization()]"
    )
    assert own.results[0].reason == "organization() is not declared, and yet the provider takes no id for one"


class Without(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {
        Capability.DEFAULT_ORGANIZATION,
        Capability.ROLES_CREATE,
        Capability.USERS_REMOVE,
        Capability.ORGANIZATIONS_REMOVE,
        Capability.INVITATIONS_REMOVE,
        Capability.ORGANIZATIONS_QUERY,
        Capability.USERS_SEVERAL_ROLES,
    }


def test_things_that_cannot_be_removed_stay_and_no_check_minds() -> None:
    client = OrgClient(Without(), organization="organization_4")
    failed = {result.check.name for result in report_of(client).of("failed")}
    missing = frozenset(Capability) - Without.capabilities
    assert failed == {f"capabilities.it_does_not_work[{capability}]" for capability in missing}


def test_the_user_whom_the_credentials_belong_to_is_looked_up() -> None:
    client = OrgClient.memory(users=2)
    client.provider.act_as("user_5")
    assert reason(report_of(client, "own_user"), "contract.its_own_user_is_there") == ("passed", "")


class Plain(Memory):
    """What has no roles, no passwords and no way back."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            *(*READING, Capability.USERS_CREATE, Capability.USERS_ROLE, Capability.ROLES_LIST, Capability.ROLES_GET),
            *(Capability.USERS_SET_ROLES, Capability.ORGANIZATIONS_GET, Capability.USERS_FIND),
        }
    )

    def users(self, organization_id: str | None) -> MemoryUsers:
        from dataclasses import replace

        from orgsdk.providers.memory.users import MemoryUsers

        class ForwardAlone(MemoryUsers):
            def list(self, query: UserQuery) -> Listing[User]:
                listing = super().list(query)

                async def fetch(position: str | None, page_size: int) -> Slice[User]:
                    return replace(await listing.fetch(position, page_size), previous=None)

                return replace(listing, fetch=fetch)

            async def create(self, draft: UserDraft) -> User:
                if draft.password is not None:
                    raise UnsupportedError("memory", "users.create(password=)")
                return await super().create(draft)

        return ForwardAlone(self._connection, organization_id)


def test_what_cannot_be_had_is_the_reason() -> None:
    client = OrgClient(Plain())

    async def empty() -> None:
        for role in await OrgClient(client.provider).roles.list().collect():
            await client.provider.roles.remove(role.id)

    run_virtually(empty, "asyncio")
    report = report_of(client)
    for name, told in {
        "pagination.a_previous_cursor_leads_back": "it offers no way back",
        "pagination.a_cursor_of_another_role_is_refused": "it needs 1 roles, there are 0, and none can be made",
        "roles.a_role_is_read_by_id_and_by_name": "it has no roles",
        "secrets.a_password_is_told_nowhere": "it takes no password",
        "secrets.no_repr_shows_a_secret": "it has no secret that could be found",
        "contract.its_own_user_is_there": "its credentials are no person's",
        "capabilities.it_does_not_work[organizations.list(query=)]": "no organization can be made",
        "capabilities.it_does_not_work[invitations.create(inviter_id=)]": "nobody can be invited",
        "retries.a_list_goes_on_or_says_so": "no answer can be lost here: give the fixture lose_answer",
    }.items():
        assert reason(report, name) == ("skipped", told)


@pytest.mark.parametrize(("hidden", "conforms"), [(1, True), (99, False)])
def test_a_creation_that_arrives_after_it_was_cut_off_is_no_fault(hidden: int, conforms: bool) -> None:
    from orgsdk.providers.memory.users import MemoryUsers

    looks: dict[str | None, int] = {}

    class Late(MemoryUsers):
        async def find(self, *, email: str | None, username: str | None) -> User | None:
            looks[username] = looks.get(username, 0) + 1
            return await super().find(email=email, username=username) if looks[username] > hidden else None

    class Arriving(Memory):
        capabilities: ClassVar[frozenset[Capability]] = Plain.capabilities

        def users(self, organization_id: str | None) -> MemoryUsers:
            return Late(self._connection, organization_id)

    report = report_of(OrgClient(Arriving()), "concurrency.a_write")
    assert report.conforms is conforms
    assert conforms or report.results[0].reason == "the username is taken, and nobody has it"


def test_a_client_without_an_organization_is_refused() -> None:
    with pytest.raises(ConformanceError, match="leads to no organization"):
        CheckContext(OrgClient(Without()), max_users=1)


def test_a_check_that_does_not_end_fails_and_the_next_is_run() -> None:
    async def sleeps(stage: CheckContext) -> None:
        await anyio.sleep_forever()

    async def breaks(stage: CheckContext) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(stage.client.accounts.get, "nobody")

    async def run() -> ConformanceReport:
        checks = [Check("a.sleeps", "It sleeps.", sleeps), Check("a.breaks", "It breaks.", breaks)]
        return await run_checks(CheckContext(OrgClient.memory(), max_users=1), checks)

    report: ConformanceReport = run_virtually(run, "trio")
    assert [result.outcome for result in report.results] == ["failed", "failed"]
    assert report.results[0].reason == "a.sleeps did not end within 120 s"
    assert report.results[1].reason.startswith("it raised NotFoundError: memory accounts.get")


def test_what_is_left_behind_is_counted() -> None:
    async def run() -> int:
        client = OrgClient.memory()
        stage = CheckContext(client, max_users=2)
        await stage.user()
        await stage.user()
        client.provider.fail("accounts.remove", BadRequestError("no", provider="memory", operation="x"))
        await stage.clear()
        return stage.not_removed

    assert run_virtually(run, "asyncio") == 1


def test_no_more_users_are_made_than_are_allowed() -> None:
    async def run() -> None:
        stage = CheckContext(OrgClient.memory(), max_users=1)
        await stage.user()
        with pytest.raises(NotApplicableError, match="more than 1 users"):
            await stage.user()
        await stage.clear()
        await stage.user()

    run_virtually(run, "asyncio")


def test_what_should_be_refused_and_is_not_is_told() -> None:
    async def run() -> None:
        users = OrgClient.memory(users=1).organization().users
        with pytest.raises(ConformanceError, match="a look has to end in NotFoundError, and went through"):
            await expect_error(users.count(), NotFoundError, what="a look")
        with pytest.raises(ConformanceError, match="has to end in BadRequestError, and ended in NotFoundError: memory"):
            await expect_error(users.get("nobody"), BadRequestError, what="a look")

    run_virtually(run, "asyncio")


def test_two_checks_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"two checks called paging\.every_user_comes_once"):
        register(next(check for check in CHECKS if check.name == "pagination.every_user_comes_once"))


@pytest.mark.parametrize("known", ["7", "42", "0a1b2c", "user_17", "zzz", "a"])
def test_an_unknown_id_is_of_the_same_letters_and_another(known: str) -> None:
    assert unknown_id_like(known) != known
    assert unknown_id_like(known).isdigit() == known.isdigit()


def test_secrets_are_found_wherever_they_are_held() -> None:
    class Slotted:
        __slots__ = ("_secret", "unset")

        def __init__(self) -> None:
            self._secret = SecretStr("in-a-slot")

    class Holder:
        __slots__ = "api_key"

        def __init__(self) -> None:
            self.api_key = "in-one-slot"

    class Provider:
        def __init__(self) -> None:
            self.token = "by-its-name"
            self.base_url = "https://not.a/secret"
            self.password = "short"
            self.parts = [{"client_secret": "in-a-dict"}, (SecretStr("in-a-tuple"),), Slotted(), Holder()]
            self.again = self
            self.kind = Slotted

    assert find_secrets(Provider()) == ["by-its-name", "in-a-dict", "in-a-slot", "in-a-tuple", "in-one-slot"]


def test_a_secret_that_the_author_names_is_looked_for() -> None:
    report = report_of(OrgClient.memory(), "no_repr_shows_a_secret", known_secrets=("Memory(organizations",))
    assert report.results[0].reason == "the provider's repr shows a secret"
    assert report_of(OrgClient.memory(), "no_repr_shows", known_secrets=("tok-4711",)).conforms


def test_a_name_that_the_kit_does_not_have_is_no_attribute() -> None:
    assert not hasattr(kit, "Everything")
    assert {name for name in vars(kit)["__all__"] if hasattr(kit, name)} == set(vars(kit)["__all__"])
