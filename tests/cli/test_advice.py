"""What the library advises in Python, told for a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from orgsdk.cli.advice import in_terminal
from orgsdk.cli.app import make_app
from orgsdk.domain import Capability
from orgsdk.providers.flat.capabilities import ADVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ran


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            'use users.remove(id, account="keep").',
            "use orgsdk users remove ID --account keep.",
        ),
        ("use client.organization().users.", "use orgsdk users."),
        ("invitations.create(expires_in=, expires_at=)", "orgsdk invitations create --expires-in"),
        ("invitations.create(send=False)", "orgsdk invitations create --no-send"),
        ("the token's account: leave inviter_id out.", "the token's account: leave --inviter out."),
        ("pass a role's name, or leave it out.", "pass a role's name, or leave it out."),
        ("Ask users.count() for it.", "Ask orgsdk users count for it."),
        (
            "flat does not offer users.add_roles with a second role.",
            "flat does not offer orgsdk users add-roles with a second role.",
        ),
        ("users.update(username=None)", "orgsdk users update --clear username"),
        ('The role "it\'s set_roles" is for machines.', 'The role "it\'s set_roles" is for machines.'),
        ("set_roles replaces it.", "orgsdk users set-roles replaces it."),
        ("pass given_name= and family_name=.", "pass --given-name and --family-name."),
        ("page_size is 9999: flat accepts 1 to 1000.", "--page-size is 9999: flat accepts 1 to 1000."),
        ("Flat's word is no 'users.get(id=)': it's another.", "Flat's word is no 'users.get(id=)': it's another."),
        ("https://example.org/?name=, and a_b=c", "https://example.org/?name=, and a_b=c"),
    ],
)
def test_calls_are_commands_and_arguments_are_options(message: str, told: str) -> None:
    assert in_terminal(message) == told


@pytest.mark.parametrize("advice", sorted({*ADVICE.values(), *Capability} - {Capability.DEFAULT_ORGANIZATION}))
def test_no_advice_of_flats_is_python(advice: str) -> None:
    told = in_terminal(advice)
    assert not re.search(r"\w\(|=|client\.", told)
    # Every command that is named is one.
    nouns = make_app().resolved_commands()
    _, *commands = told.split("orgsdk ")
    for noun, *verb in (re.findall(r"[\w-]+", command)[:2] for command in commands):
        assert noun in nouns
        assert not verb or verb[0] in make_app()[noun].resolved_commands()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("accounts", "list"), "use orgsdk users"),
        (("users", "suspend", "0" * 24), "use orgsdk users remove ID --account keep"),
        (("users", "list", "--page-size", "9999"), "orgsdk: --page-size is 9999"),
    ],
)
def test_a_newcomer_reads_what_to_type(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], arguments: tuple[str, ...], told: str
) -> None:
    reach("flat")
    ran = orgsdk(*arguments)
    assert (ran.code, ran.out) == (64, "")
    assert told in ran.err
