"""Drafts and changes are immutable, compared by value, and show no personal data or secrets."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest
from pydantic import SecretStr

from orgsdk.domain import (
    UNSET,
    InvitationDraft,
    InvitationQuery,
    OrganizationChanges,
    OrganizationDraft,
    RoleChanges,
    RoleDraft,
    Unset,
    UserChanges,
    UserDraft,
    UserQuery,
)

NEEDED: dict[type, dict[str, Any]] = {
    UserDraft: {},
    UserChanges: {},
    InvitationDraft: {"email": "canary@example.org"},
    OrganizationDraft: {"name": "Band"},
    OrganizationChanges: {},
    RoleDraft: {"name": "clerk"},
    RoleChanges: {},
}


@pytest.mark.parametrize("kind", NEEDED)
def test_required_fields_of_drafts(kind: type) -> None:
    required = {
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    assert required == set(NEEDED[kind])
    made = kind(**NEEDED[kind])
    assert made == kind(**NEEDED[kind])
    assert hash(made) == hash(copy.copy(made))
    assert pickle.loads(pickle.dumps(made)) == made
    with pytest.raises(TypeError):
        kind("by position")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, dataclasses.fields(kind)[0].name, "other")


@pytest.mark.parametrize("kind", [UserChanges, OrganizationChanges, RoleChanges])
def test_changes_are_unset_by_default(kind: type) -> None:
    made = kind()
    assert {getattr(made, field.name) for field in dataclasses.fields(kind)} == {UNSET}


@pytest.mark.parametrize(
    "made",
    [
        UserDraft(email="canary@example.org", phone="canary", password=SecretStr("canary")),
        UserChanges(email="canary@example.org", phone="canary", password=SecretStr("canary")),
        InvitationDraft(email="canary@example.org"),
        InvitationQuery(email="canary@example.org"),
        UserQuery(query="canary@example.org"),
    ],
)
def test_a_repr_shows_no_address_number_or_password(made: object) -> None:
    assert "canary" not in repr(made)


def test_unset_is_a_singleton_and_false() -> None:
    assert not UNSET
    assert repr(UNSET) == "UNSET"
    assert isinstance(UNSET, Unset)
    for again in (copy.copy(UNSET), copy.deepcopy(UNSET), pickle.loads(pickle.dumps(UNSET))):
        assert again is UNSET
    assert UNSET is not None
