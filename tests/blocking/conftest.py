"""Blocking clients of the sandbox. They are closed after the test, and no thread remains."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from orgsdk.blocking import OrgClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect


def own_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "orgsdk"]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert own_threads() == []


@pytest.fixture
def connect_now(sandbox: Sandbox) -> Connect:
    from tests.conftest import Connect

    return Connect(sandbox)


@pytest.fixture
def flat(connect_now: Connect) -> Iterator[OrgClient]:
    with OrgClient(connect_now.provider("flat")) as client:
        yield client


@pytest.fixture
def logto(connect_now: Connect) -> Iterator[OrgClient]:
    organization = connect_now.organization_id("logto")
    with OrgClient(connect_now.provider("logto"), organization=organization) as client:
        yield client


@pytest.fixture(params=["flat", "logto"])
def either(request: pytest.FixtureRequest) -> OrgClient:
    client: OrgClient = request.getfixturevalue(request.param)
    return client


@pytest.fixture
def memory() -> Iterator[OrgClient]:
    with OrgClient.memory(users=25) as client:
        yield client
