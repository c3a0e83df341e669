"""What public classes name can be resolved at run time, and a paginator states what a task takes."""

from __future__ import annotations

import asyncio
import inspect
from importlib import import_module
from inspect import get_annotations
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest
from fastapi import FastAPI

import orgsdk
from orgsdk import OrgClient
from orgsdk.responses import RateLimit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType


# These have no `__all__`; the reference names their classes.
LISTED_IN_THE_REFERENCE = ("orgsdk.events", "orgsdk.options", "orgsdk.responses", "orgsdk.domain.models")


def _public_classes() -> set[type]:
    """Return every class that a public module of orgsdk exports."""
    found: set[type] = set()
    for module in (orgsdk, *_public_modules()):
        names = getattr(module, "__all__", dir(module) if module.__name__ in LISTED_IN_THE_REFERENCE else ())
        values = (getattr(module, name) for name in names if not name.startswith("_"))
        found.update(value for value in values if isinstance(value, type) and value.__module__.startswith("orgsdk"))
    return found


def _public_modules() -> Iterator[ModuleType]:
    for found in walk_packages(orgsdk.__path__, "orgsdk."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            yield import_module(found.name)


PUBLIC = _public_classes()


def _resolves(named: type | Callable[..., object]) -> bool:
    try:
        return bool(get_type_hints(named)) or not get_annotations(named)
    except (NameError, TypeError):
        return False


def test_the_annotations_of_public_classes_can_be_resolved() -> None:
    assert [kind for kind in sorted(PUBLIC, key=str) if not _resolves(kind)] == []


# Functions whose annotations cannot be resolved, and why.
UNRESOLVED = {
    "orgsdk.providers.flat.provider.Flat.native": "its models take long to load: a client loads them on first use",
    "orgsdk.providers.logto.provider.Logto.native": "as that of `Flat`",
    "orgsdk.client.OrgClient.memory": "the memory provider is loaded for its own clients alone",
    "orgsdk.bulk.errors.GuardError.__init__": "`orgsdk --help` loads the errors, and no pydantic",
    "orgsdk.blocking.client.OrgClient.memory": "the memory provider is loaded for its own clients alone",
    "orgsdk.bulk.errors.SourceError.__init__": "`orgsdk --help` loads the errors, and no pydantic",
    "orgsdk.providers.scim.provider.SCIM.native": "as that of `Flat`",
    "orgsdk.providers.workos.provider.WorkOS.native": "as that of `Flat`",
    "orgsdk.domain.drafts.UserDraft.__init__": "made by `dataclass` from fields of a class in another module",
    "orgsdk.bulk.roster.spec.UserSpec.__init__": "made by `dataclass` from fields of a class in another module",
}


def _public_functions() -> dict[str, Callable[..., object]]:
    """Return the functions that public modules export, and the public methods and constructors of public classes."""
    values: list[object] = []
    for module in (orgsdk, *_public_modules()):
        names = getattr(module, "__all__", dir(module) if module.__name__ in LISTED_IN_THE_REFERENCE else ())
        values += [getattr(module, name) for name in names if not name.startswith("_")]
    for kind in PUBLIC:
        values += [value for name, value in vars(kind).items() if not name.startswith("_") or name == "__init__"]
    values = [value.__func__ if isinstance(value, classmethod | staticmethod) else value for value in values]
    values = [value.fget if isinstance(value, property) else value for value in values]
    found = [inspect.unwrap(value) for value in values if inspect.isfunction(value)]
    return {f"{one.__module__}.{one.__qualname__}": one for one in found if one.__module__.startswith("orgsdk")}


FUNCTIONS = _public_functions()


def test_the_annotations_of_public_functions_can_be_resolved() -> None:
    # Each exception is still needed, too.
    assert [name for name in sorted(FUNCTIONS) if not _resolves(FUNCTIONS[name])] == sorted(UNRESOLVED)


def test_functions_of_each_package_are_among_them() -> None:
    names = {
        "bulk.planning.planner.plan",
        "fastapi.clients.lifespan",
        "resources.users.Users.list",
        "client.OrgClient.__init__",
    }
    assert {f"orgsdk.{name}" for name in names} <= FUNCTIONS.keys()
    assert len(FUNCTIONS) > 400


def test_the_classes_of_the_issue_are_among_them() -> None:
    names = {"RateLimit", "Report", "Plan", "CallOptions", "Request", "Listing", "Check", "Flat", "Users"}
    assert names <= {one.__name__ for one in PUBLIC}
    assert len(PUBLIC) > 150


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
