"""The blocking client has the methods and parameters of the async one."""

from __future__ import annotations

import inspect

import pytest

import orgsdk
from orgsdk import blocking, resources
from orgsdk.pagination.prefetch import Prefetch, PrefetchIterator

PAIRS: dict[type, type] = {
    orgsdk.OrgClient: blocking.OrgClient,
    orgsdk.Paginator: blocking.Paginator,
    PrefetchIterator: blocking.PrefetchIterator,
    Prefetch: blocking.Prefetch,
    resources.Accounts: blocking.Accounts,
    resources.Invitations: blocking.Invitations,
    resources.OrganizationHandle: blocking.OrganizationHandle,
    resources.Organizations: blocking.Organizations,
    resources.Roles: blocking.Roles,
    resources.Users: blocking.Users,
}
# What one of them has in another form: its end, `await`, what is typed per provider; and what an instance holds.
ASYNC_ALONE: dict[type, set[str]] = {orgsdk.OrgClient: {"aclose", "native"}}
BLOCKING_ALONE: dict[type, set[str]] = {
    orgsdk.OrgClient: {"close", "run"},
    orgsdk.Paginator: {"first_page"},
    resources.OrganizationHandle: {"id", "users"},
}
OTHER_PARAMETERS = {"with_raw_response"}


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def parameters(kind: type, name: str) -> list[tuple[str, object, object, object]]:
    signature = inspect.signature(inspect.getattr_static(kind, name).__get__(None, kind))
    return [(p.name, p.kind, p.default, p.annotation) for p in signature.parameters.values()]


VERBS = [
    pytest.param(kind, name, id=f"{kind.__name__}.{name}")
    for kind in PAIRS
    for name in sorted(public(kind) | {"__init__"})
    if callable(getattr(kind, name))
    and name not in OTHER_PARAMETERS | ASYNC_ALONE.get(kind, set())
    and (name != "__init__" or kind is orgsdk.OrgClient)
]


@pytest.mark.parametrize(("kind", "twin"), PAIRS.items())
def test_both_have_the_same_names(kind: type, twin: type) -> None:
    assert public(kind) - ASYNC_ALONE.get(kind, set()) == public(twin) - BLOCKING_ALONE.get(kind, set())


def test_every_resource_is_compared() -> None:
    assert {kind for kind in PAIRS if kind.__module__.startswith("orgsdk.resources")} == {
        getattr(resources, name) for name in resources.__all__
    }
    assert {twin.__name__ for twin in PAIRS.values()} == set(blocking.__all__)
    assert len(VERBS) > 40


@pytest.mark.parametrize(("kind", "name"), VERBS)
def test_both_have_the_same_parameters(kind: type, name: str) -> None:
    assert parameters(PAIRS[kind], name) == parameters(kind, name)


@pytest.mark.parametrize(("kind", "name"), VERBS)
def test_every_blocking_method_has_a_docstring_and_does_not_await(kind: type, name: str) -> None:
    twin = getattr(PAIRS[kind], name)
    assert (inspect.getdoc(twin) or "").strip()
    assert not inspect.iscoroutinefunction(twin)


def test_blocking_methods_wrap_the_method_of_the_same_name() -> None:
    """A line that names another class's verb of the same signature would pass otherwise."""
    for kind in vars(resources).values():
        if inspect.isclass(kind) and kind is not resources.OrganizationHandle:
            for name in public(kind):
                assert inspect.unwrap(getattr(PAIRS[kind], name)) is inspect.unwrap(getattr(kind, name))
