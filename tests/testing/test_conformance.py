"""The conformance kit: what it creates, skips and reports for limited and for faulty providers."""

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
from orgsdk.testing.conformance.assertions import NotApplicableError, expect_error
from orgsdk.testing.conformance.check import register
from orgsdk.testing.conformance.checks.secrets import find_secrets
from orgsdk.testing.conformance.operations import unknown_id_like
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

READ_ONLY = frozenset(
    {
        *(Capability.DEFAULT_ORGANIZATION, Capability.USERS_LIST, Capability.USERS_GET),
        *(Capability.USERS_USERNAME, Capability.USERS_NAMES, Capability.USERS_PASSWORD),
    }
)


class ReadOnly(Memory):
    """A read-only directory: list and get."""

    name: ClassVar[str] = "reading"
    capabilities: ClassVar[frozenset[Capability]] = READ_ONLY
    advice: ClassVar[Mapping[Capability, str]] = {Capability.USERS_CREATE: "Contact the directory's owner."}
    environment: ClassVar[tuple[str, ...]] = ("READING_PASSWORD",)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> ReadOnly:
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


def test_a_read_only_provider_runs_the_reading_checks() -> None:
    report = report_of(OrgClient(ReadOnly(users=8)))
    assert reason(report, "pagination.list_has_every_user_once") == ("passed", "")
    assert reason(report, "contract.missing_setting_is_named") == ("passed", "")
    assert reason(report, "contract.advice_is_for_unsupported_capabilities") == ("passed", "")
    assert reason(report, "not_found.get_of_unknown_user_raises[users]") == ("passed", "")
    assert reason(report, "capabilities.undeclared_does_not_work[organizations.create]") == ("passed", "")
    assert reason(report, "users.create_stores_the_values[users]") == ("skipped", "not declared: users.create")
    # Its user operations are the memory provider's, which support what is not declared here.
    assert {result.check.name.partition("[")[2][:5] for result in report.of("failed")} == {"users", "accou", "page."}


def test_too_few_members_are_the_reason_to_skip() -> None:
    report = report_of(OrgClient(ReadOnly(users=2)), "pagination.")
    expected = "it needs 6 members, 2 exist, and none can be created"
    assert reason(report, "pagination.list_has_every_user_once") == ("skipped", expected)


class Strict(Memory):
    """A provider that raises for everything that it does not declare."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            *READ_ONLY,
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


def test_an_undeclared_capability_that_does_not_work_passes() -> None:
    report = report_of(OrgClient(Strict(users=3)), "capabilities.")
    for capability in (Capability.USERS_NAME, Capability.USERS_PHONE, Capability.USERS_EXTERNAL_ID):
        assert reason(report, f"capabilities.undeclared_does_not_work[{capability}]") == ("passed", "")
    assert reason(report, "capabilities.undeclared_does_not_work[several roles for one user]") == ("passed", "")
    assert reason(report, "capabilities.undeclared_does_not_work[users.create]") == ("skipped", "it is declared")


def test_an_undeclared_capability_that_works_fails() -> None:
    report = report_of(OrgClient(Strict(users=3)), "capabilities.")
    for capability in (
        Capability.INVITATIONS_EXPIRY,
        Capability.INVITATIONS_INVITER,
        Capability.USERS_ROLE,
        Capability.ROLES_QUERY,
        Capability.TOTAL,
    ):
        outcome, message = reason(report, f"capabilities.undeclared_does_not_work[{capability}]")
        assert (outcome, "not declared, but" in message) == ("failed", True), capability
    assert reason(report, "capabilities.undeclared_does_not_work[invitations.create(send=False)]") == (
        "skipped",
        "its effect cannot be observed",
    )
    own = report_of(
        OrgClient(Limited(), organization="organization_4"), "capabilities.undeclared_does_not_work[organization()]"
    )
    assert own.results[0].reason == "organization() is not declared, but the provider accepts a missing organization id"


class Limited(Memory):
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {
        Capability.DEFAULT_ORGANIZATION,
        Capability.ROLES_CREATE,
        Capability.USERS_REMOVE,
        Capability.ORGANIZATIONS_REMOVE,
        Capability.INVITATIONS_REMOVE,
        Capability.ORGANIZATIONS_QUERY,
        Capability.USERS_SEVERAL_ROLES,
    }


def test_checks_pass_although_records_cannot_be_removed() -> None:
    client = OrgClient(Limited(), organization="organization_4")
    failed = {result.check.name for result in report_of(client).of("failed")}
    missing = frozenset(Capability) - Limited.capabilities
    assert failed == {f"capabilities.undeclared_does_not_work[{capability}]" for capability in missing}


def test_the_user_of_the_credentials_is_read() -> None:
    client = OrgClient.memory(users=2)
    client.provider.act_as("user_5")
    assert reason(report_of(client, "own_user"), "contract.own_user_exists") == ("passed", "")


class Minimal(Memory):
    """A provider without roles, passwords and previous cursors."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            *(
                *READ_ONLY - {Capability.USERS_PASSWORD},
                Capability.USERS_CREATE,
                Capability.USERS_ROLE,
                Capability.ROLES_LIST,
                Capability.ROLES_GET,
            ),
            *(Capability.USERS_SET_ROLES, Capability.ORGANIZATIONS_GET, Capability.USERS_FIND),
        }
    )

    def users(self, organization_id: str | None) -> MemoryUsers:
        from dataclasses import replace

        from orgsdk.providers.memory.users import MemoryUsers

        class ForwardOnly(MemoryUsers):
            def list(self, query: UserQuery) -> Listing[User]:
                listing = super().list(query)

                async def fetch(position: str | None, page_size: int) -> Slice[User]:
                    return replace(await listing.fetch(position, page_size), previous=None)

                return replace(listing, fetch=fetch)

            async def create(self, draft: UserDraft) -> User:
                if draft.password is not None:
                    raise UnsupportedError("memory", "users.create(password=)")
                return await super().create(draft)

        return ForwardOnly(self._connection, organization_id)


def test_missing_features_are_the_reason_to_skip() -> None:
    client = OrgClient(Minimal())

    async def empty() -> None:
        for role in await OrgClient(client.provider).roles.list().collect():
            await client.provider.roles.remove(role.id)

    run_virtually(empty, "asyncio")
    report = report_of(client)
    for name, expected in {
        "pagination.previous_cursor_goes_back": "its pages have no previous cursor",
        "pagination.cursor_of_another_role_is_refused": "it needs 1 roles, 0 exist, and none can be created",
        "roles.get_by_id_and_by_name": "it has no roles",
        "secrets.password_is_never_shown": "not declared: a user's password",
        "secrets.no_repr_shows_a_secret": "no secret was found in the provider",
        "contract.own_user_exists": "its credentials do not belong to a user",
        "capabilities.undeclared_does_not_work[organizations.list(query=)]": "organizations cannot be created",
        "capabilities.undeclared_does_not_work[invitations.create(inviter_id=)]": "invitations cannot be created",
        "retries.list_continues_or_raises": "responses cannot be lost: define the fixture lose_response",
    }.items():
        assert reason(report, name) == ("skipped", expected)


@pytest.mark.parametrize(("hidden", "conforms"), [(1, True), (99, False)])
def test_a_create_that_arrives_after_its_cancellation_is_accepted(hidden: int, conforms: bool) -> None:
    from orgsdk.providers.memory.users import MemoryUsers

    lookups: dict[str | None, int] = {}

    class Late(MemoryUsers):
        async def find(self, *, email: str | None, username: str | None) -> User | None:
            lookups[username] = lookups.get(username, 0) + 1
            return await super().find(email=email, username=username) if lookups[username] > hidden else None

    class Arriving(Memory):
        capabilities: ClassVar[frozenset[Capability]] = Minimal.capabilities

        def users(self, organization_id: str | None) -> MemoryUsers:
            return Late(self._connection, organization_id)

    report = report_of(OrgClient(Arriving()), "concurrency.cancelled_create")
    assert report.conforms is conforms
    assert conforms or report.results[0].reason == "the username is taken, but no user has it"


class WithoutUsernames(Memory):
    """A provider whose users have an e-mail address, a display name and no username, and which counts nothing."""

    name: ClassVar[str] = "addressed"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {
        *(Capability.USERS_USERNAME, Capability.USERS_NAMES, Capability.USERS_PASSWORD, Capability.USERS_QUERY),
        *(Capability.USERS_COUNT, Capability.ACCOUNTS_COUNT, Capability.TOTAL),
        *(Capability.ORGANIZATIONS_DESCRIPTION, Capability.ROLES_DESCRIPTION),
    }

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> WithoutUsernames:
        return cls()


def test_a_provider_without_usernames_is_tested_by_its_addresses() -> None:
    checks = [check.name for check in CHECKS if not check.name.startswith("capabilities.")]
    report = report_of(OrgClient(WithoutUsernames(users=8)))
    assert not [result.check.name for result in report.of("failed") if result.check.name in checks]
    passed = {result.check.name for result in report.of("passed")}
    assert {
        "users.create_stores_the_values[accounts]",
        "users.find_by_email_ignores_case[users]",
        "users.deleted_user_is_gone[users]",
        "concurrency.parallel_creates_are_independent",
        "concurrency.cancelled_create_is_atomic",
        "fields.omitted_field_is_unchanged[users-phone]",
        "not_found.update_of_unknown_user_raises[users]",
        "memberships.remove_keeps_the_account",
        "pagination.complete_list_survives_swaps",
    } <= passed
    needs_username = {result.check.name for result in report.of("skipped") if "username" in result.reason}
    assert "users.duplicate_username_is_refused[users]" in needs_username
    assert len(passed) >= 120


def test_an_undeclared_field_that_is_stored_fails() -> None:
    report = report_of(OrgClient(WithoutUsernames(users=8)), "capabilities.")
    failed = {result.check.name for result in report.of("failed")}
    for capability in (
        *(Capability.USERS_USERNAME, Capability.USERS_NAMES, Capability.USERS_PASSWORD),
        *(Capability.ORGANIZATIONS_DESCRIPTION, Capability.ROLES_DESCRIPTION),
    ):
        assert f"capabilities.undeclared_does_not_work[{capability}]" in failed


def test_a_client_without_a_default_organization_is_refused() -> None:
    with pytest.raises(ConformanceError, match="has no default organization"):
        CheckContext(OrgClient(Limited()), max_users=1)


def test_a_check_that_does_not_end_fails_and_the_next_one_runs() -> None:
    async def sleeps(context: CheckContext) -> None:
        await anyio.sleep_forever()

    async def breaks(context: CheckContext) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(context.client.accounts.get, "nobody")

    async def run() -> ConformanceReport:
        checks = [Check("a.sleeps", "It sleeps.", sleeps), Check("a.breaks", "It breaks.", breaks)]
        return await run_checks(CheckContext(OrgClient.memory(), max_users=1), checks)

    report: ConformanceReport = run_virtually(run, "trio")
    assert [result.outcome for result in report.results] == ["failed", "failed"]
    assert report.results[0].reason == "a.sleeps did not end within 120 s"
    assert report.results[1].reason.startswith("it raised NotFoundError: memory accounts.get")


def test_records_that_cannot_be_removed_are_counted() -> None:
    async def run() -> int:
        client = OrgClient.memory()
        context = CheckContext(client, max_users=2)
        await context.create_user()
        await context.create_user()
        client.provider.fail("accounts.remove", BadRequestError("no", provider="memory", operation="x"))
        await context.clean_up()
        return context.not_removed

    assert run_virtually(run, "asyncio") == 1


def test_the_number_of_users_is_limited() -> None:
    async def run() -> None:
        context = CheckContext(OrgClient.memory(), max_users=1)
        await context.create_user()
        with pytest.raises(NotApplicableError, match="more than 1 users"):
            await context.create_user()
        await context.clean_up()
        await context.create_user()

    run_virtually(run, "asyncio")


def test_expect_error_describes_an_unexpected_result() -> None:
    async def run() -> None:
        users = OrgClient.memory(users=1).organization().users
        with pytest.raises(ConformanceError, match="counting must raise NotFoundError, and succeeded"):
            await expect_error(users.count(), NotFoundError, what="counting")
        with pytest.raises(ConformanceError, match="must raise BadRequestError, and raised NotFoundError: memory"):
            await expect_error(users.get("nobody"), BadRequestError, what="reading")

    run_virtually(run, "asyncio")


def test_two_checks_with_one_name_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"Two checks are called pagination\.list_has_every_user_once"):
        register(next(check for check in CHECKS if check.name == "pagination.list_has_every_user_once"))


@pytest.mark.parametrize("known", ["7", "42", "0a1b2c", "user_17", "zzz", "a"])
def test_an_unknown_id_uses_the_same_alphabet(known: str) -> None:
    assert unknown_id_like(known) != known
    assert unknown_id_like(known).isdigit() == known.isdigit()


def test_secrets_are_found_in_nested_objects() -> None:
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


def test_a_known_secret_is_searched_for() -> None:
    report = report_of(OrgClient.memory(), "no_repr_shows_a_secret", known_secrets=("Memory(organizations",))
    assert report.results[0].reason == "the provider's repr shows a secret"
    assert report_of(OrgClient.memory(), "no_repr_shows", known_secrets=("tok-4711",)).conforms


def test_every_exported_name_exists() -> None:
    assert not hasattr(kit, "Everything")
    assert {name for name in vars(kit)["__all__"] if hasattr(kit, name)} == set(vars(kit)["__all__"])
