"""Changes to the profiles file: one profile is changed, and everything else stays."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from orgsdk.bulk.errors import FileError
from orgsdk.cli.errors import UsageError
from orgsdk.cli.profile_writer import edit_profiles, write_profile

if TYPE_CHECKING:
    from pathlib import Path

FILE = """# by hand
[profiles.school]  # the school
ORGSDK_PROVIDER = "flat"
# why
FLAT_BASE_URL = "https://flat.test"

[profiles."other"]
ORGSDK_PROVIDER = "logto"
"""


def test_a_setting_is_changed_in_its_line() -> None:
    changed = edit_profiles(FILE, "school", {"ORGSDK_PROVIDER": "flat", "FLAT_BASE_URL": "https://b.test", "X": "1"})
    assert changed == FILE.replace("https://flat.test", "https://b.test").replace('b.test"\n', 'b.test"\nX = "1"\n')


def test_a_profile_is_added_and_removed() -> None:
    added = edit_profiles(FILE, "third", {"ORGSDK_PROVIDER": "flat"})
    assert added == FILE + '\n[profiles.third]\nORGSDK_PROVIDER = "flat"\n'
    assert edit_profiles("", "third", {"A": 'quote " and \\'}) == '[profiles.third]\nA = "quote \\" and \\\\"\n'
    assert edit_profiles(FILE, "other", None) == FILE.partition('[profiles."other"]')[0]
    assert edit_profiles("[profiles.a]", "a", {"A": "1"}) == '[profiles.a]\nA = "1"\n'


@pytest.mark.parametrize(
    "text",
    [
        'profiles.school.ORGSDK_PROVIDER = "flat"\n',
        'profiles = {school = {ORGSDK_PROVIDER = "flat"}}\n',
        '[profiles]\nschool = {ORGSDK_PROVIDER = "flat"}\n',
        '[profiles.school]\nORGSDK_PROVIDER = """\nflat\n[profiles.school]\n"""\n',
        '[profiles.school]\n"ORGSDK_PROVIDER" = "flat"\n',
    ],
)
def test_a_profile_that_is_not_in_lines_of_its_own_is_not_changed(tmp_path: Path, text: str) -> None:
    assert edit_profiles(text, "school", {"ORGSDK_PROVIDER": "logto"}) is None
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    with pytest.raises(UsageError, match="change it by hand"):
        write_profile(path, "school", {"ORGSDK_PROVIDER": "logto"})
    assert path.read_text("utf-8") == text


@given(
    st.dictionaries(
        st.sampled_from(["ORGSDK_PROVIDER", "FLAT_BASE_URL", "FLAT_ACCESS_TOKEN", "X"]),
        st.text(st.characters(exclude_categories=["Cc", "Cs"])),
    ),
    st.sampled_from(["school", "other", "new"]),
)
def test_every_value_is_read_back_and_the_other_profiles_stay(settings: dict[str, str], name: str) -> None:
    changed = edit_profiles(FILE, name, settings)
    assert changed is not None
    before, after = tomllib.loads(FILE)["profiles"], tomllib.loads(changed)["profiles"]
    assert after == {**before, name: settings}
    assert "# by hand" in changed


def test_a_link_is_not_replaced(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text("", "utf-8")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    with pytest.raises(FileError, match="it is a symbolic link"):
        write_profile(link, "school", {"ORGSDK_PROVIDER": "flat"})
    assert real.read_text("utf-8") == ""
