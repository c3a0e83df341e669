"""Fixtures of the tests of Flat: the sandbox's state, the native interface, the token's own organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers.flat import Flat, FlatAPI
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.flat.state import FlatState


@pytest.fixture
def state(sandbox: Sandbox) -> FlatState:
    """Return the data of the sandbox's Flat."""
    return sandbox.flat


@pytest.fixture
def native(flat: OrgClient[Flat]) -> FlatAPI:
    return flat.native


@pytest.fixture
def org(flat: OrgClient[Flat]) -> OrganizationHandle:
    """Return the handle of the token's own organization."""
    return flat.organization()
