"""Flat's wire models: answers are read leniently, requests are checked strictly, and no secret is shown."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from orgsdk import InvalidArgumentError
from orgsdk.providers import flat
from orgsdk.providers.flat import models
from orgsdk.providers.flat.models.base import FlatAnswer, FlatBody
from orgsdk.providers.flat.native.base import (
    array_decoder,
    decode_id,
    decode_ids,
    decode_lti_configurations,
    object_decoder,
)

ID = "0123456789abcdef01234567"
SECRET = "s3cret-4711"
# What a model cannot be made without.
NEEDED: dict[str, Any] = {
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
    kinds = [getattr(models, name) for name in models.__all__]
    return [kind for kind in kinds if isinstance(kind, type) and kind not in {FlatAnswer, FlatBody}]


def secret_fields(kind: type[BaseModel]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if "SecretStr" in str(field.annotation)]


def filled(kind: type[BaseModel]) -> BaseModel:
    required = {name: NEEDED[name] for name, field in kind.model_fields.items() if field.is_required()}
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
    made = filled(kind)
    assert SECRET not in f"{made} {made!r} {made.model_dump_json()}"


def test_what_came_unasked_is_kept_and_not_shown() -> None:
    body = {"id": ID, "ltiVersion": "2p0", "consumerSecret": SECRET}
    found = object_decoder(models.LtiConfigurationBase)(json.dumps(body).encode())
    assert (found.model_extra or {})["consumerSecret"] == SECRET
    assert SECRET not in f"{found} {found!r}"


def test_models_are_hashable_equal_and_pickled_whole() -> None:
    user = models.UserDetailsAdmin(id=ID, username="ada", groups=("g1",))
    assert pickle.loads(pickle.dumps(user)) == user
    assert len({user, user.model_copy()}) == 1


# Answers


def test_what_is_missing_null_or_new_spoils_nothing() -> None:
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
    bare, null, new = array_decoder(models.UserDetailsAdmin)(json.dumps(rows).encode())
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
def test_ids_are_read_bare_and_in_objects(body: str) -> None:
    assert decode_ids(body.encode()) == [ID, "b"]


@pytest.mark.parametrize("body", [f'"{ID}"', f'{{"id": "{ID}"}}'])
def test_one_id_is_read_bare_and_in_an_object(body: str) -> None:
    assert decode_id(body.encode()) == ID


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
def test_a_configuration_is_read_as_what_it_is(fields: dict[str, object], kind: type[BaseModel]) -> None:
    (found,) = decode_lti_configurations(json.dumps([{"id": ID, **fields, "novelty": 1}]).encode())
    assert type(found) is kind
    assert (found.model_extra or {})["novelty"] == 1


def test_what_is_no_configuration_is_none() -> None:
    with pytest.raises(ValueError, match="should be an object"):
        decode_lti_configurations(b"[7]")


def test_services_and_tools_are_typed() -> None:
    services = {"ags": {"available": True, "lineitemsUrl": "https://p.test"}, "deepLinking": {"version": "2.0"}}
    body = {"id": ID, "mode": "1p3-manual", "supportedServices": services, "tool": {"instanceGuid": "g"}}
    (found,) = decode_lti_configurations(json.dumps([body]).encode())
    assert isinstance(found, models.LtiConfiguration1p3Manual)
    assert found.supported_services is not None
    assert found.supported_services.ags == models.LtiService(available=True, lineitems_url="https://p.test")
    assert found.supported_services.nrps is None
    assert found.tool == models.LtiTool(instance_guid="g")


# Requests

USER: dict[str, Any] = {"username": "ada", "password": SECRET}


@pytest.mark.parametrize(
    ("kind", "fields", "complaint"),
    [
        (models.UserCreation, {**USER, "username": ""}, "this username: .*at least 1 character"),
        (models.UserCreation, {**USER, "username": "u" * 31}, "this username: .*at most 30 characters"),
        (models.UserCreation, {**USER, "password": "12345"}, "this password: a password has 6 to 1,000 characters"),
        (models.UserCreation, {**USER, "password": "p" * 1001}, "this password"),
        (models.UserCreation, {**USER, "firstname": "f" * 61}, "this firstname: .*at most 60"),
        (models.UserCreation, {**USER, "lastname": "l" * 61}, "this lastname: .*at most 60"),
        (models.UserCreation, {**USER, "email": "not an address"}, "this email: an e-mail address is name@domain"),
        (models.UserCreation, {**USER, "email": "@"}, "this email"),
        (models.UserCreation, {**USER, "role": "student"}, "this role: .*'user', 'teacher', 'admin' or 'accountAdmin'"),
        (models.UserCreation, {**USER, "locale": 7}, "this locale: .*valid string"),
        (models.UserCreation, {"username": "ada"}, "this password: field required"),
        (models.UserCreation, {**USER, "phone": "1"}, "this phone: .*not permitted"),
        (models.UserAdminUpdate, {"username": "u" * 31}, "this username"),
        (models.UserAdminUpdate, {"organization_role": "boss"}, "this organization_role"),
        (models.OrganizationInvitationCreation, {"organization_role": "user"}, "this organization_role"),
        (
            models.OrganizationUserAccessTokenCreation,
            {"scopes": ("all",)},
            r"this scopes\.0: .*account\.public_profile",
        ),
        (models.LtiCredentialsCreation, {"name": "n" * 301, "lms": "canvas"}, "this name: .*at most 300"),
        (models.LtiCredentialsCreation, {"name": "n", "lms": "webct"}, "this lms: "),
        (models.LtiConfigurationCreate1p3Manual, {"jwks_url": "p.test/jwks"}, "this jwks_url: an address is https://"),
        (models.LtiConfigurationCreate1p3Manual, {"mode": "1p3-dynamic"}, "this mode"),
        (
            models.LtiConfigurationCreate1p3Deployment,
            {"deployment_type": "canvas"},
            "this deployment_id: field required",
        ),
        (models.LtiConfigurationUpdateStandalone, {"access_token_url": "ftp://p.test"}, "this access_token_url"),
        (models.LtiConfigurationUpdateStandalone, {"enable_email_matching": "yes"}, "this enable_email_matching"),
    ],
)
def test_what_flat_does_not_take_is_named_and_not_shown(
    kind: type[FlatBody], fields: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=f"Flat does not take {complaint}") as caught:
        kind(**fields)
    assert caught.value.__context__ is None
    assert SECRET not in str(caught.value)
    assert "not an address" not in str(caught.value)


@pytest.mark.parametrize(
    ("password", "taken"), [("123456", True), ("p" * 1000, True), (SecretStr("123456"), True), (SecretStr("x"), False)]
)
def test_a_password_is_measured_wrapped_or_not(password: str | SecretStr, taken: bool) -> None:
    if taken:
        models.UserAdminUpdate(password=password)  # type: ignore[arg-type]  # pydantic wraps a plain one
    else:
        with pytest.raises(InvalidArgumentError, match="password"):
            models.UserAdminUpdate(password=password)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["firstname", "password", "locale"])
def test_half_a_character_is_refused_and_not_shown(field: str) -> None:
    fields = {**USER, field: "secret\ud800"}
    with pytest.raises(InvalidArgumentError) as caught:
        models.UserCreation(**fields).content()
    assert caught.value.__context__ is None
    assert "secret" not in str(caught.value)


def test_only_what_is_set_is_sent_and_a_secret_is_readable_there_alone() -> None:
    user = models.UserCreation(username="adä", password=SecretStr(SECRET), lastname="")
    assert user.content().decode() == f'{{"username":"adä","password":"{SECRET}","lastname":""}}'
    assert models.UserAdminUpdate().content() == b"{}"


def test_the_rooms_names_are_exported() -> None:
    assert set(flat.__all__) == {"Flat", "FlatAPI", "FlatRefreshToken"}
    assert all(hasattr(flat, name) for name in flat.__all__)
    assert not hasattr(flat, "FlatSharp")
    assert not hasattr(models, "FlatSharp")
    assert all(hasattr(models, name) for name in models.__all__)
