"""Drift: whether another caller changed a user after the plan was made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orgsdk.bulk import Write
from orgsdk.bulk.planning.members import Member, fingerprint
from orgsdk.bulk.run.history import check_drift, undo_writes

ADA = Member(id="1", username="ada", email="ada@example.com", given_name="Ada", roles=("student",))


def write(kind: Any, number: int = 1, **values: Any) -> Write:
    return Write(number=number, kind=kind, key="username:ada", user_id="1", fingerprint=fingerprint(ADA), **values)


NAME = write("update", 0, fields={"given_name": "Augusta"}, before={"given_name": "Ada"})
NAMES = write(
    "update",
    fields={"given_name": "Augusta", "email": "a@example.com"},
    before={"given_name": "Ada", "email": "ada@example.com"},
)
ROLES = write("set_roles", roles=("teacher",), roles_before=("student",))
MORE = write("add_roles", roles=("teacher",), roles_before=("student",))
SUSPENSION = write("suspend")
REMOVAL = write("remove", account="keep", roles_before=("student",))


def test_unchanged_user() -> None:
    for one in (NAME, ROLES, MORE, REMOVAL):
        assert check_drift(one, ADA, (), uncertain=False) == "unchanged"
        assert check_drift(one, ADA, (), uncertain=True) == "unchanged"


def test_change_by_another_caller_is_drift() -> None:
    for changed in (replace(ADA, family_name="L"), replace(ADA, roles=("admin",)), replace(ADA, given_name="Augusta")):
        for one in (NAME, ROLES, MORE, REMOVAL):
            assert check_drift(one, changed, (), uncertain=False) == "drifted"
    assert check_drift(REMOVAL, replace(ADA, family_name="L"), (), uncertain=True) == "drifted"


def test_uncertain_write_that_was_done() -> None:
    assert check_drift(NAME, replace(ADA, given_name="Augusta"), (), uncertain=True) == "done"
    assert check_drift(ROLES, replace(ADA, roles=("teacher",)), (), uncertain=True) == "done"
    assert check_drift(MORE, replace(ADA, roles=("teacher", "student")), (), uncertain=True) == "done"


def test_suspension_and_its_end() -> None:
    suspended = replace(ADA, is_suspended=True)
    end = replace(SUSPENSION, kind="activate", fingerprint=fingerprint(suspended))
    for one, before, after in ((SUSPENSION, ADA, suspended), (end, suspended, ADA)):
        assert check_drift(one, before, (), uncertain=False) == "unchanged"
        assert check_drift(one, after, (), uncertain=True) == "done"
        assert check_drift(one, after, (), uncertain=False) == "drifted"
        assert check_drift(replace(NAME, fingerprint=one.fingerprint), after, (one,), uncertain=False) == "unchanged"
    assert fingerprint(replace(ADA, is_suspended=False)) == fingerprint(ADA)


def test_partly_done_write_is_sent_again() -> None:
    assert check_drift(NAMES, replace(ADA, given_name="Augusta"), (), uncertain=True) == "unchanged"


def test_own_earlier_write_is_not_drift() -> None:
    current = replace(ADA, given_name="Augusta")
    assert check_drift(ROLES, current, (NAME,), uncertain=False) == "unchanged"
    assert check_drift(ROLES, replace(current, roles=("teacher",)), (NAME,), uncertain=True) == "done"
    assert check_drift(ROLES, replace(current, family_name="L"), (NAME,), uncertain=True) == "drifted"


def test_own_uncertain_write_is_not_drift() -> None:
    assert check_drift(ROLES, ADA, (NAME,), uncertain=False) == "unchanged"
    assert check_drift(NAME, replace(ADA, given_name="Augusta"), (NAME,), uncertain=True) == "done"


def test_own_later_write_is_not_drift() -> None:
    # The result of the first write is unknown, and the second was done: only the fields of the first one decide.
    current = replace(ADA, roles=("teacher",))
    assert check_drift(NAME, current, (NAME, ROLES), uncertain=True) == "unchanged"
    assert check_drift(NAME, replace(current, given_name="Augusta"), (NAME, ROLES), uncertain=True) == "done"
    assert check_drift(NAME, replace(current, family_name="L"), (NAME, ROLES), uncertain=True) == "drifted"


def test_undo_writes_keeps_values_that_were_changed_since() -> None:
    assert undo_writes(replace(ADA, given_name="Else"), (NAME,)).given_name == "Else"
    assert undo_writes(replace(ADA, given_name="Augusta", roles=("teacher",)), (NAME, ROLES)) == ADA
    assert undo_writes(ADA, (REMOVAL,)) == ADA
