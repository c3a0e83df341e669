"""Generated passwords and their file."""

from __future__ import annotations

import csv
import os
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from orgsdk import OrgClient, bulk
from orgsdk.bulk import DerivedPasswords
from orgsdk.bulk.private_file import replace_privately
from orgsdk.bulk.run.passwords import PasswordFile, new_password
from orgsdk.errors import ConfigurationError, InvalidArgumentError, RateLimitError
from orgsdk.providers import Memory
from tests.bulk.memories import ERROR_ARGS, new
from tests.bulk.run.store_contract import PasswordContract
from tests.bulk.samples import mode, opened, write

if TYPE_CHECKING:
    from collections.abc import Callable
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


KEY = SecretStr("a key of the tests that is long enough for it")


def test_derived_passwords_are_the_same_everywhere_and_have_all_kinds_of_characters() -> None:
    derived = DerivedPasswords(KEY, "run")
    made = [derived.of(write(number)) for number in range(300)]
    again = DerivedPasswords(SecretStr(KEY.get_secret_value()), "run")
    assert [again.of(write(number)) for number in range(300)] == made
    texts = {one.get_secret_value() for one in made if one is not None}
    assert len(texts) == 300
    for password in texts:
        assert len(password) == 23
        assert password[0].isalpha()
        assert all(any(map(kind, password)) for kind in (str.islower, str.isupper, str.isdigit))
        assert not set("IOlo01") & set(password)
    # Every character is about as frequent as the others: 300 * 20 / 56 is 107.
    counted = Counter("".join(texts).replace("-", ""))
    assert len(counted) == 56
    assert 60 < min(counted.values()) <= max(counted.values()) < 170


def test_derived_passwords_never_change() -> None:
    # A change would lock out the users of a run that is resumed by a newer version.
    found = DerivedPasswords(KEY, "run").of(write(0))
    assert found is not None
    assert found.get_secret_value() == "MqHbt-ycm9J-LMGdH-iycz9"


def test_derived_passwords_differ_by_key_run_and_row() -> None:
    stores = [
        DerivedPasswords(key, run)
        for key in (KEY, SecretStr(KEY.get_secret_value() + "x"))
        for run in ("run", "run2", "ru", "\ud800")
    ]
    keys = ("a", "b", "ab", "", "1", "a1", "\ud800")
    assert len({store.name for store in stores}) == len(stores)
    assert len({store.of(write(0, key=key)) for store in stores for key in keys}) == len(stores) * len(keys)
    assert stores[0].of(write(0, kind="add", user_id="9")) is None


def test_a_key_of_derived_passwords_is_not_shown() -> None:
    derived = DerivedPasswords(KEY, "run")
    text = KEY.get_secret_value()
    assert text not in f"{derived!r} {derived} {derived.name} {vars(derived)}"
    assert repr(derived) == "DerivedPasswords(run='run')"


@pytest.mark.parametrize(
    ("key", "run", "message"),
    [
        (KEY.get_secret_value(), "run", r"key is of type str: pass a pydantic\.SecretStr"),
        (KEY.get_secret_value().encode(), "run", r"key is of type bytes: pass a pydantic\.SecretStr"),
        (SecretStr("x" * 31), "run", r"key is shorter than 32 bytes: pass a random one"),
        (SecretStr("x" * 32 + "\n"), "run", r"key has spaces or a line end around it"),
        (KEY, "", "run is empty"),
        (KEY, " ", "run is empty"),
        (KEY, 7, "run is 7: pass the name of the run"),
    ],
)
def test_wrong_input_of_derived_passwords_is_refused(key: Any, run: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message) as caught:
        DerivedPasswords(key, run)
    assert "x" * 31 not in str(caught.value)
    assert KEY.get_secret_value() not in str(caught.value)


@pytest.mark.anyio
async def test_derived_passwords_of_created_accounts_are_saved_to_hand_them_out(tmp_path: Path) -> None:
    async with OrgClient(Memory()) as client:
        org, memory = client.organization(), client.provider
        await client.accounts.create(username="new4", email="new4@example.com")
        memory.lose_response("accounts.create")
        plan = await bulk.plan(org, new(5))
        passwords, journal = DerivedPasswords(KEY, "run"), tmp_path / "journal"
        memory.fail("accounts.create", RateLimitError("slowly", status_code=429, **ERROR_ARGS), times=999)
        with pytest.raises(bulk.PausedError):
            await bulk.apply(plan, org, journal=journal, passwords=passwords, max_pause=timedelta(0), concurrency=1)
        assert passwords.save(tmp_path / "passwords.csv", bulk.read_outcomes(journal)) == 0
        memory.clear_faults()
        taken_over = DerivedPasswords(KEY, "run")
        with pytest.raises(bulk.PlanError, match="other passwords than those that it has sent"):
            await bulk.resume(journal, org, passwords=DerivedPasswords(KEY, "another run"))
        report = await bulk.resume(journal, org, passwords=taken_over)
        assert report.planned == report.created + report.adopted == 5
    assert taken_over.save(tmp_path / "passwords.csv", bulk.read_outcomes(journal)) == 4
    if os.name == "posix":
        assert mode(tmp_path / "passwords.csv") == 0o600
    rows = list(csv.DictReader((tmp_path / "passwords.csv").read_text().splitlines()))
    assert sorted(row["username"] for row in rows) == ["new0", "new1", "new2", "new3"]
    by_key = {write.key: passwords.of(write) for write in plan.writes}
    assert {row["key"]: SecretStr(row["password"]) for row in rows} == {row["key"]: by_key[row["key"]] for row in rows}


class TestDerivedPasswords(PasswordContract):
    @pytest.fixture
    def make(self) -> Callable[[], DerivedPasswords]:
        return lambda: DerivedPasswords(KEY, "run")


def test_failed_replacement_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(_: int) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        replace_privately(path, b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("file", b"old")]
