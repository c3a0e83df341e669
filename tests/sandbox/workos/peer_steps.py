"""The same calls for the emulator and the sandbox, and what their answers have in common.

A step with a name keeps the id of its answer: `{name}` in a later path or body is replaced by it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

USERS = "/user_management/users"
MEMBERSHIPS = "/user_management/organization_memberships"
INVITATIONS = "/user_management/invitations"
ROLES = "/authorization/roles"
OWN_ROLES = "/authorization/organizations/{org}/roles"
PERMISSIONS = "/authorization/permissions"
DOMAINS = "/organization_domains"
ENDPOINTS = "/webhook_endpoints"
ASSIGNMENTS = "/authorization/organization_memberships/{member}/role_assignments"


@dataclass(frozen=True)
class Step:
    """One call."""

    method: str
    path: str
    body: Any = None
    name: str | None = None

    @property
    def label(self) -> str:
        """Return the call as it is shown."""
        return f"{self.method} {self.path} {'' if self.body is None else json.dumps(self.body)}".rstrip()


def get(path: str) -> Step:
    return Step("GET", path)


def post(path: str, body: Any = None, name: str | None = None) -> Step:
    return Step("POST", path, body, name)


def put(path: str, body: Any = None) -> Step:
    return Step("PUT", path, body)


def delete(path: str) -> Step:
    return Step("DELETE", path)


_ORGANIZATIONS = [
    post("/organizations", {"name": "A", "external_id": "a1", "metadata": {"k": "v"}}, "org"),
    post("/organizations", {"name": "A", "domain_data": [{"domain": "b.example", "state": "verified"}]}, "other"),
    post("/organizations", {}),
    post("/organizations", {"name": "A", "external_id": "a1"}, "twin"),
    post("/organizations", {"name": "A", "domain_data": [{"domain": "b.example", "state": "pending"}]}, "second"),
    post("/organizations", {"name": "A", "domains": ["old.example"]}, "old"),
    post("/organizations", {"name": "A", "metadata": {"k": "v" * 601}}, "long"),
    post("/organizations", {"name": "A", "external_id": "ä"}, "umlaut"),
    get("/organizations/{org}"),
    get("/organizations/org_x"),
    get("/organizations/external_id/nothing"),
    put("/organizations/{org}", {}),
    put("/organizations/{org}", {"name": "B", "metadata": {"other": "w"}, "stripe_customer_id": "cus_1"}),
    put("/organizations/{org}", {"external_id": None, "metadata": None}),
    put("/organizations/{org}", {"domain_data": [{"domain": "c.example", "state": "pending"}]}),
    put("/organizations/org_x", {}),
    get("/organizations?domains=c.example"),
    get("/organizations?domains=b.example,c.example&limit=1"),
    get("/organizations?search=nothing&limit=1"),
    post(DOMAINS, {"organization_id": "{org}", "domain": "d.example"}, "domain"),
    post(DOMAINS, {"organization_id": "{org}", "domain": "d.example"}),
    post(DOMAINS, {"organization_id": "org_x", "domain": "e.example"}),
    post(DOMAINS, {"domain": "e.example"}),
    get(f"{DOMAINS}/{{domain}}"),
    post(f"{DOMAINS}/{{domain}}/verify"),
    post(f"{DOMAINS}/{{domain}}/verify"),
    delete(f"{DOMAINS}/{{domain}}"),
    delete(f"{DOMAINS}/{{domain}}"),
]

_ROLES = [
    post(PERMISSIONS, {"slug": "a:b", "name": "A"}, "permission"),
    post(PERMISSIONS, {"slug": "a:b", "name": "A"}),
    post(PERMISSIONS, {"slug": "x"}),
    get(PERMISSIONS),
    get(f"{PERMISSIONS}/a:b"),
    get(f"{PERMISSIONS}/nothing"),
    Step("PATCH", f"{PERMISSIONS}/a:b", {"name": "B"}),
    put(f"{PERMISSIONS}/a:b", {"name": "B"}),
    post(ROLES, {"slug": "member", "name": "Member", "description": "Belongs"}, "role"),
    post(ROLES, {"slug": "teacher", "name": "Teacher"}),
    post(ROLES, {"slug": "teacher", "name": "Teacher"}),
    post(ROLES, {"name": "No slug"}),
    post(ROLES, {"slug": "no-name"}),
    post(ROLES, {"slug": "x" * 49, "name": "Long"}),
    get(ROLES),
    get(f"{ROLES}/teacher"),
    get(f"{ROLES}/nothing"),
    Step("PATCH", f"{ROLES}/teacher", {"name": "T"}),
    put(f"{ROLES}/teacher", {"name": "T"}),
    put(f"{ROLES}/teacher/permissions", {"permissions": ["a:b"]}),
    post(f"{ROLES}/teacher/permissions", {"permissions": ["a:b"]}),
    post(f"{ROLES}/teacher/permissions", {"slug": "a:b"}),
    post(OWN_ROLES, {"slug": "org-own", "name": "Own"}, "own"),
    post(OWN_ROLES, {"slug": "org-own", "name": "Own"}),
    post(OWN_ROLES, {"slug": "own", "name": "No prefix"}),
    post(OWN_ROLES, {"name": "No slug"}),
    get(OWN_ROLES),
    get(f"{OWN_ROLES}/teacher"),
    get(f"{OWN_ROLES}/org-own"),
    get("/authorization/organizations/org_x/roles"),
    Step("PATCH", f"{OWN_ROLES}/org-own", {"name": "O"}),
    delete(f"{OWN_ROLES}/org-own"),
    delete(f"{OWN_ROLES}/org-own"),
    delete(f"{PERMISSIONS}/a:b"),
    delete(f"{PERMISSIONS}/a:b"),
]

_USERS = [
    post(USERS, {"email": "Ada@x.example", "first_name": "Ada", "external_id": "u1", "metadata": {"k": "v"}}, "user"),
    post(USERS, {"email": "Ada@x.example"}),
    post(USERS, {"email": "ada@x.example"}, "case"),
    post(USERS, {}),
    post(USERS, {"email": "no address"}, "none"),
    post(USERS, {"email": "b@x.example", "external_id": "u1"}, "same"),
    post(USERS, {"email": "c@x.example", "password": "short"}, "short"),
    post(USERS, {"email": "d@x.example", "password": "long enough", "email_verified": True}, "verified"),
    get(f"{USERS}/{{user}}"),
    get(f"{USERS}/user_x"),
    get(f"{USERS}/external_id/nothing"),
    get(f"{USERS}?email=Ada@x.example"),
    get(f"{USERS}?email=nobody@x.example"),
    put(f"{USERS}/{{user}}", {}),
    put(f"{USERS}/{{user}}", {"last_name": "L", "metadata": {"o": "w"}, "email_verified": True}),
    put(f"{USERS}/{{user}}", {"email": "new@x.example"}),
    put(f"{USERS}/{{user}}", {"email": "Ada@x.example", "locale": "fr"}),
    put(f"{USERS}/{{user}}", {"first_name": None}),
    put(f"{USERS}/{{user}}", {"first_name": "Ada", "email_verified": True, "locale": None}),
    put(f"{USERS}/{{user}}", {"external_id": None, "metadata": None}),
    put(f"{USERS}/user_x", {}),
    post(f"{USERS}/{{user}}/email_change/send", {"new_email": "n@x.example"}),
    post(f"{USERS}/{{user}}/email_verification/send"),
]

_MEMBERSHIPS = [
    post(MEMBERSHIPS, {"user_id": "{user}", "organization_id": "{org}", "role_slug": "teacher"}, "member"),
    post(MEMBERSHIPS, {"user_id": "{user}", "organization_id": "{org}"}),
    post(MEMBERSHIPS, {"user_id": "user_x", "organization_id": "{other}"}, "ghost"),
    post(MEMBERSHIPS, {"user_id": "{user}", "organization_id": "org_x"}),
    post(MEMBERSHIPS, {"user_id": "{user}"}),
    post(MEMBERSHIPS, {"user_id": "{verified}", "organization_id": "{other}", "role_slug": "nothing"}, "unknown"),
    post(MEMBERSHIPS, {"user_id": "{verified}", "organization_id": "{org}", "role_slugs": ["teacher", "member"]}),
    get(f"{MEMBERSHIPS}/{{member}}"),
    get(f"{MEMBERSHIPS}/om_x"),
    get(f"{MEMBERSHIPS}?limit=1"),
    get(f"{MEMBERSHIPS}?user_id={{user}}"),
    get(f"{MEMBERSHIPS}?user_id=user_y"),
    put(f"{MEMBERSHIPS}/{{member}}", {}),
    put(f"{MEMBERSHIPS}/{{member}}", {"role_slug": "member"}),
    put(f"{MEMBERSHIPS}/{{member}}", {"role_slugs": ["teacher"]}),
    put(f"{MEMBERSHIPS}/{{member}}", {"role_slug": "member"}),
    put(f"{MEMBERSHIPS}/{{member}}/deactivate"),
    put(f"{MEMBERSHIPS}/{{member}}/deactivate"),
    get(f"{MEMBERSHIPS}?user_id={{user}}&organization_id={{org}}"),
    get(f"{MEMBERSHIPS}?user_id={{user}}&statuses=inactive"),
    get(f"{MEMBERSHIPS}?user_id={{user}}&statuses=active"),
    get(f"{MEMBERSHIPS}?user_id={{user}}&statuses[]=active"),
    get(f"{USERS}?organization_id={{org}}&email=Ada@x.example"),
    put(f"{MEMBERSHIPS}/{{member}}/reactivate"),
    put(f"{MEMBERSHIPS}/{{member}}/reactivate"),
    put(f"{MEMBERSHIPS}/{{member}}/deactivate"),
    post(MEMBERSHIPS, {"user_id": "{user}", "organization_id": "{org}", "role_slug": "member"}, "again"),
    get(ASSIGNMENTS),
    delete(f"{MEMBERSHIPS}/{{member}}"),
    delete(f"{MEMBERSHIPS}/{{member}}"),
]

_INVITATIONS = [
    post(INVITATIONS, {"email": "Inv@x.example", "organization_id": "{org}", "role_slug": "teacher"}, "invitation"),
    post(INVITATIONS, {"email": "Inv@x.example", "organization_id": "{org}"}, "duplicate"),
    post(INVITATIONS, {"email": "plain@x.example"}, "plain"),
    post(INVITATIONS, {"email": "e@x.example", "organization_id": "org_x"}, "nowhere"),
    post(INVITATIONS, {"email": "no address"}, "noaddress"),
    post(INVITATIONS, {"email": "f@x.example", "role_slug": "nothing"}, "norole"),
    post(INVITATIONS, {"email": "g@x.example", "expires_in_days": 31}, "late"),
    post(INVITATIONS, {"email": "Ada@x.example"}, "known"),
    post(INVITATIONS, {}),
    get(f"{INVITATIONS}/{{invitation}}"),
    get(f"{INVITATIONS}/invitation_x"),
    get(f"{INVITATIONS}/by_token/nothing"),
    get(f"{INVITATIONS}?email=plain@x.example"),
    get(f"{INVITATIONS}?email=PLAIN@x.example"),
    post(f"{INVITATIONS}/{{invitation}}/resend"),
    post(f"{INVITATIONS}/{{invitation}}/revoke"),
    post(f"{INVITATIONS}/{{invitation}}/revoke"),
    post(f"{INVITATIONS}/{{invitation}}/resend"),
    post(f"{INVITATIONS}/{{plain}}/accept"),
    post(f"{INVITATIONS}/{{plain}}/accept"),
    post(USERS, {"email": "joins@x.example"}, "joins"),
    post(INVITATIONS, {"email": "joins@x.example", "organization_id": "{other}", "role_slug": "member"}, "join"),
    post(f"{INVITATIONS}/{{join}}/accept"),
    get(f"{MEMBERSHIPS}?user_id={{joins}}"),
    post(f"{INVITATIONS}/invitation_x/accept"),
    delete(f"{INVITATIONS}/{{join}}"),
]

_REST = [
    get("/events?limit=1"),
    get("/events?limit=1&events=user.created"),
    get("/events?limit=1&events[]=user.created"),
    post(ENDPOINTS, {"endpoint_url": "https://a.example/hook", "events": ["user.created"]}, "endpoint"),
    post(ENDPOINTS, {"endpoint_url": "https://a.example/hook", "events": ["user.created"]}),
    post(ENDPOINTS, {"endpoint_url": "https://b.example/hook", "events": ["user.sang"]}),
    Step("PATCH", f"{ENDPOINTS}/{{endpoint}}", {"status": "disabled"}),
    delete(f"{ENDPOINTS}/{{endpoint}}"),
    delete(f"{ENDPOINTS}/{{endpoint}}"),
    delete(f"{USERS}/{{user}}"),
    delete(f"{USERS}/{{user}}"),
    delete("/organizations/{org}"),
    delete("/organizations/{org}"),
    get(f"{USERS}?organization_id={{org}}"),
    get("/nowhere"),
    Step("PATCH", "/organizations", {}),
    get("/organizations/"),
    Step("HEAD", "/organizations"),
]

_PAGES = [
    *[post(USERS, {"email": f"page{number}@x.example"}, f"u{number}") for number in range(6)],
    post("/organizations", {"name": "Pages"}, "pages"),
    *[post(MEMBERSHIPS, {"user_id": f"{{u{number}}}", "organization_id": "{pages}"}) for number in range(6)],
    *[
        get(f"{USERS}?organization_id={{pages}}&{query}")
        for query in (
            "limit=2",
            "limit=2&after={u4}",
            "limit=2&after={u2}",
            "limit=2&after={u0}",
            "limit=6",
            "limit=2&after=user_x",
            "limit=2&after={joins}",
            "limit=2&before={u4}",
            "limit=2&before={u1}",
            "limit=2&after={u4}&before={u2}",
            "limit=2&order=asc",
            "limit=2&order=asc&after={u1}",
            "limit=2&order=normal",
            "limit=2&order=up",
            "limit=0",
            "limit=many",
            "limit=-1",
            "limit=101",
        )
    ],
    delete(f"{USERS}/{{u3}}"),
    get(f"{USERS}?organization_id={{pages}}&limit=2&after={{u3}}"),
]

STEPS = [*_ORGANIZATIONS, *_ROLES, *_USERS, *_MEMBERSHIPS, *_INVITATIONS, *_REST, *_PAGES]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_ID = re.compile(r"([a-z_]+_)[0-9A-HJKMNP-TV-Z]{26}")
# Texts for readers, and secrets.
_ANY_TEXT = frozenset({"message", "token", "secret", "verification_token", "accept_invitation_url"})

Answer = dict[str, object]


def run(http: httpx.Client) -> Iterator[tuple[Step, Answer]]:
    """Make every call, and yield the answers in a form that can be compared."""
    ids: dict[str, str] = {}
    for step in STEPS:
        path, body = _filled(step.path, ids), _filled(step.body, ids)
        answer = http.request(step.method, path, json=body)
        content: Any = answer.json() if answer.content else None
        if step.name is not None:
            # Refused on one of the two: later steps ask for an unknown id.
            ids[step.name] = str(content.get("id") or f"{step.name}_x")
        yield step, {"status": answer.status_code, **flatten(content, {value: name for name, value in ids.items()})}


def differences(theirs: Answer, ours: Answer) -> list[str]:
    """Return each difference as "member: theirs / ours".

    Of answers with different statuses, nothing but the codes is compared, and of lists with different lengths nothing
    but the lengths.
    """
    if theirs["status"] != ours["status"]:
        return [f"status: {_status(theirs)} / {_status(ours)}"]
    if theirs.get(".data.length") != ours.get(".data.length"):
        return [f"rows: {theirs['.data.length']} / {ours['.data.length']}"]
    members = sorted(theirs.keys() | ours.keys())
    values = {name: (theirs.get(name, "nothing"), ours.get(name, "nothing")) for name in members}
    differing = [f"{name}: {their} / {our}" for name, (their, our) in values.items() if their != our]
    return [f"{theirs['status']} {difference}" for difference in differing]


def _status(answer: Answer) -> str:
    return f"{answer['status']} {answer.get('.code', '')}".rstrip()


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda match: ids[match[1]], value)
    if isinstance(value, dict):
        return {name: _filled(item, ids) for name, item in value.items()}
    return [_filled(item, ids) for item in value] if isinstance(value, list) else value


def flatten(value: Any, names: dict[str, str], path: str = "") -> Answer:
    """Return the leaves of a JSON value by their paths, with names for ids, and without times and secrets."""
    if value == {}:
        return {path: "empty"}
    if isinstance(value, dict):
        return {key: leaf for name in value for key, leaf in flatten(value[name], names, f"{path}.{name}").items()}
    if isinstance(value, list):
        leaves: Answer = {f"{path}.length": len(value)}
        for number, item in enumerate(value):
            leaves |= flatten(item, names, f"{path}[{number}]")
        return leaves
    if value in names and isinstance(value, str):
        # The prefixes of ids are compared when an object is made.
        return {path: f"<{names[value]}>", **({f"{path} prefix": value[:-26]} if path == ".id" else {})}
    if isinstance(value, str):
        if path.rpartition(".")[2] in _ANY_TEXT:
            return {path: "<text>"}
        value = "<time>" if _TIME.fullmatch(value) else _ID.sub(r"<\1>", value)
    return {path: value}
