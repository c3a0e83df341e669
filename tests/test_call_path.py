"""The path of a warm call: how many files of orgsdk it passes, so that a reader can follow it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import orgsdk
from orgsdk import OrgClient
from orgsdk.providers import Flat
from orgsdk.sandbox import Sandbox

if TYPE_CHECKING:
    from types import FrameType

pytestmark = pytest.mark.anyio

MOST_FILES = 25
ROOT = Path(orgsdk.__file__).parent


async def test_a_warm_list_of_users_passes_few_files() -> None:
    files: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        file = Path(frame.f_code.co_filename)
        if event == "call" and file.is_relative_to(ROOT) and "sandbox" not in file.parts:
            files.add(file.relative_to(ROOT).as_posix())

    async with Sandbox() as sandbox, OrgClient(Flat(token=sandbox.flat.token, base_url=sandbox.flat_url)) as client:
        users = client.organization().users
        await users.list(page_size=50)
        profile = sys.getprofile()
        sys.setprofile(note)
        try:
            await users.list(page_size=50)
        finally:
            sys.setprofile(profile)
    assert "resources/users.py" in files
    assert len(files) <= MOST_FILES, sorted(files)
