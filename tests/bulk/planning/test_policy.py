"""Validation of a policy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orgsdk import ConfigurationError
from orgsdk.bulk import Policy


def test_default_policy_removes_no_member() -> None:
    policy = Policy()
    assert (policy.remove, policy.create, policy.roles, policy.max_age) == ("no", "account", "set", timedelta(hours=24))
    assert (policy.max_removal_share, policy.max_removals, policy.min_matched_share) == (0.05, 500, 0.5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"remove": "yes"}, "Policy.remove is 'yes'. Allowed: no, suspend, membership, account"),
        ({"remove": True}, "Policy.remove is True"),
        ({"create": "all"}, "Policy.create"),
        ({"roles": "replace"}, "Policy.roles"),
        ({"search": "fast"}, "Policy.search"),
        ({"match_by": ()}, "match_by is empty"),
        ({"match_by": ("id",)}, "Policy.match_by contains 'id'"),
        ({"match_by": "email"}, "Policy.match_by is a string"),
        ({"update": ("roles",)}, "Policy.update contains 'roles'"),
        ({"protect": "*"}, "Policy.protect is a string"),
        ({"protect": ("",)}, "Policy.protect contains an empty string, or a value that is not a string"),
        ({"admin_roles": (None,)}, "Policy.admin_roles"),
        ({"default_roles": ("",)}, "Policy.default_roles"),
        ({"max_removal_share": 5}, "Policy.max_removal_share is 5: pass a number, 0 to 1"),
        ({"max_removal_share": float("nan")}, "Policy.max_removal_share"),
        ({"min_matched_share": -0.1}, "Policy.min_matched_share"),
        ({"max_removals": -1}, "Policy.max_removals is -1"),
        ({"max_age": timedelta(0)}, "Policy.max_age"),
    ],
)
def test_invalid_setting_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Policy(**settings)
