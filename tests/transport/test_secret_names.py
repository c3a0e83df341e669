"""Which fields and headers hold secrets: by their names, and by values that look random."""

from __future__ import annotations

import base64
import random
import string
import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel

import orgsdk.providers.flat.models as flat_models
import orgsdk.providers.logto.models as logto_models
from orgsdk.transport.secret_names import is_secret_header, is_secret_name, random_parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


@pytest.mark.parametrize("module", [flat_models, logto_models], ids=["flat", "logto"])
def test_every_field_for_a_secret_has_the_name_of_one(module: ModuleType) -> None:
    public = [getattr(module, name) for name in module.__all__]
    models = [kind for kind in public if isinstance(kind, type) and issubclass(kind, BaseModel)]
    names = {
        field.alias or name
        for model in models
        for name, field in model.model_fields.items()
        if "SecretStr" in str(field.annotation) and "ResponseModel" not in str(model.__mro__)
    }
    assert names
    assert [name for name in sorted(names) if not is_secret_name(name)] == []


@pytest.mark.parametrize(
    "name", ["username", "tokenType", "passwordAlgorithm", "postalCode", "authorizationUrl", "credentialId", "name"]
)
def test_other_fields_are_no_secrets(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("X-API-Key", "x_api_key", "X-ApiKey", "APIKEY", "Api-Keys", "Ocp-Apim-Subscription-Key", "X-Access-Key2"),
        *("X-Auth", "X-Auth2", "X-Auth-Token", "Authorization", "Proxy-Authorization", "X-Authn", "X-Basic-Auth"),
        *("X-Amz-Security-Token", "X-CSRF-Token", "CF-Access-Client-Secret", "X-Credentials", "X-Password", "X-Pass"),
        *("Cookie", "Set-Cookie", "X-Session", "X-Session-Id", "X-PHPSESSION-ID", "X-Signature", "X-Hub-Signature-256"),
        *("X-HMAC", "X-JWT-Assertion", "X-OTP", "X-Ticket", "X-Nonce"),
    ],
)
def test_a_header_of_credentials(name: str) -> None:
    assert is_secret_header(name)


@pytest.mark.parametrize(
    "name",
    [
        *("X-Tenant", "X-Environment", "X-Forwarded-For", "User-Agent", "traceparent", "X-Request-Id", "", "-"),
        *("X-Author", "X-Authority", "X-Keyboard", "X-Design", "X-Passport", "X-Signal", "X-Secretary", "X-Compass"),
        *("X-Key-Id", "X-Auth-Type", "X-Auth-Request-User", "X-Token-Expires", "X-Signature-Algorithm"),
    ],
)
def test_another_header(name: str) -> None:
    assert not is_secret_header(name)


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("7f3a9c2b1d4e", ["7f3a9c2b1d4e"]),
        ("organization-7f3a9c2b1d4e", ["7f3a9c2b1d4e"]),
        ("7f3a9c2b1d4e.school", ["7f3a9c2b1d4e"]),
        ("sk-live-51HxYzAbC9", ["51HxYzAbC9"]),
        ("hunter2hunter2", ["hunter2hunter2"]),
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", ["3f2504e0-4f89-11d3-9a0c-0305e82c3301"]),
        ("Hash=7f3a9c2b1d4e;Subject=school 7f3a9c2b1d4f", ["7f3a9c2b1d4e", "7f3a9c2b1d4f"]),
        ("12345678901234567", ["12345678901234567"]),
        ("qwertzuiopqwertzuiopqwertz", ["qwertzuiopqwertzuiopqwertz"]),
        ("1a2b-3c4d", ["1a2b-3c4d"]),
        ("1a2b-3c", []),
        ("1732861711123456", []),
        ("2026-11-29T06:28:31Z", []),
        ("eu-west-1a-prod-2 k8s-b2b-e2e-p2p", []),
        ("organizationUserInvitationRole", []),
        ("ORGANIZATION", []),
        ("Mozilla/5.0 (X11; Linux x86_64)", []),
        ("10.0.0.12:8080, 2001:db8::ff00:42:8329", []),
        ("text/html;charset=utf-8;q=0.9", []),
        ("", []),
    ],
)
def test_the_random_parts_of_a_value(value: str, parts: list[str]) -> None:
    assert list(random_parts("X-Tenant", value)) == parts
    assert list(random_parts("TraceParent", value)) == []


SEED = st.integers(0, 2**32)
TOKENS: dict[str, Callable[[random.Random], str]] = {
    "hexadecimal": lambda source: source.randbytes(16).hex(),
    "base64": lambda source: base64.b64encode(source.randbytes(24)).decode().rstrip("="),
    "base64 for URLs": lambda source: base64.urlsafe_b64encode(source.randbytes(24)).decode().rstrip("="),
    "base32": lambda source: base64.b32encode(source.randbytes(20)).decode().rstrip("="),
    "letters and digits": lambda source: "".join(source.choices(string.ascii_letters + string.digits, k=24)),
    "UUID": lambda source: str(uuid.UUID(int=source.getrandbits(128), version=4)),
}
WORD = st.from_regex(r"[A-Z]?[a-z]{1,23}|[A-Z]{1,14}|[0-9]{1,16}|[a-z]{1,12}[0-9]{1,4}", fullmatch=True)


@pytest.mark.parametrize("kind", TOKENS)
@given(seed=SEED)
def test_a_token_in_a_header_of_any_name_is_a_secret(kind: str, seed: int) -> None:
    token = TOKENS[kind](random.Random(seed))
    found = list(random_parts("X-Tenant", f"school {token}, other"))
    # At most a few letters at either end look like a word.
    assert sum(map(len, found)) >= len(token) * 0.5, token
    assert all(part in token for part in found)


@given(st.lists(WORD, min_size=1, max_size=8), st.sampled_from(["-", "_", ".", "/", " ", ", ", ":", "="]))
def test_words_and_numbers_are_no_secrets(words: list[str], separator: str) -> None:
    assert list(random_parts("X-Tenant", separator.join(words))) == []
