"""Requests about LTI: credentials, which are deprecated, and configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.flat.wire.common import deleting, path_of, sending
from orgsdk.transport import Request, Safety

if TYPE_CHECKING:
    from orgsdk.providers.flat.models.lti_credentials import LtiCredentialsCreation
    from orgsdk.providers.flat.models.lti_requests import LtiConfigurationCreate, LtiConfigurationUpdate

_CREDENTIALS = "/organizations/lti/credentials"
_CONFIGURATIONS = "/organizations/lti/configurations"
_CONFIGURATION = f"{_CONFIGURATIONS}/{{configuration_id}}"


def list_lti_credentials() -> Request:
    """Ask for all credentials."""
    return Request(operation="list_lti_credentials", method="GET", path=_CREDENTIALS)


def create_lti_credentials(credentials: LtiCredentialsCreation) -> Request:
    """Have a couple of credentials made; a second request makes a second one."""
    return sending("create_lti_credentials", "POST", _CREDENTIALS, credentials, Safety.UNSAFE)


def revoke_lti_credentials(credentials_id: str) -> Request:
    """Have a couple of credentials revoked."""
    path = path_of(f"{_CREDENTIALS}/{{credentials_id}}", credentials_id=credentials_id)
    return deleting("revoke_lti_credentials", path)


def list_lti_configurations() -> Request:
    """Ask for all configurations."""
    return Request(operation="list_lti_configurations", method="GET", path=_CONFIGURATIONS)


def create_lti_configuration(configuration: LtiConfigurationCreate) -> Request:
    """Have a configuration made; a second request makes a second one."""
    return sending("create_lti_configuration", "POST", _CONFIGURATIONS, configuration, Safety.UNSAFE)


def update_lti_configuration(configuration_id: str, changes: LtiConfigurationUpdate) -> Request:
    """Have a configuration changed: what is set, and nothing else."""
    path = path_of(_CONFIGURATION, configuration_id=configuration_id)
    return sending("update_lti_configuration", "PUT", path, changes, Safety.IDEMPOTENT)


def delete_lti_configuration(configuration_id: str) -> Request:
    """Have a configuration deleted."""
    return deleting("delete_lti_configuration", path_of(_CONFIGURATION, configuration_id=configuration_id))
