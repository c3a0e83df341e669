"""The conformance checks as pytest tests."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import pytest

from orgsdk.client import OrgClient
from orgsdk.testing.conformance.assertions import NotApplicableError
from orgsdk.testing.conformance.check import Check
from orgsdk.testing.conformance.context import CheckContext
from orgsdk.testing.conformance.runner import CHECKS, run_check

_BACKENDS = [backend for backend in ("asyncio", "trio") if find_spec(backend)]


@pytest.mark.anyio
class ProviderConformance:
    """Test a provider against the contract: subclass it in a test file and define two fixtures.

    The fixture ``client`` yields an `OrgClient` whose `organization()` is fresh, and closes it. The fixture
    ``max_users`` returns how many users a check may create. Each check is a test on asyncio and, if it is installed, on
    trio (the fixture ``anyio_backend``).

    Two more fixtures are optional. ``lose_response`` returns a function that makes the provider lose its response to
    the next call of an operation, such as ``"users.create"``; without it, the checks of lost responses are skipped.
    ``known_secrets`` returns texts that must not be shown anywhere, in addition to those found in the provider object.

    ``examples/own_provider/``, ``examples/own_http_provider/`` and ``docs/writing_a_provider.md`` have examples.
    """

    @pytest.fixture(params=_BACKENDS)
    def anyio_backend(self, request: pytest.FixtureRequest) -> str:
        """Return the event loop of the test.

        Args:
            request: The fixture's request.

        Returns:
            ``"asyncio"`` or ``"trio"``.
        """
        return str(request.param)

    @pytest.fixture
    def lose_response(self) -> Callable[[str], None] | None:
        """Return a function that loses the response to the next call of an operation, or None.

        Returns:
            None, unless it is overridden.
        """
        return None

    @pytest.fixture
    def known_secrets(self) -> list[str]:
        """Return texts that must not be shown anywhere.

        Returns:
            An empty list, unless it is overridden.
        """
        return []

    @pytest.mark.parametrize("check", [pytest.param(check, id=check.name) for check in CHECKS])
    async def test_conformance(
        self,
        check: Check,
        client: OrgClient,
        max_users: int,
        lose_response: Callable[[str], None] | None,
        known_secrets: list[str],
    ) -> None:
        """Run one check.

        Args:
            check: The check.
            client: The fixture ``client``.
            max_users: The fixture ``max_users``.
            lose_response: The fixture ``lose_response``.
            known_secrets: The fixture ``known_secrets``.
        """
        context = CheckContext(client, max_users=max_users, lose_response=lose_response, known_secrets=known_secrets)
        try:
            await run_check(check, context)
        except NotApplicableError as reason:
            pytest.skip(str(reason))
