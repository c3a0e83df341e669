"""Advice that is the same at many providers: what to do instead of a capability that a provider lacks."""

from __future__ import annotations

from collections.abc import Mapping

from orgsdk.domain import Capability
from orgsdk.errors import Advice

_NO_USERNAMES = ("{provider} has no usernames: an e-mail address identifies a user.", None)
_NO_TOTAL = ("{provider} reports no totals: count the items of the list.", None)

# The text for Python, and the one for the command line if it differs.
_TEXTS: Mapping[Capability, tuple[str, str | None]] = {
    Capability.DEFAULT_ORGANIZATION: (
        "Name one: client.organization('id'), OrgClient(…, organization='id') or ORGSDK_ORGANIZATION.",
        None,
    ),
    Capability.ORGANIZATIONS_DESCRIPTION: ("{provider} has no descriptions of organizations: leave it out.", None),
    Capability.USERS_QUERY: (
        "{provider} has no search for users: use find(email=…).",
        "{provider} has no search for users: use orgsdk users find --email.",
    ),
    Capability.USERS_COUNT: _NO_TOTAL,
    Capability.USERS_USERNAME: _NO_USERNAMES,
    Capability.USERS_USERNAME_CASE: _NO_USERNAMES,
    Capability.USERS_PHONE: ("{provider} stores no phone numbers: leave phone out.", None),
    Capability.USERS_EXTERNAL_ID: ("{provider} stores no ids of other systems: find users by another field.", None),
    Capability.ACCOUNTS_COUNT: _NO_TOTAL,
    Capability.INVITATIONS_UNSENT: (
        "{provider} always sends invitations by mail: leave send out.",
        "{provider} always sends invitations by mail: leave --no-send out.",
    ),
    Capability.INVITATIONS_REMOVE: (
        "{provider} keeps invitations: end one with invitations.revoke(id).",
        "{provider} keeps invitations: end one with orgsdk invitations revoke ID.",
    ),
    Capability.TOTAL: _NO_TOTAL,
}


def usual_advice(provider: str, *missing: Capability) -> dict[Capability, str]:
    """Return the usual advice for capabilities that a provider lacks. Add your own for the others.

    Args:
        provider: What messages call the provider, such as ``WorkOS``.
        *missing: The capabilities.

    Returns:
        The advice by capability, for `Provider.advice`.

    Raises:
        KeyError: There is no usual advice for a capability.

    Example:
        ``advice = usual_advice("Acme", Capability.TOTAL, Capability.USERS_PHONE)``
    """
    texts = {capability: _TEXTS[capability] for capability in missing}
    return {
        capability: Advice(text.format(provider=provider), command=command and command.format(provider=provider))
        for capability, (text, command) in texts.items()
    }


def directory_advice(provider: str) -> dict[Capability, str]:
    """Return the advice for a provider whose service is one organization, and whose users are all members of it.

    Args:
        provider: What messages call the service, such as ``A SCIM service``.

    Returns:
        The advice for all capabilities of organizations, accounts and invitations, and for ``users.add``.

    Example:
        ``advice = directory_advice("An Acme directory")``
    """
    texts = {
        "ORGANIZATIONS": Advice(
            f"{provider} is one organization: use client.organization(), and a provider for each service.",
            command=f"{provider} is one organization: use a profile for each service.",
        ),
        "ACCOUNTS": Advice(
            f"{provider} has no users outside of its organization: use client.organization().users.",
            command=f"{provider} has no users outside of its organization: use orgsdk users.",
        ),
        "INVITATIONS": Advice(
            f"{provider} has no invitations: create the user with client.organization().users.create(…).",
            command=f"{provider} has no invitations: create the user with orgsdk users create.",
        ),
    }
    of_nouns = {each: texts.get(each.name.partition("_")[0]) for each in Capability}
    found: dict[Capability, str] = {each: text for each, text in of_nouns.items() if text is not None}
    return found | {Capability.USERS_ADD: texts["ACCOUNTS"]}
