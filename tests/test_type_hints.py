"""What public dataclasses name can be resolved at run time, and a paginator states what a task takes."""

from __future__ import annotations

import asyncio
from dataclasses import is_dataclass
from importlib import import_module
from inspect import get_annotations
from typing import Any, get_type_hints

import pytest
from fastapi import FastAPI

from orgsdk import OrgClient
from orgsdk.responses import RateLimit

MODULES = ("orgsdk", "orgsdk.bulk", "orgsdk.domain", "orgsdk.events", "orgsdk.options", "orgsdk.providers.flat",
           "orgsdk.responses", "orgsdk.transport")  # fmt: skip
PUBLIC = {
    found
    for module in map(import_module, MODULES)
    for name in getattr(module, "__all__", dir(module))
    if is_dataclass(found := getattr(module, name)) and isinstance(found, type)
}


@pytest.mark.parametrize("kind", sorted(PUBLIC, key=str))
def test_the_annotations_of_a_public_dataclass_can_be_resolved(kind: type) -> None:
    assert get_type_hints(kind) or not get_annotations(kind)


def test_the_classes_of_the_issue_are_among_them() -> None:
    assert {"RateLimit", "Report", "Plan", "CallOptions", "UserChanges", "Request"} <= {one.__name__ for one in PUBLIC}


def test_fastapi_takes_a_rate_limit_as_a_response_model() -> None:
    app = FastAPI()
    app.get("/limit", response_model=RateLimit)(lambda: None)
    assert "RateLimit" in app.openapi()["components"]["schemas"]


def test_a_task_of_a_paginator_says_what_to_write() -> None:
    async def main() -> None:
        users: Any = OrgClient.memory(users=3).organization().users.list()
        with pytest.raises(TypeError, match=r"a task takes collect\(\)"):
            asyncio.create_task(users)  # noqa: RUF006  # it raises
        assert len(await asyncio.create_task(users.collect())) == 3
        assert len(await asyncio.ensure_future(users)) == 3
        assert [len(page) for page in await asyncio.gather(users, users)] == [3, 3]

    asyncio.run(main())
