"""`ORGSDK_LOG` shows the logger `orgsdk`, and nothing personal."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from orgsdk import ConfigurationError, OrgClient
from orgsdk._log import LOGGER, set_up_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.sandbox import Sandbox

SCRIPT = """
from orgsdk import Flat, OrgClient, blocking
with blocking.OrgClient.from_env(Flat) as client:
    client.organization().users.create(username="zed", email="zed@example.com", password="hunter2!")
    print(client.organization().users.list(query="zed@example.com").collect()[:0])
"""


@pytest.fixture(autouse=True)
def unset_logger() -> Iterator[None]:
    level, handlers = LOGGER.level, list(LOGGER.handlers)
    LOGGER.setLevel(logging.NOTSET)
    yield
    LOGGER.setLevel(level)
    LOGGER.handlers[:] = handlers


@pytest.mark.parametrize("value", ["debug", "DEBUG", " debug "])
def test_the_level_is_set(value: str) -> None:
    set_up_log({"ORGSDK_LOG": value})
    assert LOGGER.level == logging.DEBUG


def test_nothing_is_changed_without_it_or_if_the_program_set_a_level() -> None:
    set_up_log({})
    assert LOGGER.level == logging.NOTSET
    LOGGER.setLevel(logging.ERROR)
    set_up_log({"ORGSDK_LOG": "debug"})
    assert LOGGER.level == logging.ERROR


def test_another_level_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGSDK_LOG", "verbose")
    with pytest.raises(ConfigurationError, match=r"ORGSDK_LOG is not a level: set it to one of debug, info, warning"):
        OrgClient.memory()


@pytest.mark.parametrize("own", ["", "import logging; logging.basicConfig(format='own %(message)s')"])
@pytest.mark.undocumented("a program of its own")
def test_a_program_shows_its_requests_without_secrets(sandbox: Sandbox, own: str) -> None:
    token = sandbox.flat.token
    environ = {**os.environ, "FLAT_ACCESS_TOKEN": token, "FLAT_BASE_URL": sandbox.flat_url, "ORGSDK_LOG": "debug"}
    ran = subprocess.run(
        [sys.executable, "-c", own + SCRIPT], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    lines = ran.stderr.splitlines()
    assert len(lines) == 2, ran.stderr  # once each
    assert "create_organization_user" in lines[0]
    assert "list_organization_users" in lines[1]
    assert all(line.startswith("own ") for line in lines) == bool(own)
    assert not any(secret in ran.stderr for secret in (token, "hunter2", "zed@example.com", "zed"))
