"""fleet.toml: what it describes, and one error with everything that is wrong in it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from orgsdk._parameters import MisuseError
from orgsdk.bulk import Policy
from orgsdk.fleet import Fleet, FleetConfigError, FleetEntry, load_config

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
organizations = "schools.csv"
[fleet]
store = "runs/fleet.db"
concurrency = 3
verify_share = 0.5
max_pause_seconds = 5
passwords = "env:FLEET_PASSWORDS"
[guards]
judge = "stream"
stop_after = 2
[budget]
hours = 7.5
[defaults]
credentials = "main"
roster = "rosters/{name}.csv"
policy = "careful"
reader = {on_error = "skip"}
[policies.careful]
remove = "membership"
grace_days = 30
protect = ["*@staff.example.org"]
[credentials.main]
provider = "logto"
LOGTO_ENDPOINT = "https://t.logto.app"
LOGTO_APP_ID = "app_1"
LOGTO_APP_SECRET = "env:LOGTO_APP_SECRET"
"""
CSV = """\
name,credentials,organization,roster,provider,FLAT_ACCESS_TOKEN
north,,org_1,,,
south,,org_2,https://sis.example/2,,
flat,,,flat.csv,flat,file:/run/secrets/flat
"""


def write(folder: Path, toml: str, csv: str | None = None) -> Path:
    path = folder / "fleet.toml"
    path.write_text(dedent(toml), "utf-8")
    if csv is not None:
        (folder / "schools.csv").write_text(csv, "utf-8")
    return path


def problems(folder: Path, toml: str, csv: str | None = None) -> list[str]:
    with pytest.raises(FleetConfigError) as caught:
        load_config(write(folder, toml, csv))
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return list(caught.value.problems)


def test_a_file_describes_the_fleet(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, GOOD, CSV))
    assert config.store == str(tmp_path / "runs/fleet.db")
    options = config.options
    assert (options.concurrency, options.verify_share, options.max_pause) == (3, 0.5, timedelta(seconds=5))
    assert (options.guards.judge, options.guards.stop_after, options.budget.hours) == ("stream", 2, 7.5)
    careful = Policy(remove="membership", grace=timedelta(days=30), protect=("*@staff.example.org",))
    for _ in range(2):  # each iteration reads the file again
        north, south, flat = config.entries
        assert (north.name, north.organization, north.paths) == ("north", "org_1", (tmp_path / "rosters/north.csv",))
        assert (north.limit_key, north.policy, north.reader) == ("main", careful, {"on_error": "skip"})
        assert (south.address, south.paths) == ("https://sis.example/2", ())
        assert (flat.provider, flat.credentials) == ("flat", None)
        assert dict(flat.settings) == {"FLAT_ACCESS_TOKEN": "file:/run/secrets/flat"}
        assert flat.limit_key.startswith("flat-")
    assert Fleet.load(tmp_path / "fleet.toml").options == options


def test_organizations_are_tables_too(tmp_path: Path) -> None:
    config = load_config(
        write(
            tmp_path,
            """
            [policies.careful]
            remove = "membership"
            [credentials.a]
            provider = "flat"
            key = "shared"
            FLAT_ACCESS_TOKEN = "exec:pass show flat"
            [[organizations]]
            name = "one"
            credentials = "a"
            roster = ["pupils.csv", "teachers.csv"]
            policy = {max_removals = 3}
            preset = "csv"
            [[organizations]]
            name = "two"
            credentials = "a"
            roster = "b.csv"
            policy = "careful"
            key = "own"
            """,
        )
    )
    one, two = config.entries
    assert (len(one.paths), one.limit_key, one.policy, one.preset) == (2, "shared", Policy(max_removals=3), "csv")
    assert (two.limit_key, two.policy.remove) == ("own", "membership")


def test_one_error_has_everything_that_is_wrong(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
        [flet]
        [fleet]
        store = "postgresql://fleet:pa55@db/fleet"
        concurency = 4
        verify_share = 7
        passwords = "correct horse battery staple"
        load_roster = "no.such.module:load"
        [guards]
        judge = "hole"
        [budget]
        hour = 8
        [defaults]
        polcy = "careful"
        [policies.careful]
        remove = "all"
        grace = 30
        [credentials.main]
        provider = "lgto"
        [credentials.flat]
        provider = "flat"
        FLAT_ACCESS_TOKEN = "fl_5ecret"
        [credentials.logto]
        provider = "logto"
        LOGTO_ENDPOINT = "https://t.logto.app"
        LOGTO_APP_ID = "app"
        LOGTO_APP_SECRET = "env:S"
        LOGTO_RESSOURCE = "https://t.logto.app/api"
        [[organizations]]
        name = "a"
        credentials = "mian"
        roster = "a.csv"
        [[organizations]]
        name = "a"
        credentials = "logto"
        roster = "a.csv"
        [[organizations]]
        name = "a"
        credentials = "logto"
        roster = "a.csv"
        [[organizations]]
        name = "../b"
        credentials = "logto"
        roster = "{name}.csv"
        [[organizations]]
        credentials = "logto"
        organisation = "org"
        """,
    )
    text = "\n".join(found)
    for expected in (
        "unknown key 'flet'. Did you mean 'fleet'?",
        "[fleet] store has a password in plain text",
        "[fleet] unknown key 'concurency'. Did you mean 'concurrency'?",
        "verify_share is 7",
        "load_roster cannot be imported",
        "[guards] judge is not one of its values",
        "[budget] unknown key 'hour'. Did you mean 'hours'?",
        "[defaults] unknown key 'polcy'. Did you mean 'policy'?",
        "[policies.careful] unknown key 'grace'. Did you mean 'grace_days'?",
        "[credentials.main] no provider is called 'lgto'. Did you mean 'logto'?",
        "[credentials.flat] FLAT_ACCESS_TOKEN is a secret in plain text: write a reference",
        "[credentials.logto] unknown setting LOGTO_RESSOURCE: did you mean LOGTO_RESOURCE?",
        "number 1: credentials: unknown key 'mian'. Did you mean 'main'?",
        "number 3: the name 'a' is that of [[organizations]] number 2 too",
        "number 4: roster: {name} cannot be part of a path here",
        "number 5: unknown key 'organisation'. Did you mean 'organization'?",
        "number 5: roster is missing",
    ):
        assert expected in text, expected
    for secret in ("pa55", "fl_5ecret", "correct horse"):
        assert secret not in text


@pytest.mark.parametrize(
    ("toml", "csv", "expected"),
    [
        ("[fleet\n", None, "it is not TOML: see line 1"),
        ("a = 'äö", None, "it is not TOML"),
        ("", None, "there are no organizations"),
        ("organizations = 'schools.csv'", None, "No such file"),
        ("organizations = 'schools.csv'", "nam,roster\n", "unknown key 'nam'. Did you mean 'name'?"),
        ("organizations = 'schools.csv'", "name,name\n", "the column 'name' is there twice"),
        ("organizations = 'schools.csv'", 'name\n"a', "it is not CSV"),
        ("organizations = 'schools.csv'", "name,roster\na,b,c\n", "line 2 has more cells than the header"),
        ("organizations = 'schools.csv'\nfleet = 3", "name\n", "fleet is not a table"),
        ("organizations = 'schools.csv'\ncredentials.a = 3", "name\n", "[credentials.a] is not a table"),
        ("organizations = 'schools.csv'\ncredentials.a = {}", "name\n", "[credentials.a] provider is missing"),
        ("organizations = 'schools.csv'\n[fleet]\nretry_pause_seconds = 'x'", "name\n", "must be a number of seconds"),
        (
            "organizations = 'schools.csv'\n[policies.a]\ngrace_days = -3",
            "name\n",
            "must be a number of days, 0 or more",
        ),
        (
            "organizations = 'schools.csv'\n[defaults]\nroster = 'rosters/{nam}.csv'",
            "name,provider,FLAT_ACCESS_TOKEN\na,flat,env:TOKEN\n",
            "roster: {nam} is not filled in: write {name} or {organization}",
        ),
        ("organizations = 'schools.csv'", "name,roster,provider\na,b.csv,flat\n", "FLAT_ACCESS_TOKEN is not set"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, toml: str, csv: str | None, expected: str) -> None:
    assert expected in "\n".join(problems(tmp_path, toml, csv))


def test_credentials_may_name_the_organization(tmp_path: Path) -> None:
    toml = """
        organizations = "schools.csv"
        [credentials.main]
        provider = "flat"
        FLAT_ACCESS_TOKEN = "env:TOKEN"
        ORGSDK_ORGANIZATION = "org_1"
        """
    config = load_config(write(tmp_path, toml, "name,credentials,roster\na,main,a.csv\n"))
    assert config.credentials["main"].settings["ORGSDK_ORGANIZATION"] == "org_1"


def test_a_file_that_changes_between_the_check_and_the_run_is_refused(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, GOOD, CSV))
    (tmp_path / "schools.csv").write_text("name,credentials\na,nobody\n", "utf-8")
    with pytest.raises(FleetConfigError, match=r"schools\.csv, line 2"):
        list(config.entries)


_VALUES = st.one_of(st.text(max_size=8), st.integers(-2, 99), st.booleans(), st.lists(st.text(max_size=3), max_size=2))


@settings(max_examples=60, deadline=None)
@given(
    values=st.dictionaries(
        st.sampled_from(["name", "roster", "credentials", "provider", "settings", "organization", "key", "policy"]),
        _VALUES,
    )
)
def test_whatever_an_entry_has_it_is_refused_or_can_be_stored(values: dict[str, object]) -> None:
    with suppress(FleetConfigError, MisuseError):  # no other error
        entry = FleetEntry(**values)  # type: ignore[arg-type]  # that is the test
        again = FleetEntry.from_json(entry.to_json(), name=entry.name, key=entry.limit_key)
        assert (again.to_json(), again.limit_key) == (entry.to_json(), entry.limit_key)
