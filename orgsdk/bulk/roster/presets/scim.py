"""Lists of users from a SCIM 2.0 server.

Source: RFC 7643, sections 2.1 (names of attributes are compared without case), 2.4 (`primary`) and 4.1 (User);
RFC 7644, section 3.4.2 (ListResponse).
"""

from __future__ import annotations

import re
from typing import Final, cast

from orgsdk.bulk.roster.presets.preset import EMPTY, ENABLED, Layout, Preset, Record, records_in


def _prepare_scim(record: Record) -> Record:
    folded = _fold(record)
    name = _fold(_mapping(folded.get("name")))
    return {
        **folded,
        "email": _chosen_value(folded.get("emails")),
        "phone": re.sub(r"^tel:", "", str(_chosen_value(folded.get("phonenumbers")) or ""), flags=re.IGNORECASE),
        "given": name.get("givenname"),
        "family": name.get("familyname"),
        "full": folded.get("displayname") or name.get("formatted"),
        "role": None if folded.get("roles") is None else [*filter(None, map(_role_value, _list(folded["roles"])))],
    }


def _fold(record: Record) -> Record:
    return {name.casefold(): value for name, value in record.items()}


def _mapping(value: object) -> Record:
    return cast("Record", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _role_value(role: object) -> object:
    # Some servers send texts instead of objects.
    return role if isinstance(role, str) else _fold(_mapping(role)).get("value")


def _chosen_value(values: object) -> object:
    """Return the primary value of a list, else that for work, else the only one; None if there are several of them."""
    items = [_fold(one) for one in records_in(values)]
    # Some servers send booleans as texts.
    primary = [one for one in items if str(one.get("primary")).casefold() == "true"]
    work = [one for one in items if str(one.get("type")).casefold() == "work"]
    chosen = primary or work or items
    return chosen[0].get("value") if len(chosen) == 1 else None


def _has_all(envelope: Record, count: int) -> bool:
    folded = _fold(envelope)
    return folded.get("totalresults") == count and folded.get("startindex", 1) == 1


SCIM: Final = Preset(
    name="scim",
    title="SCIM ListResponse",
    layouts=(
        Layout(
            title="SCIM users",
            names={"username"},
            list_at="Resources",
            columns={
                "external_id": "externalid",
                "username": "username",
                "email": "email",
                "phone": "phone",
                "name": "full",
                "given_name": "given",
                "family_name": "family",
                "roles": "role",
            },
            states={"active": {**ENABLED, **EMPTY}},
            prepare=_prepare_scim,
            partial="a saved page is not the whole list",
            proves_whole=_has_all,
        ),
    ),
)
