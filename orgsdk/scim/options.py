"""Options of a gateway, and the tenants of a gateway that has several."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from orgsdk._parameters import name_constructor_parameters
from orgsdk.arguments import check_choice, check_instance, check_integer, check_number
from orgsdk.client import OrgClient
from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError
from orgsdk.scim.deactivations import DeactivationLimit

OnDeactivate: TypeAlias = Literal["suspend", "end_membership", "refuse"]
OnDelete: TypeAlias = Literal["keep", "delete"]

_SUSPENSIONS: Final = frozenset({Capability.USERS_SUSPEND, Capability.ACCOUNTS_SUSPEND})


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """What a gateway does with the requests of an identity provider.

    Attributes:
        on_delete: What DELETE of a user does: ``"keep"`` ends the membership and keeps the account, ``"delete"``
            deletes the account and its data, unless it belongs to another organization too. There is no default.
        on_deactivate: What ``active: false`` does: ``"suspend"`` blocks the user, ``"end_membership"`` removes them
            from the organization and keeps the account, ``"refuse"`` answers with an error. Default: suspend where the
            provider can, else end the membership if the provider can add the account again. Any other provider needs
            an explicit setting.
        group_roles: The role of each group, by the group's name. Only these groups exist then: none is created,
            renamed or deleted. Default: every role of the provider is a group of the same name.
        role_order: Where a user has one role: names of roles, the one that counts first. A user of several groups gets
            the first of their roles. Default: the role of the group that the user was added to last.
        default_role: Where a user has one role: the role of a new user, and of a user who is in no group. It is shown
            as a group only if the identity provider has added the user to it. Default: the last one of `role_order`,
            else the first one of a provider whose roles are fixed.
        max_deactivations: How many users a token may deactivate, remove or take out of groups in 24 hours.
        snapshot_age: Seconds for which the lists of members and roles that were read for a search are used again.
        scan_limit: Largest number of members that are read for one answer. An answer that needs more is refused.
        max_body: Largest body of a request, in bytes.
        timeout: Seconds after which a request is answered with an error.
        base_url: The address that identity providers use, such as ``https://scim.example.org/scim/v2``. Default: what
            the request states, which its sender chooses.

    Raises:
        ConfigurationError: A value is invalid.

    Example:
        ``GatewayOptions(on_delete="keep")``
    """

    on_delete: OnDelete
    on_deactivate: OnDeactivate | None = None
    group_roles: Mapping[str, str] | None = None
    role_order: tuple[str, ...] = ()
    default_role: str | None = None
    max_deactivations: DeactivationLimit = field(default_factory=DeactivationLimit)
    snapshot_age: float = 60
    scan_limit: int = 10_000
    max_body: int = 1_000_000
    timeout: float = 20
    base_url: str | None = None

    def __post_init__(self) -> None:
        check_choice("on_delete", self.on_delete, get_args(OnDelete))
        if self.on_deactivate is not None:
            check_choice("on_deactivate", self.on_deactivate, get_args(OnDeactivate))
        check_integer("scan_limit", self.scan_limit, least=0)
        check_integer("max_body", self.max_body, least=1)
        check_number("timeout", self.timeout, above=True, unit="seconds")
        check_number("snapshot_age", self.snapshot_age, unit="seconds")
        advice = "a limit, such as DeactivationLimit(users=50)"
        check_instance("max_deactivations", self.max_deactivations, DeactivationLimit, advice, error=ConfigurationError)
        check_instance("role_order", self.role_order, tuple, "a tuple of names", error=ConfigurationError)
        for role in self.role_order:
            check_instance("role_order", role, str, "a tuple of names", error=ConfigurationError)
        advice = "the name of a role"
        check_instance("default_role", self.default_role, str | None, advice, error=ConfigurationError)
        check_instance("base_url", self.base_url, str | None, "the address of the gateway", error=ConfigurationError)
        if self.group_roles is not None:
            check_instance(
                "group_roles", self.group_roles, Mapping, "a dict of roles by group name", error=ConfigurationError
            )
            object.__setattr__(self, "group_roles", MappingProxyType(dict(self.group_roles)))
        if self.base_url is not None:
            parts = urlsplit(self.base_url)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
                raise ConfigurationError(
                    "base_url is not the address of the gateway: pass one such as https://scim.example.org/scim/v2."
                )
            object.__setattr__(self, "base_url", self.base_url.rstrip("/"))


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One tenant of a gateway: the organization that an identity provider fills.

    Attributes:
        client: A client of the provider. The gateway does not close it.
        organization: Id of the organization. None for that of the credentials.
        options: What the gateway does with requests.

    Raises:
        ConfigurationError: A value is of a wrong type.

    Example:
        ``Tenant(client=client, organization="org_id", options=GatewayOptions(on_delete="keep"))``
    """

    client: OrgClient
    options: GatewayOptions
    organization: str | None = None

    def __post_init__(self) -> None:
        check_instance("client", self.client, OrgClient, "an OrgClient", error=ConfigurationError)
        advice = "GatewayOptions(on_delete=…)"
        check_instance("options", self.options, GatewayOptions, advice, error=ConfigurationError)
        advice = "the id of the organization"
        check_instance("organization", self.organization, str | None, advice, error=ConfigurationError)


def choose_deactivation(capabilities: Collection[Capability], on_deactivate: OnDeactivate | None) -> OnDeactivate:
    """Return what ``active: false`` does at a provider.

    Args:
        capabilities: The provider's capabilities.
        on_deactivate: The setting. None: the default of the provider.

    Returns:
        What it does.

    Raises:
        ConfigurationError: The provider cannot do what was chosen, or nothing was chosen and it cannot undo a removal.
    """
    can_suspend = not _SUSPENSIONS.isdisjoint(capabilities)
    if on_deactivate is None:
        if can_suspend:
            return "suspend"
        if {Capability.USERS_REMOVE, Capability.USERS_ADD} <= set(capabilities):
            return "end_membership"
        raise ConfigurationError(
            "This provider can neither suspend a user nor add one again, so on_deactivate has no default: choose "
            'on_deactivate="end_membership", which removes the user from the organization for good, or "refuse".'
        )
    if on_deactivate == "suspend" and not can_suspend:
        raise ConfigurationError('This provider cannot suspend users: choose "end_membership" or "refuse".')
    if on_deactivate == "end_membership" and Capability.USERS_REMOVE not in capabilities:
        raise ConfigurationError('This provider cannot remove members: choose on_deactivate="refuse".')
    return on_deactivate


def check_tenant(tenant: Tenant) -> None:
    """Check a tenant without a request, before anything is opened for it.

    Args:
        tenant: The tenant.

    Raises:
        ConfigurationError: The provider cannot do what the options choose, or they leave a choice open.
        InvalidArgumentError: The organization's id is invalid.
        UnsupportedError: The provider needs an organization's id.
    """
    choose_deactivation(tenant.client.capabilities, tenant.options.on_deactivate)
    tenant.client.organization(tenant.organization)
