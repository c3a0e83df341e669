"""Finding providers, ours and other people's, by their entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest

import orgsdk.providers
from orgsdk import ConfigurationError
from orgsdk.providers import Flat, Logto
from orgsdk.providers.discovery import load_provider, provider_from_env, provider_names


def install(monkeypatch: pytest.MonkeyPatch, **installed: str) -> None:
    found = EntryPoints(EntryPoint(name, value, "orgsdk.providers") for name, value in installed.items())
    monkeypatch.setattr("orgsdk.providers.discovery._entry_points", lambda: found)


def test_our_own_are_installed() -> None:
    assert provider_names() == ["flat", "logto"]
    assert (load_provider("flat"), load_provider("logto")) == (Flat, Logto)


def test_another_packages_provider_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, acme="orgsdk.providers.flat:Flat", logto="orgsdk.providers.logto:Logto")
    assert provider_names() == ["acme", "logto"]
    provider = provider_from_env({"ORGSDK_PROVIDER": "ACME", "FLAT_ACCESS_TOKEN": "t"})
    assert isinstance(provider, Flat)


def test_an_entry_point_that_is_no_provider_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, acme="orgsdk.errors:OrgError")
    with pytest.raises(ConfigurationError, match=r"orgsdk\.errors:OrgError of provider 'acme' is not a Provider"):
        load_provider("acme")


def test_none_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    with pytest.raises(ConfigurationError, match=r"No provider is called 'flat'\. Installed: none"):
        load_provider("flat")


def test_an_unknown_name_is_no_attribute_of_the_package() -> None:
    assert not hasattr(orgsdk.providers, "Okta")
