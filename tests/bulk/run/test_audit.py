"""The audit: one line for each write, chained by hashes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import AuditError, LockedError, verify_audit
from tests.bulk.samples import mode, opened_audit, outcome, posix, write

if TYPE_CHECKING:
    from pathlib import Path


def test_each_write_has_a_chained_line(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    audit = opened_audit(path, "a" * 64)
    changed = write(1, kind="update", user_id="7", fields={"email": "b@x.y"}, before={"email": "a@x.y"})
    gone = write(
        2, kind="remove", user_id="8", fields={}, before={"username": "u"}, roles_before=("t",), account="keep"
    )
    audit.append([outcome(0, user_id="5", has_password=True), outcome(write=changed, status="updated", request_id="r")])
    audit.append([outcome(write=gone, status="failed", reason="no")])
    audit.append([])
    audit.close()
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["write"], line["kind"], line["status"]) for line in lines] == [
        (0, "create", "created"),
        (1, "update", "updated"),
        (2, "remove", "failed"),
    ]
    assert lines[0]["after"]["password"] == "(generated)"
    assert (lines[1]["before"], lines[1]["after"], lines[1]["request_id"]) == (
        {"email": "a@x.y"},
        {"email": "b@x.y"},
        "r",
    )
    assert (lines[2]["before"], lines[2]["after"]) == ({"username": "u", "roles": ["t"]}, {"account": "keep"})
    assert {line["plan"] for line in lines} == {"a" * 64}
    assert [line["previous"] for line in lines] == ["0" * 64, lines[0]["hash"], lines[1]["hash"]]
    summary = verify_audit(path, last_hash=lines[1]["hash"])
    assert (summary.lines, summary.last_hash) == (3, lines[2]["hash"])


@pytest.mark.parametrize("at", range(4))
def test_every_change_is_found_at_its_line(tmp_path: Path, at: int) -> None:
    path = tmp_path / "audit"
    audit = opened_audit(path, "a" * 64)
    audit.append(outcome(number) for number in range(4))
    audit.close()
    lines = path.read_bytes().splitlines(keepends=True)

    def found(changed: list[bytes]) -> str:
        path.write_bytes(b"".join(changed))
        with pytest.raises(AuditError) as caught:
            verify_audit(path)
        return str(caught.value)

    rest = lines[at + 1 :]
    assert f"line {at + 1} was changed" in found([*lines[:at], lines[at].replace(b"created", b"removed"), *rest])
    assert f"line {at + 1} was changed" in found([*lines[:at], lines[at].replace(b":", b": ", 1), *rest])
    assert f"line {at + 1} is not a line" in found([*lines[:at], b"{}\n", *rest])
    if at < 3:
        assert f"line {at + 1} does not follow" in found([*lines[:at], *rest])
        assert f"line {at + 2} does not follow" in found([*lines[: at + 1], lines[at], *rest])
    path.write_bytes(b"".join(lines[:3]))
    assert verify_audit(path).lines == 3
    with pytest.raises(AuditError, match="Lines are missing at its end"):
        verify_audit(path, last_hash=json.loads(lines[3])["hash"])


def test_truncated_line_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    for cut in (b"", b'{"after":'):
        audit = opened_audit(path, "a" * 64)
        audit.append(outcome(number) for number in range(3))
        audit.close()
        with path.open("ab") as file:
            file.write(cut)
    audit = opened_audit(path, "a" * 64)
    audit.append([outcome(2), outcome(3), outcome(1, status="failed")])
    audit.close()
    other = opened_audit(path, "b" * 64)
    other.append([outcome(0)])
    other.close()
    assert [json.loads(line)["write"] for line in path.read_text().splitlines()] == [0, 1, 2, 3, 1, 0]
    assert verify_audit(path).lines == 6


def test_other_file_is_refused_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    path.write_text("my notes\n")
    with pytest.raises(AuditError, match="its last line is not a line of an audit"):
        opened_audit(path, "a" * 64)
    assert path.read_text() == "my notes\n"


@pytest.mark.parametrize("line", ["not JSON", "[]", "{}", '{"write": "x", "status": 1}', "9" * 5_000, "[" * 5_000])
def test_damaged_line_of_the_same_plan_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "audit"
    path.write_text(
        f"{line} {'a' * 64}\n" if line[0] != "{" else line.replace("{", f'{{"plan": "{"a" * 64}"', 1) + "\n"
    )
    with pytest.raises(AuditError, match="is not a line of an audit"):
        opened_audit(path, "a" * 64)


def test_lone_surrogate_is_written(tmp_path: Path) -> None:
    audit = opened_audit(tmp_path / "audit", "a" * 64)
    audit.append([outcome(reason="\ud800")])
    audit.close()
    assert verify_audit(tmp_path / "audit").lines == 1


@posix
def test_audit_is_private_and_locked_by_its_run(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    path.touch(0o644)
    audit = opened_audit(path, "a" * 64)
    assert mode(path) == 0o600
    with pytest.raises(LockedError, match=r"Another run has .*audit open"):
        opened_audit(path, "a" * 64)
    audit.close()


@pytest.mark.parametrize("previous", ["[]", "{}", "null", "7"])
def test_a_link_to_the_line_before_that_is_no_text_is_damage(tmp_path: Path, previous: str) -> None:
    path = tmp_path / "audit"
    path.write_text(f'{{"hash": "{"a" * 64}", "previous": {previous}}}\n')
    with pytest.raises(AuditError, match="line 1"):
        verify_audit(path)
