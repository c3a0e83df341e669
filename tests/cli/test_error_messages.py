"""Errors of the library on the command line: commands and options in place of calls and arguments."""

from __future__ import annotations

import dataclasses
import pickle
import re
from typing import TYPE_CHECKING

import pytest

from orgsdk import Capability, InvalidArgumentError, UnsupportedError
from orgsdk.bulk import Policy
from orgsdk.cli.app import make_app
from orgsdk.cli.errors import OPERATIONS, error_message, name_options
from orgsdk.errors import Advice
from orgsdk.providers import Flat

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ran


def test_advice_has_a_text_for_the_command_line() -> None:
    advice = Advice("Use users.count().", command="Use orgsdk users count.")
    error = UnsupportedError("flat", Capability.TOTAL.value, advice)
    assert str(error) == "flat does not offer page.total. Use users.count()."
    assert error_message(error) == "flat does not offer page.total. Use orgsdk users count."
    assert error_message(pickle.loads(pickle.dumps(error))) == error_message(error)


def test_advice_without_a_command_is_the_same_everywhere() -> None:
    assert Advice("Use the website.").command == "Use the website."
    assert error_message(UnsupportedError("flat", "that", "Use the website.")).endswith("that. Use the website.")
    assert error_message(UnsupportedError("flat", "that")).strip() == "flat does not offer that."


def test_an_invalid_argument_is_shown_as_its_option() -> None:
    error = InvalidArgumentError("is 9999: flat accepts 1 to 1000.", argument="page_size")
    assert str(error) == "page_size is 9999: flat accepts 1 to 1000."
    assert error_message(error) == "--page-size is 9999: flat accepts 1 to 1000."
    assert error_message(InvalidArgumentError("The role is empty.")) == "The role is empty."


@pytest.mark.parametrize("capability", sorted(set(Capability) - {Capability.DEFAULT_ORGANIZATION}))
def test_no_message_of_flat_contains_python(capability: Capability) -> None:
    message = error_message(UnsupportedError("flat", capability.value, Flat.advice.get(capability)))
    assert not re.search(r"\w\(|=|client\.", message)
    # Every command in the message exists.
    nouns = make_app().resolved_commands()
    _, *commands = message.split("orgsdk ")
    for noun, *verb in (re.findall(r"[\w-]+", command)[:2] for command in commands):
        assert noun in nouns
        assert not verb or verb[0] in make_app()[noun].resolved_commands()


def test_operations_with_an_argument_are_capabilities() -> None:
    assert OPERATIONS.keys() == {one.value for one in Capability if "=" in one.value}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("accounts", "list"), "use orgsdk users"),
        (("users", "suspend", "0" * 24), "use orgsdk users remove ID --account keep"),
        (("users", "list", "--page-size", "9999"), "orgsdk: --page-size is 9999"),
    ],
)
def test_a_command_shows_what_to_type(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], arguments: tuple[str, ...], message: str
) -> None:
    reach("flat")
    ran = orgsdk(*arguments)
    assert (ran.code, ran.out) == (64, "")
    assert message in ran.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('stay active: Policy(suspended="suspend") suspends them', "stay active: --suspended suspend suspends them"),
        ("Policy(remove_elsewhere=True) applies", "--remove-elsewhere applies"),
        ("Policy.remove_roles lists, Policy.remove_only matches", "--remove-role lists, --remove-only matches"),
        ("the policy of Policy Street", "the policy of Policy Street"),
    ],
)
def test_fields_of_a_policy_are_shown_as_options(text: str, shown: str) -> None:
    assert name_options(text) == shown


def test_every_field_of_a_policy_is_named_by_its_option(orgsdk: Callable[..., Ran]) -> None:
    shown = orgsdk("plan", "--help").out
    for field in dataclasses.fields(Policy):
        assert f"{name_options(f'Policy.{field.name}')} " in shown
