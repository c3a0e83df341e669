"""Flat's wire models: responses are read leniently, requests are validated strictly, and no secret is shown."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from orgsdk import InvalidArgumentError
from orgsdk.providers import flat
from orgsdk.providers.flat import models
from orgsdk.providers.flat.models.base import (
    FlatBody,
    FlatResponseModel,
    id_reader,
    reader_of,
)
from orgsdk.providers.flat.models.lti import lti_configuration_reader

ID = "0123456789abcdef01234567"
SECRET = "s3cret-4711"
# Values of the required fields.
REQUIRED: dict[str, Any] = {
    "id": ID,
    "username": "ada",
    "password": SECRET,
    "scopes": ("scores",),
    "name": "Ours",
    "lms": "canvas",
    "deployment_type": "canvas",
    "deployment_id": "d1",
}


def all_models() -> list[type[BaseModel]]:
    kinds = [getattr(models, name) for name in vars(models)["__all__"]]
    found = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return [kind for kind in found if kind not in {FlatResponseModel, FlatBody}]


def secret_fields(kind: type[BaseModel]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if "SecretStr" in str(field.annotation)]


def filled(kind: type[BaseModel]) -> BaseModel:
    required = {name: REQUIRED[name] for name, field in kind.model_fields.items() if field.is_required()}
    return kind(**{**required, **dict.fromkeys(secret_fields(kind), SECRET)})


# Secrets


def test_these_fields_are_secrets() -> None:
    assert {f"{kind.__name__}.{name}" for kind in all_models() for name in secret_fields(kind)} == {
        "ApiAccessToken.token",
        "LtiConfiguration1p1.consumer_secret",
        "LtiConfiguration1p3Dynamic.registration_token",
        "LtiConfiguration1p3Dynamic.registration_url",
        "LtiCredentials.consumer_secret",
        "UserAdminUpdate.password",
        "UserCreation.password",
        "UserSigninLink.token",
        "UserSigninLink.url",
    }


@pytest.mark.parametrize("kind", all_models())
def test_no_model_shows_a_secret(kind: type[BaseModel]) -> None:
    model = filled(kind)
    assert SECRET not in f"{model} {model!r} {model.model_dump_json()}"


def test_unknown_fields_are_kept_but_not_shown() -> None:
    body = {"id": ID, "ltiVersion": "2p0", "consumerSecret": SECRET}
    found = reader_of(models.LtiConfigurationBase).one(json.dumps(body).encode())
    assert (found.model_extra or {})["consumerSecret"] == SECRET
    assert SECRET not in f"{found} {found!r}"


def test_models_can_be_hashed_compared_and_pickled() -> None:
    user = models.UserDetailsAdmin(id=ID, username="ada", groups=("g1",))
    assert pickle.loads(pickle.dumps(user)) == user
    assert len({user, user.model_copy()}) == 1


# Responses


def test_missing_null_and_unknown_fields_are_accepted() -> None:
    rows: list[dict[str, Any]] = [
        {"id": ID, "username": "ada"},
        {"id": ID, "username": "ada", "picture": None, "badges": None, "groups": None, "license": None, "email": None},
        {
            "id": ID,
            "type": "robot",
            "product": "flatBand",
            "username": "ada",
            "organizationRole": "conductor",
            "classRole": "soloist",
            "license": {"source": "gift", "mode": "choir", "seats": 4},
            "instrument": {"strings": 4},
        },
    ]
    bare, null, new = reader_of(models.UserDetailsAdmin).many(json.dumps(rows).encode())
    assert bare == null
    assert (bare.picture, bare.badges, bare.groups, bare.license) == (None, (), (), None)
    assert (new.type, new.product, new.organization_role, new.class_role) == (
        "robot",
        "flatBand",
        "conductor",
        "soloist",
    )
    assert new.license is not None
    assert (new.license.source, new.license.mode, new.license.model_extra) == ("gift", "choir", {"seats": 4})
    assert new.model_extra == {"instrument": {"strings": 4}}


@pytest.mark.parametrize("body", [f'["{ID}", "b"]', f'[{{"id": "{ID}"}}, {{"id": "b", "type": "user"}}]'])
def test_ids_are_decoded_bare_and_in_objects(body: str) -> None:
    assert id_reader.many(body.encode()) == [ID, "b"]


@pytest.mark.parametrize("body", [f'"{ID}"', f'{{"id": "{ID}"}}'])
def test_one_id_is_decoded_bare_and_in_an_object(body: str) -> None:
    assert id_reader.one(body.encode()) == ID


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"ltiVersion": "1p1"}, models.LtiConfiguration1p1),
        ({"ltiVersion": "1p3", "mode": "1p3-manual"}, models.LtiConfiguration1p3Manual),
        ({"ltiVersion": "1p3", "mode": "1p3-deployment"}, models.LtiConfiguration1p3Deployment),
        ({"mode": "1p3-dynamic"}, models.LtiConfiguration1p3Dynamic),
        ({"ltiVersion": "1p3", "mode": "1p3-telepathic", "clientId": "c"}, models.LtiConfiguration1p3Base),
        ({"ltiVersion": "1p3", "mode": None}, models.LtiConfiguration1p3Base),
        ({"ltiVersion": "2p0", "mode": ["x"]}, models.LtiConfigurationBase),
        ({}, models.LtiConfigurationBase),
    ],
)
def test_a_configuration_is_decoded_by_version_and_mode(fields: dict[str, object], kind: type[BaseModel]) -> None:
    (found,) = lti_configuration_reader.many(json.dumps([{"id": ID, **fields, "novelty": 1}]).encode())
    assert type(found) is kind
    assert (found.model_extra or {})["novelty"] == 1


def test_a_value_that_is_not_a_configuration_is_rejected() -> None:
    with pytest.raises(ValueError, match="should be an object"):
        lti_configuration_reader.many(b"[7]")


def test_services_and_tools_are_typed() -> None:
    services = {"ags": {"available": True, "lineitemsUrl": "https://p.test"}, "deepLinking": {"version": "2.0"}}
    body = {"id": ID, "mode": "1p3-manual", "supportedServices": services, "tool": {"instanceGuid": "g"}}
    (found,) = lti_configuration_reader.many(json.dumps([body]).encode())
    assert isinstance(found, models.LtiConfiguration1p3Manual)
    assert found.supported_services is not None
    assert found.supported_services.ags == models.LtiService(available=True, lineitems_url="https://p.test")
    assert found.supported_services.nrps is None
    assert found.tool == models.LtiTool(instance_guid="g")


# Requests

USER: dict[str, Any] = {"username": "ada", "password": SECRET}


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (models.UserCreation, {**USER, "username": ""}, "Invalid username for Flat: .*at least 1 character"),
        (models.UserCreation, {**USER, "username": "u" * 31}, "Invalid username for Flat: .*at most 30 characters"),
        (
            models.UserCreation,
            {**USER, "password": "12345"},
            "Invalid password for Flat: a password has 6 to 1,000 characters",
        ),
        (models.UserCreation, {**USER, "password": "p" * 1001}, "Invalid password for Flat"),
        (models.UserCreation, {**USER, "firstname": "f" * 61}, "Invalid firstname for Flat: .*at most 60"),
        (models.UserCreation, {**USER, "lastname": "l" * 61}, "Invalid lastname for Flat: .*at most 60"),
        (
            models.UserCreation,
            {**USER, "email": "not an address"},
            "Invalid email for Flat: an e-mail address is name@domain",
        ),
        (models.UserCreation, {**USER, "email": "@"}, "Invalid email for Flat"),
        (
            models.UserCreation,
            {**USER, "role": "student"},
            "Invalid role for Flat: .*'user', 'teacher', 'admin' or 'accountAdmin'",
        ),
        (models.UserCreation, {**USER, "locale": 7}, "Invalid locale for Flat: .*valid string"),
        (models.UserCreation, {"username": "ada"}, "Invalid password for Flat: field required"),
        (models.UserCreation, {**USER, "phone": "1"}, "Invalid phone for Flat: .*not permitted"),
        (models.UserAdminUpdate, {"username": "u" * 31}, "Invalid username for Flat"),
        (models.UserAdminUpdate, {"organization_role": "boss"}, "Invalid organization_role for Flat"),
        (models.OrganizationInvitationCreation, {"organization_role": "user"}, "Invalid organization_role for Flat"),
        (
            models.OrganizationUserAccessTokenCreation,
            {"scopes": ("all",)},
            r"Invalid scopes\.0 for Flat: .*account\.public_profile",
        ),
        (models.LtiCredentialsCreation, {"name": "n" * 301, "lms": "canvas"}, "Invalid name for Flat: .*at most 300"),
        (models.LtiCredentialsCreation, {"name": "n", "lms": "webct"}, "Invalid lms for Flat: "),
        (
            models.LtiConfigurationCreate1p3Manual,
            {"jwks_url": "p.test/jwks"},
            "Invalid jwks_url for Flat: a URL is https://",
        ),
        (models.LtiConfigurationCreate1p3Manual, {"mode": "1p3-dynamic"}, "Invalid mode for Flat"),
        (
            models.LtiConfigurationCreate1p3Deployment,
            {"deployment_type": "canvas"},
            "Invalid deployment_id for Flat: field required",
        ),
        (
            models.LtiConfigurationUpdateStandalone,
            {"access_token_url": "ftp://p.test"},
            "Invalid access_token_url for Flat",
        ),
        (
            models.LtiConfigurationUpdateStandalone,
            {"enable_email_matching": "yes"},
            "Invalid enable_email_matching for Flat",
        ),
    ],
)
def test_an_invalid_field_is_named_but_its_value_is_not_shown(
    kind: type[FlatBody], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message) as caught:
        kind(**fields)
    assert caught.value.__context__ is None
    assert SECRET not in str(caught.value)
    assert "not an address" not in str(caught.value)


@pytest.mark.parametrize(
    ("password", "is_valid"),
    [("123456", True), ("p" * 1000, True), (SecretStr("123456"), True), (SecretStr("x"), False)],
)
def test_a_password_has_the_same_limits_as_text_and_as_secret(password: str | SecretStr, is_valid: bool) -> None:
    if is_valid:
        models.UserAdminUpdate(password=password)  # type: ignore[arg-type]  # pydantic wraps a plain one
    else:
        with pytest.raises(InvalidArgumentError, match="password"):
            models.UserAdminUpdate(password=password)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["firstname", "password", "locale"])
def test_a_lone_surrogate_is_rejected_and_not_shown(field: str) -> None:
    fields = {**USER, field: "secret\ud800"}
    with pytest.raises(InvalidArgumentError) as caught:
        models.UserCreation(**fields).content()
    assert caught.value.__context__ is None
    assert "secret" not in str(caught.value)


def test_only_set_fields_are_sent_and_secrets_in_plain_text() -> None:
    user = models.UserCreation(username="adä", password=SecretStr(SECRET), lastname="")
    assert user.content().decode() == f'{{"username":"adä","password":"{SECRET}","lastname":""}}'
    assert models.UserAdminUpdate().content() == b"{}"


def test_the_public_names_are_exported() -> None:
    assert set(vars(flat)["__all__"]) == {"Flat", "FlatAPI", "FlatRefreshToken"}
    assert all(hasattr(flat, name) for name in vars(flat)["__all__"])
    assert not hasattr(flat, "FlatSharp")
    assert not hasattr(models, "FlatSharp")
    assert all(hasattr(models, name) for name in vars(models)["__all__"])
