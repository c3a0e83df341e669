"""Generated passwords and their file."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk.private_file import replace_privately
from orgsdk.bulk.run.passwords import PasswordFile, new_password
from orgsdk.errors import ConfigurationError
from tests.bulk.samples import mode, opened, write

if TYPE_CHECKING:
    from pathlib import Path


def test_passwords_of_new_accounts_are_stored_and_reused(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    file = opened(PasswordFile(path))
    added = write(2, kind="add", user_id="9")
    file.reserve([write(0), write(1), added])
    first = file.of(write(0))
    assert first is not None
    assert file.of(added) is None
    file.close()
    again = opened(PasswordFile(path))
    again.reserve([write(0), write(1), write(3)])
    assert again.of(write(0)) == first
    again.drop({"username:u1", "username:nobody"})
    again.close()
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [(row["key"], row["username"], row["email"]) for row in rows] == [
        (f"username:u{n}", f"u{n}", f"u{n}@example.com") for n in (0, 3)
    ]
    assert rows[0]["password"] == first.get_secret_value()
    if os.name == "posix":
        assert mode(path) == 0o600


@pytest.mark.parametrize("username", ["=1+1", "+15550100", "'=1", "a\x1b;-b"])
def test_password_of_a_user_whose_key_was_escaped_is_unchanged(tmp_path: Path, username: str) -> None:
    path = tmp_path / "passwords"
    one = write(0, key=username, fields={"username": username})
    file = opened(PasswordFile(path))
    file.reserve([one])
    first = file.of(one)
    file.close()
    again = opened(PasswordFile(path))
    again.reserve([one])
    assert again.of(one) == first
    again.drop({username})
    again.close()
    assert path.read_text().count("\n") == 1


def test_truncated_line_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    file = opened(PasswordFile(path))
    file.reserve([write(0)])
    file.close()
    with path.open("a") as text:
        text.write("username:u1,u1,u1@exa")
    again = opened(PasswordFile(path))
    again.reserve([write(1)])
    again.close()
    assert [row["key"] for row in csv.DictReader(path.read_text().splitlines())] == ["username:u0", "username:u1"]
    path.write_text("key,use")
    cut = opened(PasswordFile(path))
    cut.reserve([write(0)])
    cut.close()
    assert path.read_text().startswith("key,username,email,password\nusername:u0,")


@pytest.mark.parametrize("content", [b"name,age\nada,36\n", b"\xff\xfe\n", b"key,username,email,password\none\n"])
def test_other_file_is_refused_and_not_changed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "passwords"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="is not a password file"):
        opened(PasswordFile(path))
    assert path.read_bytes() == content


def test_passwords_are_different_and_have_all_kinds_of_characters() -> None:
    made = {new_password() for _ in range(500)}
    assert len(made) == 500
    for password in made:
        assert len(password) == 23
        assert password[0].isalpha()
        assert any(map(str.islower, password))
        assert any(map(str.isupper, password))
        assert any(map(str.isdigit, password))
        assert not set("IOlo01") & set(password)


def test_failed_replacement_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(_: int) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        replace_privately(path, b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("file", b"old")]
