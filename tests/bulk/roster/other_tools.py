"""Files that the models of other tools write: each has Ada (a teacher), Bo (suspended) and Cy.

`python -m tests.bulk.roster.other_tools` records them anew where the tools are installed. They were made by
auth0-python 6.8.0, clerk-backend-api 7.0.0, moto 5.2.5 with boto3 1.44.8, okta 3.4.6, supabase-auth 2.34.1 and workos
10.8.0, on 2026-11-29.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDED = Path(__file__).parent / "recorded"
_MADE_AT = datetime(2026, 11, 29, tzinfo=UTC)
_NAMES = {"given_name": "Ada", "family_name": "Lovelace"}
_FIRST_LAST = {"first_name": "Ada", "last_name": "Lovelace"}


def auth0() -> str:
    user = import_module("auth0.management.types").UserResponseSchema
    users = [
        user(user_id="auth0|1", email="ada@example.org", app_metadata={"roles": ["teacher"]}, **_NAMES),
        user(user_id="auth0|2", email="bo@example.org", blocked=True),
        user(user_id="auth0|3", username="cy", email_verified=False),
    ]
    return "".join(f"{json.dumps(one.model_dump(mode='json', by_alias=True, exclude_none=True))}\n" for one in users)


def clerk() -> str:
    models: Any = import_module("clerk_backend_api.models")

    def complete(model: Any, **values: Any) -> Any:
        """Return a model with a value of the right type for each required field."""
        found: dict[str, Any] = {name: None for name, field in model.model_fields.items() if field.is_required()}
        for name in found:
            kind = str(model.model_fields[name].annotation)
            empty = {"typing.Dict": {}, "typing.List": [], "<class 'bool'>": False, "<class 'int'>": 0}
            found[name] = next((value for start, value in empty.items() if kind.startswith(start)), None)
        return model(**{**found, **values})

    def address(number: int, text: str) -> Any:
        return complete(models.EmailAddress, id=f"idn_{number}", object="email_address", email_address=text)

    users = [
        complete(
            models.User,
            id="user_1",
            object="user",
            external_id="E1",
            primary_email_address_id="idn_1",
            email_addresses=[address(0, "home@example.org"), address(1, "ada@example.org")],
            public_metadata={"role": "teacher"},
            **_FIRST_LAST,
        ),
        complete(models.User, id="user_2", object="user", username="bo", banned=True),
        complete(models.User, id="user_3", object="user", username="cy", deprovisioned=True),
    ]
    return json.dumps([one.model_dump(mode="json", by_alias=True) for one in users], indent=1)


def cognito() -> str:
    os.environ.update(AWS_ACCESS_KEY_ID="-", AWS_SECRET_ACCESS_KEY="-", AWS_DEFAULT_REGION="eu-central-1")
    with import_module("moto").mock_aws():
        client = import_module("boto3").client("cognito-idp")
        schema = [{"Name": "role", "AttributeDataType": "String"}]
        pool = client.create_user_pool(PoolName="vale", Schema=schema)["UserPool"]["Id"]
        for username, attributes in {
            "ada": {"email": "ada@example.org", "custom:role": "teacher", **_NAMES},
            "bo": {"email": "bo@example.org"},
            "cy": {},
        }.items():
            found = [{"Name": name, "Value": value} for name, value in attributes.items()]
            client.admin_create_user(UserPoolId=pool, Username=username, UserAttributes=found)
        client.admin_disable_user(UserPoolId=pool, Username="bo")
        users = client.list_users(UserPoolId=pool)["Users"]
    return json.dumps({"Users": users}, default=str, indent=1)


def okta() -> str:
    models: Any = import_module("okta.models")

    def user(number: int, status: str, **profile: str) -> dict[str, Any]:
        made = models.User(status=models.UserStatus(status), profile=models.UserProfile(**profile))
        # Models that are sent have no id.
        return {"id": f"00u{number}", **json.loads(made.to_json())}

    states = [one.value for one in models.UserStatus]
    users = [
        user(1, "ACTIVE", login="ada@example.org", email="ada@example.org", firstName="Ada", lastName="Lovelace"),
        user(2, "SUSPENDED", login="bo@example.org", email="bo@example.org"),
        *(user(3 + number, state, login=f"{state.lower()}@example.org") for number, state in enumerate(states)),
    ]
    return json.dumps(users, indent=1)


def supabase() -> str:
    user = import_module("supabase_auth.types").User
    metadata: dict[str, Any] = {"app_metadata": {}, "user_metadata": {}, "aud": "authenticated", "created_at": _MADE_AT}
    ada = {"app_metadata": {"role": "teacher"}, "user_metadata": {"full_name": "Ada Lovelace"}}
    users = [
        user(id="s1", email="ada@example.org", phone="12015550123", **{**metadata, **ada}),
        user(id="s2", email="bo@example.org", banned_until="2999-01-01T00:00:00Z", **metadata),
        user(id="s3", email="cy@example.org", deleted_at="2026-11-29T00:00:00Z", **metadata),
    ]
    return json.dumps({"users": [one.model_dump(mode="json") for one in users]}, indent=1)


def workos() -> str:
    user = import_module("workos.directory_sync.models").DirectoryUserWithGroups
    role = import_module("workos.common.models.slim_role").SlimRole

    def directory_user(number: int, state: str, email: str, **values: Any) -> dict[str, Any]:
        made = user(
            object="directory_user",
            id=f"directory_user_{number}",
            directory_id="directory_1",
            organization_id="org_1",
            idp_id=f"E{number}",
            state=state,
            email=email,
            custom_attributes={},
            created_at=_MADE_AT,
            updated_at=_MADE_AT,
            **values,
        )
        return dict(made.to_dict())

    users = [
        directory_user(1, "active", "ada@example.org", roles=[role(slug="teacher")], **_FIRST_LAST),
        directory_user(2, "suspended", "bo@example.org"),
        directory_user(3, "inactive", "cy@example.org"),
    ]
    return json.dumps({"object": "list", "data": users, "list_metadata": {"before": None, "after": None}}, indent=1)


@dataclass(frozen=True, slots=True)
class OtherTool:
    """A tool, the package that has it, and the recorded file that it wrote."""

    make: Callable[[], str]
    package: str
    suffix: str = "json"

    @property
    def path(self) -> Path:
        """The recorded file."""
        return RECORDED / f"{self.make.__name__}.{self.suffix}"

    @property
    def is_installed(self) -> bool:
        """Whether the tool can write the file here."""
        return find_spec(self.package) is not None


TOOLS: dict[str, OtherTool] = {
    "auth0": OtherTool(auth0, "auth0", "ndjson"),
    "clerk": OtherTool(clerk, "clerk_backend_api"),
    "cognito": OtherTool(cognito, "moto"),
    "okta": OtherTool(okta, "okta"),
    "supabase": OtherTool(supabase, "supabase_auth"),
    "workos": OtherTool(workos, "workos"),
}

if __name__ == "__main__":
    for tool in TOOLS.values():
        if tool.is_installed:
            tool.path.write_text(tool.make().rstrip("\n") + "\n", "utf-8")
