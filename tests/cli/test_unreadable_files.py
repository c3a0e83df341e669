"""Files that arguments and settings name and that cannot be read: one line, exit code 64, and no wait."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ran

CREATE = ("users", "create", "--provider", "memory", "--username", "ada", "--password-file")


@pytest.fixture(params=["profile", "config", "password", "secret", "roster"])
def read(
    request: pytest.FixtureRequest, orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Ran]:
    """Return a function that makes the command line read the file, through one of the ways to name it."""

    def run(path: str) -> Ran:
        match request.param:
            case "profile":
                monkeypatch.setenv("ORGSDK_CONFIG", path)
                return orgsdk("users", "list", "--profile", "school")
            case "config":
                monkeypatch.setenv("ORGSDK_CONFIG", path)
                return orgsdk("config", "show", "--profile", "school")
            case "password":
                return orgsdk(*CREATE, path)
            case "secret":
                monkeypatch.setenv("FLAT_ACCESS_TOKEN_FILE", path)
                return orgsdk("users", "list", "--provider", "flat")
            case _:
                return orgsdk("sandbox", "--roster", path)

    return run


def _missing(folder: Path) -> str:
    return str(folder / "missing")


def _folder(folder: Path) -> str:
    return str(folder)


def _not_utf8(folder: Path) -> str:
    (folder / "file").write_bytes(b"\xff\xfe")
    (folder / "file").chmod(0o600)
    return str(folder / "file")


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe", 0o600)
    return str(folder / "pipe")


def _link_to_itself(folder: Path) -> str:
    (folder / "link").symlink_to("link")
    return str(folder / "link")


def _long_name(folder: Path) -> str:
    return str(folder / ("n" * 300))


def _deep_path(folder: Path) -> str:
    return str(folder / ("x/" * 3000))


@pytest.mark.parametrize(
    "make",
    [_missing, _folder, _not_utf8, _pipe, _link_to_itself, _long_name, _deep_path],
    ids=lambda make: make.__name__,
)
def test_an_unreadable_file_is_one_line_and_exit_code_64(
    read: Callable[[str], Ran], make: Callable[[Path], str], tmp_path: Path
) -> None:
    path = make(tmp_path)
    ran = read(path)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.count("\n") == 1
    assert path.rstrip("/")[-40:] in ran.err


@pytest.mark.parametrize("setting", ["password", "secret"])
def test_a_device_without_an_end_is_not_read(
    setting: str, orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAT_ACCESS_TOKEN_FILE", "/dev/zero")
    ran = orgsdk(*CREATE, "/dev/zero") if setting == "password" else orgsdk("users", "list", "--provider", "flat")
    assert (ran.code, ran.err.count("\n")) == (64, 1)
    assert "/dev/zero: it is a device" in ran.err


def test_a_file_that_is_too_large_for_a_secret(orgsdk: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "video").write_bytes(b"x" * 100_001)
    ran = orgsdk(*CREATE, str(tmp_path / "video"))
    assert (ran.code, ran.err.count("\n")) == (64, 1)
    assert "larger than 100,000 bytes" in ran.err


def test_a_password_comes_from_a_pipe_with_a_writer(orgsdk: Callable[..., Ran]) -> None:
    reading, writing = os.pipe()
    try:
        os.write(writing, b"correct horse\n")
        os.close(writing)
        assert orgsdk(*CREATE, f"/dev/fd/{reading}").code == 0
    finally:
        os.close(reading)


def test_a_profile_is_not_written_into_a_pipe(
    orgsdk: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORGSDK_CONFIG", _pipe(tmp_path))
    ran = orgsdk("config", "set", "ORGSDK_PROVIDER", "memory", "--profile", "school")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "not a regular file" in ran.err


def test_standard_input_that_is_not_text(program: Callable[..., object]) -> None:
    code = (
        "import io, sys\nfrom orgsdk.cli import main\n"
        "sys.stdin = io.TextIOWrapper(io.BytesIO(b'\\xff\\xfe'), encoding='utf-8')\nsys.exit(main())"
    )
    ran = program("users", "get", "-", "--provider", "memory", code=code).end()  # type: ignore[attr-defined]
    assert (ran.code, ran.err) == (64, "orgsdk: standard input is not text in UTF-8\n")
