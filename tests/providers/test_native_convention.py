"""The convention of every native interface: parameters and bodies, invalid arguments, and lost writes."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from itertools import product
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints, is_typeddict

import pytest

from orgsdk import InvalidArgumentError, OrgError, OutcomeUnknownError, TransportError
from orgsdk.providers.flat import FlatAPI, models as flat
from orgsdk.providers.flat.models.base import FlatBody
from orgsdk.providers.http import BodyModel, HTTPConnection
from orgsdk.providers.logto import LogtoAPI, models as logto
from orgsdk.providers.logto.models import LogtoBody
from orgsdk.transport import Request, Safety

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.transport import Response

pytestmark = pytest.mark.anyio

ID = "a" * 24
APIS: dict[type, str] = {FlatAPI: "flat", LogtoAPI: "logto"}
BODIES: dict[type, type[BodyModel]] = {FlatAPI: FlatBody, LogtoAPI: LogtoBody}

# What the parameters that are not ids need.
SAMPLES: dict[str, object] = {
    "convert_to_individual": True,
    "custom_data": {"a": 1},
    "email_domain": "a.example",
    "email_domains": ["a.example"],
    "is_suspended": True,
    "organization_role_names": ["admin"],
    "password": "a-password",
    "status": "Revoked",
}
# The fields of the bodies.
FIELDS: dict[str, dict[str, object]] = {
    "create_organization_user": {"username": "ada", "password": "a-password", "role": "teacher"},
    "update_organization_user": {"firstname": "Ada"},
    "create_organization_user_signin_link": {"destination_path": "/class"},
    "create_organization_user_access_token": {"scopes": ["account.email"]},
    "create_lti_credentials": {"name": "Ours", "lms": "canvas"},
    "create_lti_configuration": {"mode": "1p3-dynamic", "locale": "fr"},
    "update_lti_configuration": {"deployment_id": "d"},
    "create_organization": {"name": "School", "custom_data": {"a": 1}},
    "update_organization": {"description": None},
    "create_organization_role": {"name": "lead", "organization_scope_ids": [ID]},
    "update_organization_role": {"description": None},
    "create_organization_scope": {"name": "read"},
    "update_organization_scope": {"description": "d"},
    "create_user": {"username": "ada", "password": "a-password"},
    "update_user": {"name": None},
    "update_user_profile": {"given_name": "Ada"},
    "resend_organization_invitation_message": {"locale": "fr"},
}
INVITATIONS: dict[type, dict[str, object]] = {
    FlatAPI: {"email": "ada@example.com", "organization_role": "admin"},
    LogtoAPI: {"invitee": "a@example.com", "organization_id": ID, "expires_at": datetime(2030, 1, 1, tzinfo=UTC)},
}


class Transport:
    """Record the requests. Each loses its response."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.sent: list[Request] = []

    async def send(self, request: Request) -> Response:
        assert request.target  # refuses what no URL can hold
        self.sent.append(request)
        raise TransportError("the connection was closed.", provider=self.provider, operation=request.operation)


def methods() -> list[tuple[type, str]]:
    return [(api, name) for api in APIS for name in dir(api) if not name.startswith("_")]


def body_of(api: type, name: str) -> inspect.Parameter | None:
    """Return the parameter that takes a model. Its fields are the keywords."""
    parameters = list(inspect.signature(getattr(api, name)).parameters.values())
    if parameters[-1].kind is not inspect.Parameter.VAR_KEYWORD:
        return None
    return next(one for one in parameters if one.default is None and one.kind is one.POSITIONAL_OR_KEYWORD)


def fields_of(api: type, name: str) -> dict[str, object]:
    return INVITATIONS[api] if name == "create_organization_invitation" else FIELDS[name]


def models_of(api: type, name: str) -> list[type[BodyModel]]:
    body = body_of(api, name)
    assert body is not None
    return [kind for kind in get_args(get_type_hints(getattr(api, name))[body.name]) if kind is not NoneType]


def model_with(api: type, name: str, fields: dict[str, object]) -> BodyModel:
    for model in models_of(api, name):
        try:
            return model(**fields)
        except InvalidArgumentError:
            continue
    raise AssertionError(name)


def required(api: type, name: str) -> dict[str, Any]:
    """Return the arguments without a default."""
    function = getattr(api, name)
    found: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        is_needed = parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
        if is_needed or parameter.name == "organization_role_names":
            ids: object = [ID] if parameter.name.endswith("_ids") else ID
            found[parameter.name] = SAMPLES.get(parameter.name, ids)
    return found


async def sent_by(api: type, name: str, /, *args: object, **kwargs: object) -> tuple[Request, OrgError]:
    """Call a method whose response is lost. Return its request and its error."""
    transport: Any = Transport(APIS[api])
    method: Callable[..., Awaitable[object]] = getattr(api(HTTPConnection(transport)), name)
    with pytest.raises(OrgError) as caught:
        await method(*args, **kwargs)
    return transport.sent[-1], caught.value


ODD = [object(), 7, b"text", "half\ud800", [object()], {"a": object()}, float("nan")]
METHODS = pytest.mark.parametrize(("api", "name"), methods(), ids=lambda value: getattr(value, "__name__", value))
WITH_BODY = [(api, name) for api, name in methods() if body_of(api, name) is not None]
BODY_METHODS = pytest.mark.parametrize(("api", "name"), WITH_BODY, ids=lambda value: getattr(value, "__name__", value))


def test_every_body_is_a_models_or_keywords() -> None:
    assert len(WITH_BODY) == 8 + 11
    taken = {model for api, name in WITH_BODY for model in models_of(api, name)}
    for api, base in BODIES.items():
        exported = vars(flat if api is FlatAPI else logto)["__all__"]
        bodies = [getattr(flat if api is FlatAPI else logto, name) for name in exported]
        whole = [one for one in bodies if inspect.isclass(one) and issubclass(one, base) and one is not base]
        assert {one.__name__ for one in whole} - {one.__name__ for one in taken} == (
            {"LtiPlatformInfo"} if api is FlatAPI else set()
        )


@METHODS
def test_parameters_are_keywords_except_the_first_id_and_the_body(api: type, name: str) -> None:
    parameters = list(inspect.signature(getattr(api, name)).parameters.values())[1:]
    positional = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    body = body_of(api, name)
    without_body = [one for one in positional if body is None or one != body.name]
    assert len(without_body) <= 1
    assert all(one.endswith("_id") for one in without_body)


@METHODS
async def test_a_lost_write_is_unknown_if_a_second_one_could_do_it_again(api: type, name: str) -> None:
    fields = {} if body_of(api, name) is None else fields_of(api, name)
    request, error = await sent_by(api, name, **required(api, name), **fields)
    if request.safety in {Safety.SAFE, Safety.IDEMPOTENT}:
        assert type(error) is TransportError
    else:
        assert type(error) is OutcomeUnknownError
        assert request.operation in str(error)


@BODY_METHODS
async def test_a_model_and_its_fields_send_the_same(api: type, name: str) -> None:
    fields, arguments = fields_of(api, name), required(api, name)
    with_fields, _ = await sent_by(api, name, **arguments, **fields)
    with_model, _ = await sent_by(api, name, *arguments.values(), model_with(api, name, fields))
    assert with_fields == with_model
    assert with_fields.body not in {None, b"{}"}


@BODY_METHODS
async def test_an_invalid_body_is_refused_before_a_request(api: type, name: str) -> None:
    fields, arguments = fields_of(api, name), list(required(api, name).values())
    transport: Any = Transport(APIS[api])
    method: Callable[..., Awaitable[object]] = getattr(api(HTTPConnection(transport)), name)
    known = next(iter(fields))
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "both": lambda: method(*arguments, model_with(api, name, fields), **fields),
        "another class": lambda: method(*arguments, NotABody()),
        "a dict": lambda: method(*arguments, dict(fields)),
        "an unknown field": lambda: method(*arguments, **fields, nickname_of_nobody=1),
        "a wrong type": lambda: method(*arguments, **{**fields, known: object()}),
    }
    for case, call in calls.items():
        with pytest.raises(InvalidArgumentError) as caught:  # noqa: PT012  # the case that is accepted is in the message
            await call()
            pytest.fail(f"{case} is accepted")
        assert transport.sent == [], case
        assert caught.value.__context__ is None, case


class NotABody(BodyModel):
    """A body of no operation."""


@METHODS
async def test_a_value_that_cannot_be_sent_is_an_invalid_argument(api: type, name: str) -> None:
    fields = {} if body_of(api, name) is None else fields_of(api, name)
    valid = {**required(api, name), **fields}
    optional = [
        one.name
        for one in list(inspect.signature(getattr(api, name)).parameters.values())[1:]
        if one.kind is not one.VAR_KEYWORD and one.name != "cursor"
    ]
    body = getattr(body_of(api, name), "name", None)
    for parameter, value in product({**valid, **dict.fromkeys(optional)}.keys() - {body}, ODD):
        transport: Any = Transport(APIS[api])
        method: Callable[..., Awaitable[object]] = getattr(api(HTTPConnection(transport)), name)
        try:
            await method(**{**valid, parameter: value})
        except InvalidArgumentError:
            assert transport.sent == [], (parameter, value)
        except (TransportError, OutcomeUnknownError):
            assert transport.sent, (parameter, value)  # some of the values can be sent
        else:
            pytest.fail(f"{parameter}: {value!r} is accepted")


def test_the_keywords_of_a_body_are_its_fields() -> None:
    for package in (flat, logto):
        for name in vars(package)["__all__"]:
            keywords = getattr(package, name)
            if not is_typeddict(keywords):
                continue
            body = getattr(package, name.removesuffix("Fields"))
            bodies: list[type[BodyModel]] = list(get_args(body)) or [body]
            fields = {field for one in bodies for field in one.model_fields}
            assert get_type_hints(keywords).keys() == fields, name
