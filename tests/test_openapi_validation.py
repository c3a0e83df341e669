"""The validation of requests against the official documents detects wrong requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from orgsdk.transport.backends.base import OutgoingRequest

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from tests.conftest import Validation
    from tests.openapi import OpenAPIDocuments

FLAT, LOGTO = "https://api.flat.io/v2", "http://logto.test"
WORKOS = "https://api.workos.com/user_management"
USERS = f"{FLAT}/organizations/users"
MEMBERS = f"{LOGTO}/api/organizations/abc/users"
TOKEN = f"{LOGTO}/oidc/token"
HOSTS = {"api.flat.io", "api.workos.com"}
JSON = "application/json"
FORM = "grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all"


def outgoing(method: str, url: str, body: str | None = None, **headers: str) -> OutgoingRequest:
    authorization = SecretStr(headers.pop("authorization", "Bearer t"))
    lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return OutgoingRequest(method, url, lines, None if body is None else body.encode(), authorization)


def token(body: str, content_type: str = "application/x-www-form-urlencoded", url: str = TOKEN) -> OutgoingRequest:
    return outgoing("POST", url, body, authorization="Basic dDp0", content_type=content_type)


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (outgoing("GET", f"{FLAT}/organization/users"), "Path not found"),
        (outgoing("GET", "https://api.flat.io/organizations/users"), "no document has this path"),
        (outgoing("DELETE", USERS), "Operation delete not found"),
        (outgoing("GET", f"{USERS}?limit=1001"), "1001 is greater than the maximum of 1000"),
        (outgoing("GET", f"{USERS}?limit=ten"), "limit"),
        (outgoing("GET", f"{USERS}?role=student"), "'student' is not one of"),
        (outgoing("GET", f"{USERS}?page_size=10"), "query parameter page_size is not documented"),
        (outgoing("GET", f"{USERS}/count?limit=1"), "query parameter limit is not documented"),
        (outgoing("GET", f"{USERS}?q=a&q=b"), "query parameter q is repeated, but is not an array"),
        (outgoing("GET", USERS, authorization="Basic dDp0"), "no bearer token"),
        (outgoing("POST", USERS, '{"username": "ada"}', content_type="application/json"), "password"),
        (
            outgoing("POST", USERS, '{"username":"a","password":"secret","nick":"a"}', content_type="application/json"),
            "nick",
        ),
        (outgoing("GET", f"{MEMBERS}?page=0"), "0 is less than the minimum of 1"),
        (outgoing("GET", f"{MEMBERS}?pageSize=10"), "query parameter pageSize is not documented"),
        (outgoing("GET", f"{MEMBERS}?organizationRoleId="), "organizationRoleId"),
        (outgoing("GET", f"{LOGTO}/api/members"), "Path not found"),
        (outgoing("GET", f"{WORKOS}/members"), "Path not found"),
        (outgoing("PATCH", f"{WORKOS}/users/user_1"), "Operation patch not found"),
        (outgoing("GET", f"{WORKOS}/users?limit=101"), "101 is greater than the maximum of 100"),
        (outgoing("GET", f"{WORKOS}/users?order=up"), "'up' is not one of"),
        (outgoing("GET", f"{WORKOS}/users?page=2"), "query parameter page is not documented"),
        (outgoing("GET", f"{WORKOS}/users?email=a&email=b"), "query parameter email is repeated, but is not an array"),
        (outgoing("GET", f"{WORKOS}/organization_memberships?statuses=active,gone"), "'gone' is not one of"),
        (outgoing("GET", f"{WORKOS}/users", authorization="Basic dDp0"), "no bearer token"),
        (outgoing("POST", f"{WORKOS}/users", '{"email": "a", "username": "a"}', content_type=JSON), "username"),
        (outgoing("POST", f"{WORKOS}/users", '{"first_name": "Ada"}', content_type=JSON), "'email' is a required"),
        (token(FORM, url=f"{TOKEN}?x=1"), "not a POST without a query"),
        (token("{}", "application/json"), "not a form"),
        (token("grant_type=client_credentials&scope=all"), "not grant_type, resource and scope"),
        (token(f"{FORM}&scope=all"), "not grant_type, resource and scope"),
        (outgoing("POST", TOKEN, FORM, content_type="application/x-www-form-urlencoded"), "no basic credentials"),
    ],
)
def test_an_undocumented_request_is_reported(
    documents: OpenAPIDocuments, request_: OutgoingRequest, problem: str
) -> None:
    assert problem in (documents.problem(request_, HOSTS) or "")


@pytest.mark.parametrize(
    "request_",
    [
        outgoing("GET", f"{USERS}?limit=1000&role=teacher&role=admin&next=a%2B%2F"),
        outgoing("GET", f"{FLAT}/me"),
        outgoing("GET", f"{MEMBERS}?q=%25&page=1&page_size=100"),
        outgoing("GET", f"{WORKOS}/organization_memberships?organization_id=o&statuses=active,inactive&limit=100"),
        outgoing("POST", f"{WORKOS}/users", '{"email": "a@example.com", "external_id": null}', content_type=JSON),
        token(FORM),
        outgoing("GET", "http://elsewhere.test/things?of=nobody"),
    ],
)
def test_a_documented_request_passes(documents: OpenAPIDocuments, request_: OutgoingRequest) -> None:
    assert documents.problem(request_, HOSTS) is None


@pytest.mark.anyio
async def test_an_undocumented_request_fails_a_test_that_ignores_its_error(
    documents: OpenAPIDocuments, validation: Validation, flat: OrgClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orgsdk.providers.flat.requests.PAGING._size", "per_page")
    assert len(await flat.organization().users.list(page_size=30)) > 0
    with pytest.raises(pytest.fail.Exception, match="query parameter per_page is not documented"):
        validation.fail_if_undocumented()


@pytest.mark.anyio
@pytest.mark.undocumented("the test sends a wrong request")
async def test_a_marked_test_may_send_an_undocumented_request(flat: OrgClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orgsdk.providers.flat.requests.PAGING._size", "per_page")
    assert len(await flat.organization().users.list(page_size=30)) > 0
