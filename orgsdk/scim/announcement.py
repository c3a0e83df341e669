"""What a gateway announces of itself: the resource types, ServiceProviderConfig, and how lenient it is."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ETag,
    Filter,
    Patch,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)

from orgsdk.domain import Capability
from orgsdk.scim.models import build_group_model, build_user_model

MAX_RESULTS: Final = 200
"""Largest number of resources of one page, if the provider's pages are not smaller."""


def comparison_key(binding: Any, value: str) -> str:
    """Return the form in which two texts are compared: Unicode's NFC, folded unless the attribute is case-exact."""
    normalized = unicodedata.normalize("NFC", value)
    return normalized if binding.case_exact else unicodedata.normalize("NFC", normalized.casefold())


def build_policy() -> ScimPolicy:
    """Return what is accepted beyond the standard.

    Unknown attributes are dropped. A removal with a value removes that value, and a replacement of a value that is
    missing adds it, as Entra ID expects.
    """
    return ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
        comparison_key=comparison_key,
    )


def build_announcement(capabilities: frozenset[Capability], max_page_size: int) -> ScimProvider:
    """Describe the service that a gateway offers over a provider.

    Args:
        capabilities: The provider's capabilities.
        max_page_size: The provider's largest page of members.

    Returns:
        The description, from which scim2-server answers discovery requests.
    """
    models = [build_user_model(capabilities)]
    if Capability.ROLES_LIST in capabilities:
        models.append(build_group_model())
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=min(MAX_RESULTS, max_page_size)),
        change_password=ChangePassword(supported=Capability.USERS_PASSWORD in capabilities),
        sort=Sort(supported=False),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="A token in the Authorization header",
                primary=True,
            )
        ],
    )
    types = [ResourceType.from_resource(model) for model in models]
    return ScimProvider(models, types, config=config, policy=build_policy())
