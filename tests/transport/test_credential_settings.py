"""A setting of the credentials that has a wrong type is named when it is passed, and not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from pydantic import SecretStr

from orgsdk.errors import ConfigurationError
from orgsdk.transport import BearerToken, ClientCredentials, RefreshToken, TokenCache, TokenFromCallable, check_secret

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = SecretStr("s3cret")


def refresh(**settings: Any) -> RefreshToken:
    defaults: dict[str, Any] = {
        "refresh_token": SECRET,
        "client_id": "app",
        "client_secret": SECRET,
        "path": "/token",
        "on_tokens": lambda access, refresh: None,
    }
    return RefreshToken(**{**defaults, **settings})


def credentials(**settings: Any) -> ClientCredentials:
    return ClientCredentials(("app", SECRET), **{"path": "/token", "parameters": {}, **settings})


ENDPOINT = "path is 7: pass the path of the token endpoint."
CASES: list[tuple[Callable[[], object], str]] = [
    (lambda: BearerToken(cast("SecretStr", "t0ken")), "token is of type str: pass a SecretStr."),
    (lambda: check_secret("t0ken", cast("str", 7)), "setting is 7: pass the name of the setting."),
    (
        lambda: TokenFromCallable(lambda: "t0ken", setting=cast("str", None)),
        "setting is None: pass the name of the setting.",
    ),
    (lambda: refresh(refresh_token="t0ken"), "refresh_token is of type str: pass a SecretStr."),
    (lambda: refresh(client_id=7), "client_id is 7: pass a string."),
    (lambda: refresh(client_secret="t0ken"), "client_secret is of type str: pass a SecretStr."),
    (lambda: refresh(path=7), ENDPOINT),
    (
        lambda: refresh(on_tokens=None),
        "on_tokens is of type NoneType: pass a function of the access token and the refresh token.",
    ),
    (lambda: credentials(path=7), ENDPOINT),
    (lambda: credentials(parameters=[]), "parameters is of type list: pass a dict of form fields."),
    (
        lambda: TokenCache(cast("Any", ClientCredentials)),
        "source is the class ClientCredentials: pass a source, such as ClientCredentials(…).",
    ),
    (
        lambda: TokenCache(cast("Any", "t0ken")),
        "source is of type str: pass a source, such as ClientCredentials(…).",
    ),
]


@pytest.mark.parametrize(("make", "text"), CASES, ids=[text for _, text in CASES])
def test_a_setting_of_a_wrong_type_is_named(make: Callable[[], object], text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert str(caught.value) == text
