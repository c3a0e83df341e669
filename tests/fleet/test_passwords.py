"""Passwords of new accounts: the same for every worker, and in no store."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from orgsdk import ConfigurationError
from orgsdk.errors import AuthenticationError
from tests.bulk.memories import ERROR_ARGS, create
from tests.fleet.fleets import OPTIONS, contents

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fleet.fleets import World

pytestmark = pytest.mark.anyio

KEY = "k3y-" * 10


async def test_passwords_are_derived_and_written_on_demand(world: World, tmp_path: Path) -> None:
    await world.add("school-17", rows=[f"pupil{number}" for number in range(5)])
    tenant, file = world.tenants["main"], tmp_path / "passwords.csv"
    refused = AuthenticationError("token expired", status_code=401, **ERROR_ARGS)
    options = replace(OPTIONS, passwords="env:FLEET_PASSWORDS", writes=1)
    async with world.fleet(options=options, environ={"FLEET_PASSWORDS": f"{KEY}\n"}) as fleet:
        await fleet.start()
        tenant.fail(create(tenant), refused)
        assert not (await fleet.work()).ok
        assert (await fleet.resume()).ok  # the run continues with the same passwords
        assert await fleet.save_passwords("school-17", file) == 5
        rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
        assert len({row["password"] for row in rows}) == 5
        assert await fleet.save_passwords("school-17", tmp_path / "again.csv") == 5
        assert (tmp_path / "again.csv").read_bytes() == file.read_bytes()
        with pytest.raises(ValueError, match="no organization of run 1: 'school-18'"):
            await fleet.save_passwords("school-18", file)
    stored = contents(tmp_path)
    # Nothing of it is in the store.
    assert not [row["password"] for row in rows if row["password"].encode() in stored]
    assert KEY.encode() not in stored
    async with world.fleet() as fleet:
        with pytest.raises(ConfigurationError, match="generates no passwords"):
            await fleet.save_passwords("school-17", file)
