"""The checks as tests: a thin shell for pytest."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from orgsdk.testing.conformance.check import NotApplicableError
from orgsdk.testing.conformance.context import CheckContext
from orgsdk.testing.conformance.runner import CHECKS, run_check

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.client import OrgClient
    from orgsdk.testing.conformance.check import Check

_LOOPS = [loop for loop in ("asyncio", "trio") if find_spec(loop)]


@pytest.mark.anyio
class ProviderConformance:
    """Hold a provider to the contract: subclass it in a test file, and give two fixtures.

    `client` gives an `OrgClient` whose `organization()` is fresh, and closes it; `max_users` how many users a check
    may make. Each check is a test on asyncio and, where it is installed, on trio (the fixture `anyio_backend`).

    Two more may be given. `lose_answer` gives a function that has the provider lose its answer to the next call of
    an operation such as `"users.create"`; without it the checks of lost answers are skipped. `known_secrets` gives
    texts that must be told nowhere, besides those that are found in the provider itself.

    Example: see `examples/own_provider/` and docs/writing_a_provider.md.
    """

    @pytest.fixture(params=_LOOPS)
    def anyio_backend(self, request: pytest.FixtureRequest) -> str:
        """Return the event loop."""
        return str(request.param)

    @pytest.fixture
    def lose_answer(self) -> Callable[[str], None] | None:
        """Return what loses the answer to the next call of an operation; None where that cannot be had."""
        return None

    @pytest.fixture
    def known_secrets(self) -> list[str]:
        """Return texts that must be told nowhere."""
        return []

    @pytest.mark.parametrize("check", [pytest.param(check, id=check.name) for check in CHECKS])
    async def test_conformance(
        self,
        check: Check,
        client: OrgClient,
        max_users: int,
        lose_answer: Callable[[str], None] | None,
        known_secrets: list[str],
    ) -> None:
        """Run one check."""
        stage = CheckContext(client, max_users=max_users, lose_answer=lose_answer, known_secrets=known_secrets)
        try:
            await run_check(check, stage)
        except NotApplicableError as reason:
            pytest.skip(str(reason))
