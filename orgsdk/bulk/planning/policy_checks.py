"""Check the values of a policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, get_args

from orgsdk.arguments import check_flag, check_instance, check_integer, check_number, describe_value, is_integer
from orgsdk.bulk.roster.keys import Key
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.errors import ConfigurationError

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "create": ("account", "invite", "no"),
    "search": ("auto", "list", "find"),
    "username": ("keep", "omit"),
    "external_ids": ("replace", "keep", "refuse"),
    "roles": ("set", "add", "leave"),
    "suspended": ("ignore", "suspend", "remove"),
    "activate": ("auto", "own", "all"),
    "remove": ("no", "suspend", "membership", "account"),
    "on_error": ("raise", "skip"),
}
_TEXTS = ("default_roles", "admin_roles", "protect", "remove_only")
_SHARES = ("max_removal_share", "min_matched_share", "max_update_share", "max_role_share")
_NUMBERS = ("max_removals", "max_new_admins", "max_renamed")


def check_policy_values(values: Mapping[str, Any]) -> None:
    """Check the values of a policy by field. Raise `ConfigurationError` for an invalid one."""
    _check_values("match_by", values["match_by"], get_args(Key))
    if not values["match_by"]:
        raise ConfigurationError("Policy.match_by is empty: name at least one key.")
    _check_values("update", values["update"], FIELDS)
    for name, allowed in _CHOICES.items():
        _check_value(f"Policy.{name} is", values[name], allowed)
    for name in _TEXTS:
        _check_values(name, values[name], None)
    if values["remove_roles"] is not None:
        _check_values("remove_roles", values["remove_roles"], None)
    check_flag("Policy.remove_elsewhere", values["remove_elsewhere"], error=ConfigurationError)
    for name in _SHARES:
        check_number(f"Policy.{name}", values[name], most=1)
    for name in _NUMBERS:
        check_integer(f"Policy.{name}", values[name], least=0)
    if is_integer(values["max_bad_rows"]):
        check_integer("Policy.max_bad_rows", values["max_bad_rows"], least=0)
    else:
        check_number("Policy.max_bad_rows", values["max_bad_rows"])
        if values["max_bad_rows"] >= 1:
            # 1.0 could be one row, or all of them.
            raise ConfigurationError(
                f"Policy.max_bad_rows is {values['max_bad_rows']!r}: pass a whole number of rows, such as 1, or a "
                "share below 1, such as 0.05."
            )
    check_instance("Policy.max_age", values["max_age"], timedelta, "a timedelta", error=ConfigurationError)
    check_instance("Policy.grace", values["grace"], timedelta | None, "a timedelta", error=ConfigurationError)
    for name, example in (("max_age", "hours=24"), ("grace", "days=30")):
        if values[name] is not None and values[name] <= timedelta(0):
            raise ConfigurationError(f"Policy.{name} is not positive: pass timedelta({example}) or another duration.")


def _check_values(name: str, values: Iterable[object], allowed: tuple[str, ...] | None) -> None:
    if isinstance(values, str):
        example = f", such as ({values!r},)" if values in (allowed or ()) else ""
        raise ConfigurationError(f"Policy.{name} is a string: pass a tuple{example}.")
    if not isinstance(values, tuple | list):
        raise ConfigurationError(f"Policy.{name} is {describe_value(values)}: pass a tuple.")
    for value in values:
        if allowed is None:
            if not isinstance(value, str) or not value:
                raise ConfigurationError(f"Policy.{name} contains an empty string, or a value that is not a string.")
        else:
            _check_value(f"Policy.{name} contains", value, allowed)


def _check_value(setting: str, value: object, allowed: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in allowed:
        shown = repr(value[:50]) if isinstance(value, str) else describe_value(value)
        raise ConfigurationError(f"{setting} {shown}. Allowed: {', '.join(allowed)}.")
