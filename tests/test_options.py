"""The options of a call: defaults, and rejected values."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from functools import partial
from typing import Any

import pytest

from orgsdk import OrgClient
from orgsdk.errors import ConfigurationError
from orgsdk.options import CallOptions
from orgsdk.providers import Memory
from orgsdk.telemetry import OpenTelemetry


def test_the_defaults_are_these() -> None:
    options = CallOptions()
    assert (options.timeout, options.max_attempts, options.max_wait, options.headers) == (30.0, 3, 60.0, ())
    assert (options.on_event, options.telemetry) == (None, None)


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout": 0.001},
        {"timeout": 1e9},
        {"max_attempts": 1},
        {"max_attempts": 1000},
        {"max_wait": 0},
        {"max_wait": float("inf")},
        {"headers": (("X-Trace", "a b"), ("x_y", ""), ("user-agent", "org/1 (+https://org.example)"))},
        {"headers": (("!#$%&'*+-.^_`|~09azAZ", "!"),)},
    ],
)
def test_valid_values_are_kept(settings: dict[str, Any]) -> None:
    options = CallOptions(**settings)
    assert {name: getattr(options, name) for name in settings} == settings


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        *(("timeout", value) for value in (0, -1, float("nan"), float("inf"), float("-inf"))),
        *(("max_attempts", value) for value in (0, -1)),
        *(("max_wait", value) for value in (-0.1, float("nan"))),
    ],
)
def test_values_out_of_range_are_rejected(setting: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{setting} is {value}: pass"):
        CallOptions(**{setting: value})


OWN = [
    *("Authorization", "AUTHORIZATION", "cookie", "Host", "content-type", "Content-Length", "transfer-encoding"),
    *("accept", "accept-encoding", "connection", "proxy-authorization"),
]


@pytest.mark.parametrize("name", OWN)
def test_reserved_headers_are_rejected(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"The client sets the header {name!r} itself") as caught:
        CallOptions(headers=((name, "canary"),))
    assert "canary" not in str(caught.value)


BREAKS = ["\r\nx: canary", "\n", "\r", "\0", "\x7f", "\t", "é", "\u2028", "\ud800"]


@pytest.mark.parametrize("name", ["", " ", "a b", "a:", "a(b)", "a/b", *(f"x{text}" for text in BREAKS)])
def test_an_invalid_header_name_is_rejected(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^A header's name has invalid characters") as caught:
        CallOptions(headers=((name, "canary"),))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("value", [" canary", "canary ", " ", *(f"canary{text}" for text in BREAKS)])
def test_an_invalid_header_value_is_rejected_without_showing_it(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^The header 'x-key' has invalid characters") as caught:
        CallOptions(headers=(("x-key", value),))
    assert "canary" not in str(caught.value)


def test_a_header_is_not_in_the_repr() -> None:
    assert "canary" not in repr(CallOptions(headers=(("x-gateway-key", "canary"),)))


def test_options_are_immutable() -> None:
    with pytest.raises(FrozenInstanceError):
        CallOptions().timeout = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("telemetry", True, "of type bool: pass an object, such as OpenTelemetry()."),
        ("telemetry", "otel", "of type str: pass an object, such as OpenTelemetry()."),
        ("telemetry", OpenTelemetry, "the class OpenTelemetry: pass an object, such as OpenTelemetry()."),
        ("on_event", True, "of type bool: pass a function of one event."),
        ("on_event", "print", "of type str: pass a function of one event."),
    ],
)
def test_invalid_hooks_are_rejected(setting: str, value: Any, expected: str) -> None:
    given: dict[str, Any] = {setting: value}
    for make in (CallOptions, partial(OrgClient, Memory())):
        with pytest.raises(ConfigurationError, match=rf"^{setting} is {re.escape(expected)}$"):
            make(**given)
