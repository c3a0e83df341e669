"""User fields: everything that has the fields derives from one declaration."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any, get_args

import pytest

from orgsdk.bulk import Policy, UserSpec
from orgsdk.bulk.planning.members import Member, is_same_value
from orgsdk.bulk.roster.columns import COLUMNS
from orgsdk.cli.options.fields import UserFieldOptions
from orgsdk.domain import (
    UNSET,
    USER_FIELDS,
    Capability,
    User,
    UserChanges,
    UserDraft,
    UserFieldName,
    UserFields,
    fields_to_create,
    fields_to_update,
)

NAMES = tuple(USER_FIELDS)


@pytest.mark.parametrize("kind", [UserDraft, UserChanges, UserSpec, Member, UserFieldOptions])
def test_a_dataclass_with_user_fields_has_all_of_them(kind: Any) -> None:
    assert tuple(one.name for one in fields(kind) if one.name in USER_FIELDS) == NAMES


def test_the_static_types_have_the_declared_fields() -> None:
    assert get_args(UserFieldName) == NAMES
    assert tuple(UserFields.__annotations__) == NAMES
    assert set(NAMES) <= set(User.model_fields)


def test_rosters_and_policies_have_the_declared_fields() -> None:
    assert Policy().update == NAMES
    assert (*NAMES, "roles", "state", "enabled") == COLUMNS


def test_a_left_out_field_is_none_in_a_draft_and_unset_in_changes() -> None:
    assert {getattr(UserDraft(), name) for name in NAMES} == {None}
    assert {getattr(UserChanges(), name) for name in NAMES} == {UNSET}
    assert {name: one.default for name, one in inspect.signature(UserChanges).parameters.items()} == dict.fromkeys(
        (*NAMES, "password"), UNSET
    )


def test_a_provider_without_a_capability_lacks_the_field() -> None:
    everything = frozenset(Capability)
    assert fields_to_create(everything) == fields_to_update(everything) == NAMES
    assert fields_to_create(()) == ("email",)
    assert set(fields_to_create(everything - {Capability.USERS_UPDATE_LOCALE})) == set(NAMES)
    assert "locale" not in fields_to_update(everything - {Capability.USERS_UPDATE_LOCALE})


@pytest.mark.parametrize(
    ("name", "wanted", "current", "same"),
    [("phone", "+1 202", "1202", True), ("email", "A@X.org", "a@x.ORG", True), ("locale", "fr", "FR", False)],
)
def test_values_are_compared_as_declared(name: str, wanted: str, current: str, *, same: bool) -> None:
    assert is_same_value(name, wanted, current) is same
