"""Whether a user is as the plan saw them, apart from what the run has done itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orgsdk.bulk import Write
from orgsdk.bulk.planning.members import Member, fingerprint
from orgsdk.bulk.run.history import check_drift, undo_writes

ADA = Member(id="1", username="ada", email="ada@example.com", given_name="Ada", roles=("student",))


def write(kind: Any, number: int = 1, **said: Any) -> Write:
    return Write(number=number, kind=kind, key="username:ada", user_id="1", fingerprint=fingerprint(ADA), **said)


NAME = write("update", 0, fields={"given_name": "Augusta"}, before={"given_name": "Ada"})
NAMES = write(
    "update",
    fields={"given_name": "Augusta", "email": "a@example.com"},
    before={"given_name": "Ada", "email": "ada@example.com"},
)
ROLES = write("set_roles", roles=("teacher",), roles_before=("student",))
MORE = write("add_roles", roles=("teacher",), roles_before=("student",))
REMOVAL = write("remove", account="keep", roles_before=("student",))


def test_as_planned_it_goes() -> None:
    for one in (NAME, ROLES, MORE, REMOVAL):
        assert check_drift(one, ADA, (), uncertain=False) == "go"
        assert check_drift(one, ADA, (), uncertain=True) == "go"


def test_changed_by_somebody_else_it_has_drifted() -> None:
    for changed in (replace(ADA, family_name="L"), replace(ADA, roles=("admin",)), replace(ADA, given_name="Augusta")):
        for one in (NAME, ROLES, MORE, REMOVAL):
            assert check_drift(one, changed, (), uncertain=False) == "drifted"
    assert check_drift(REMOVAL, replace(ADA, family_name="L"), (), uncertain=True) == "drifted"


def test_what_may_have_been_done_and_was_is_done() -> None:
    assert check_drift(NAME, replace(ADA, given_name="Augusta"), (), uncertain=True) == "done"
    assert check_drift(ROLES, replace(ADA, roles=("teacher",)), (), uncertain=True) == "done"
    assert check_drift(MORE, replace(ADA, roles=("teacher", "student")), (), uncertain=True) == "done"


def test_what_was_done_in_part_goes_again() -> None:
    assert check_drift(NAMES, replace(ADA, given_name="Augusta"), (), uncertain=True) == "go"


def test_what_the_run_did_before_is_no_drift() -> None:
    now = replace(ADA, given_name="Augusta")
    assert check_drift(ROLES, now, (NAME,), uncertain=False) == "go"
    assert check_drift(ROLES, replace(now, roles=("teacher",)), (NAME,), uncertain=True) == "done"
    assert check_drift(ROLES, replace(now, family_name="L"), (NAME,), uncertain=True) == "drifted"


def test_what_the_run_may_have_done_before_is_no_drift_either() -> None:
    assert check_drift(ROLES, ADA, (NAME,), uncertain=False) == "go"
    assert check_drift(NAME, replace(ADA, given_name="Augusta"), (NAME,), uncertain=True) == "done"


def test_what_the_run_did_after_it_is_no_drift_either() -> None:
    # Nobody knows of the first one, and the second was done: what is asked of the first is told by its own fields.
    now = replace(ADA, roles=("teacher",))
    assert check_drift(NAME, now, (NAME, ROLES), uncertain=True) == "go"
    assert check_drift(NAME, replace(now, given_name="Augusta"), (NAME, ROLES), uncertain=True) == "done"
    assert check_drift(NAME, replace(now, family_name="L"), (NAME, ROLES), uncertain=True) == "drifted"


def test_undone_leaves_what_is_not_as_it_was_left() -> None:
    assert undo_writes(replace(ADA, given_name="Else"), (NAME,)).given_name == "Else"
    assert undo_writes(replace(ADA, given_name="Augusta", roles=("teacher",)), (NAME, ROLES)) == ADA
    assert undo_writes(ADA, (REMOVAL,)) == ADA
