"""The conformance kit in a real tenant: many records, other clients, no service that sends e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from orgsdk import Capability, OrgClient
from orgsdk.errors import APIError, BadRequestError, ServerError
from orgsdk.providers import Memory
from orgsdk.providers.memory.invitations import MemoryInvitations
from orgsdk.providers.memory.users import MemoryAccounts
from tests.testing.bug_registry import with_fetch
from tests.testing.test_conformance import report_of

if TYPE_CHECKING:
    from orgsdk.domain import Invitation, InvitationDraft, User, UserQuery
    from orgsdk.pagination import Listing, Slice
    from orgsdk.testing.conformance import ConformanceReport
    from tests.testing.bug_registry import Fetch


def failures(report: ConformanceReport) -> list[str]:
    return [f"{result.check.name}: {result.reason}" for result in report.of("failed")]


# Many records


@pytest.mark.parametrize(("members", "max_page_size"), [(1000, 100), (1001, 100), (40, 3), (25, 1), (500, 1000)])
@pytest.mark.parametrize("only", ["pagination.", "concurrency.parallel_lists"])
def test_page_sizes_stay_within_the_providers_maximum(members: int, max_page_size: int, only: str) -> None:
    report = report_of(OrgClient(Memory(users=members, max_page_size=max_page_size)), only)
    assert failures(report) == []
    assert report.of("passed")


class Endless(MemoryAccounts):
    def list(self, query: UserQuery) -> Listing[User]:
        async def page(fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
            from orgsdk.pagination import Slice

            number = int((position or ":0").partition(":")[2])
            user = (await fetch(None, 1)).items[0].model_copy(update={"id": f"user_{number}"})
            return Slice([user], next=f"after:{number + 1}", total=3)

        return with_fetch(super().list(query), page)


def test_an_endless_list_that_reports_a_total_is_noticed() -> None:
    class Faulty(Memory):
        def accounts(self) -> MemoryAccounts:
            return Endless(self._connection)

    report = report_of(OrgClient(Faulty(users=5)), "list_has_every_record_once[accounts]")
    assert len(failures(report)) == 1
    assert "items were read of a list of 3" in failures(report)[0]


# Other clients


class Neighbour(MemoryAccounts):
    """Accounts to which another client adds one after each page, and of which it removes its own."""

    pages: ClassVar[int] = 0
    added: ClassVar[list[str]] = []

    def list(self, query: UserQuery) -> Listing[User]:
        async def page(fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
            found = await fetch(position, page_size)
            await self._change()
            return found

        return with_fetch(super().list(query), page)

    async def _change(self) -> None:
        from orgsdk.domain import UserDraft

        Neighbour.pages += 1
        user = await self.create(UserDraft(username=f"neighbour_{Neighbour.pages}"))
        Neighbour.added.append(user.id)
        if len(Neighbour.added) > 2:
            await self.remove(Neighbour.added.pop(0), "delete")


@pytest.mark.parametrize("only", ["list_has_every_record_once[accounts]", "count_matches_the_list[accounts]"])
def test_accounts_of_other_clients_may_come_and_go(only: str) -> None:
    class Shared(Memory):
        def accounts(self) -> MemoryAccounts:
            return Neighbour(self._connection)

    Neighbour.added.clear()
    report = report_of(OrgClient(Shared(users=30)), only)
    assert failures(report) == []
    assert report.of("passed")


# E-mail


def _error(kind: type[APIError], status: int, code: str) -> APIError:
    return kind("no", provider="memory", operation="invitations.create", status_code=status, code=code)


def _without_email(error: APIError, *, unsent: bool) -> OrgClient[Any]:
    class Unsendable(MemoryInvitations):
        async def create(self, draft: InvitationDraft) -> Invitation:
            if draft.send:
                raise error
            return await super().create(draft)

        async def resend(self, invitation_id: str) -> None:
            raise error

    class WithoutEmail(Memory):
        capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - (
            set() if unsent else {Capability.INVITATIONS_UNSENT}
        )

        def invitations(self, organization_id: str | None) -> MemoryInvitations:
            return Unsendable(self._connection, organization_id)

    return OrgClient(WithoutEmail(users=3))


NO_EMAIL = [
    _error(ServerError, 501, "connector.not_found"),
    _error(ServerError, 501, "unsupported"),
    _error(BadRequestError, 400, "connector.template_not_found"),
    _error(BadRequestError, 400, "connector.general"),
]


@pytest.mark.parametrize("error", NO_EMAIL, ids=lambda error: f"{error.status_code} {error.code}")
def test_invitations_are_not_sent_if_the_provider_can_do_without(error: APIError) -> None:
    report = report_of(_without_email(error, unsent=True), "invitation")
    assert failures(report) == []
    skipped = {result.check.name: result.reason for result in report.of("skipped")}
    sending = {name: reason for name, reason in skipped.items() if "e-mail" in reason}
    assert set(sending) == {"invitations.resend_keeps_it_pending", "invitations.sent_invitation_is_pending"}
    assert all(reason.startswith("the provider cannot send e-mail: ") for reason in sending.values())


@pytest.mark.parametrize("error", NO_EMAIL, ids=lambda error: f"{error.status_code} {error.code}")
def test_checks_are_skipped_if_every_invitation_is_sent(error: APIError) -> None:
    report = report_of(_without_email(error, unsent=False), "invitations")
    assert failures(report) == []
    reasons = [result.reason for result in report.of("skipped") if "e-mail" in result.reason]
    assert len(reasons) >= 8


@pytest.mark.parametrize(
    "error", [_error(ServerError, 500, "internal"), _error(BadRequestError, 400, "guard.invalid_input")]
)
def test_other_errors_of_an_invitation_fail_the_check(error: APIError) -> None:
    report = report_of(_without_email(error, unsent=True), "invitations.sent_invitation_is_pending")
    assert len(failures(report)) == 1
