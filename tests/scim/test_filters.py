"""Filters: those that a look-up answers, and that no text of a filter breaks the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from scim2_models import ScimFilter

from orgsdk import OrgClient
from orgsdk.scim.filters import Lookup, find_lookups, is_manager_reference
from tests.scim.gateways import OPTIONS, serving

if TYPE_CHECKING:
    from pathlib import Path

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "kim"', [("name", "kim")]),
        ('USERNAME EQ "kim"', [("name", "kim")]),
        (f'{USER}:userName eq "kim"', [("name", "kim")]),
        ('id eq "U1"', [("id", "U1")]),
        ('externalId eq "x"', [("external_id", "x")]),
        ('emails eq "k@x"', [("email", "k@x")]),
        ('emails.value eq "k@x"', [("email", "k@x")]),
        ('emails[type eq "work"].value eq "k@x"', [("email", "k@x")]),
        ('emails[type eq "work" and value eq "k@x"]', [("email", "k@x")]),
        ('active eq true and userName eq "kim"', [("name", "kim")]),
        ('userName eq "kim" or externalId eq "x"', [("name", "kim"), ("external_id", "x")]),
        ('userName eq "kim" or active eq true', None),
        ('not (userName eq "kim")', None),
        ('userName sw "kim"', None),
        ("userName pr", None),
        ('emails[type eq "work"]', None),
        ('urn:example:2.0:Other:userName eq "kim"', None),
        (" or ".join(f'userName eq "{number}"' for number in range(11)), None),
    ],
)
def test_users_that_a_lookup_finds(text: str, expected: list[tuple[str, str]] | None) -> None:
    _check(text, "user", expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('displayName eq "Choir"', [("name", "Choir")]),
        ('members eq "U1"', [("member", "U1")]),
        ('members.value eq "U1"', [("member", "U1")]),
        ('members[value eq "U1"]', [("member", "U1")]),
        # The id is the cheaper of the two.
        ('members eq "U1" and id eq "G1"', [("id", "G1")]),
        ('userName eq "kim"', None),
    ],
)
def test_groups_that_a_lookup_finds(text: str, expected: list[tuple[str, str]] | None) -> None:
    _check(text, "group", expected)


def _check(text: str, kind: Literal["user", "group"], expected: list[tuple[str, str]] | None) -> None:
    found = find_lookups(ScimFilter(text).ast, kind)
    assert (None if found is None else [(one.key, one.value) for one in found]) == expected
    assert found is None or all(isinstance(one, Lookup) for one in found)


def test_the_question_for_a_manager() -> None:
    assert is_manager_reference('id eq "U1" and manager eq "U2"')
    assert not is_manager_reference('id eq "U1"')
    assert not is_manager_reference('id eq "U1" and userName eq "U2"')
    assert not is_manager_reference('id eq "U1" or manager eq "U2"')
    assert not is_manager_reference("id eq")


ATTRIBUTES = st.sampled_from(
    ["userName", "emails", "emails.value", "name.givenName", "active", "externalId", "id", "meta.created", "title", "x"]
)
VALUES = st.sampled_from(['"kim"', '""', "true", "null", "3", '"2026-01-01T00:00:00Z"', "kim", '"\\u0000"', '"é"'])
OPERATORS = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "is"])
TERMS = st.one_of(
    st.tuples(ATTRIBUTES, OPERATORS, VALUES).map(" ".join),
    ATTRIBUTES.map(lambda name: f"{name} pr"),
    st.tuples(ATTRIBUTES, OPERATORS, VALUES).map(lambda parts: f"{parts[0]}[value {parts[1]} {parts[2]}]"),
)
FILTERS = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or ", " AND "]), inner).map("".join),
        inner.map(lambda text: f"not ({text})"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=6,
)


@pytest.mark.anyio
async def test_every_filter_is_answered_or_refused(tmp_path: Path) -> None:
    """Generated filters, and any text, get 200 or 400 invalidFilter; the total is that of the matches."""
    texts: list[str] = []

    @settings(max_examples=120, database=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(FILTERS, FILTERS, st.text(max_size=40)))
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    async with OrgClient.memory(users=3) as client, serving(client, tmp_path, options=OPTIONS) as idp:
        for text in texts:
            response = await idp.http.get("/Users", params={"filter": text.encode("utf-8", "replace").decode()})
            body = response.json()
            if response.status_code == 200:
                assert body["totalResults"] == len(body.get("Resources", [])) <= 3, text
            else:
                assert (response.status_code, body["scimType"]) in {
                    (400, "invalidFilter"),
                    (400, "invalidValue"),
                    (400, "invalidPath"),
                }, (text, body)
