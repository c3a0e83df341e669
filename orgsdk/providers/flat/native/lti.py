"""Native operations on LTI credentials (deprecated) and configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from orgsdk.providers.flat import requests
from orgsdk.providers.flat.models.base import reader_of
from orgsdk.providers.flat.models.lti import (
    LtiConfiguration,
    LtiCredentials,
    LtiCredentialsCreation,
    LtiCredentialsCreationFields,
    lti_configuration_reader,
)
from orgsdk.providers.flat.models.lti_requests import (
    LtiConfigurationCreate,
    LtiConfigurationCreateFields,
    LtiConfigurationUpdate,
    LtiConfigurationUpdateFields,
    lti_configuration_creation,
    lti_configuration_update,
)
from orgsdk.providers.flat.native.base import FlatNativeOperations
from orgsdk.providers.http.bodies import build_body

if TYPE_CHECKING:
    from orgsdk.pagination import Paginator


class FlatLtiAPI(FlatNativeOperations):
    """Connect learning management systems (LMS)."""

    def list_lti_credentials(self) -> Paginator[LtiCredentials]:
        """List the LTI 1.x credentials, all on one page. The request starts when the paginator is iterated or awaited.

        Deprecated by Flat: `list_lti_configurations` lists them too. The request raises `PermissionDeniedError` if
        the token's account is not an admin's.

        Returns:
            A paginator of the credentials.

        Source:
            `listLtiCredentials`, GET /organizations/lti/credentials.
        """
        return self._whole(reader_of(LtiCredentials), requests.list_lti_credentials())

    async def create_lti_credentials(
        self, credentials: LtiCredentialsCreation | None = None, **fields: Unpack[LtiCredentialsCreationFields]
    ) -> LtiCredentials:
        """Create a pair of LTI 1.x credentials. Deprecated by Flat: use `create_lti_configuration`.

        Args:
            credentials: The new credentials.
            **fields: Their fields, instead of `credentials`.

        Returns:
            The credentials, with the secret.

        Raises:
            InvalidArgumentError: An argument is invalid.
            PermissionDeniedError: The token's account is not an admin's.
            OutcomeUnknownError: The response was lost.

        Source:
            `createLtiCredentials`, POST /organizations/lti/credentials.
        """
        request = requests.create_lti_credentials(build_body(LtiCredentialsCreation, credentials, fields))
        return await self._read_one(request, reader_of(LtiCredentials))

    async def revoke_lti_credentials(self, credentials_id: str) -> None:
        """Revoke a pair of LTI 1.x credentials. Deprecated by Flat: use `delete_lti_configuration`.

        Args:
            credentials_id: Id of the credentials.

        Raises:
            InvalidArgumentError: The id is invalid.
            PermissionDeniedError: The token's account is not an admin's.
            NotFoundError: No such credentials.

        Source:
            `revokeLtiCredentials`, DELETE /organizations/lti/credentials/{credentials}.
        """
        await self._send(requests.revoke_lti_credentials(credentials_id))

    def list_lti_configurations(self) -> Paginator[LtiConfiguration]:
        """List the LTI configurations, all on one page. The request starts when the paginator is iterated or awaited.

        The class of each shows its version and mode: `LtiConfiguration1p1`, `LtiConfiguration1p3Manual`,
        `LtiConfiguration1p3Deployment` or `LtiConfiguration1p3Dynamic`; `LtiConfiguration1p3Base` for an unknown
        mode, `LtiConfigurationBase` for an unknown version. The request raises `PermissionDeniedError` if the token's
        account is not an admin's.

        Returns:
            A paginator of the configurations.

        Source:
            `listLtiConfigurations`, GET /organizations/lti/configurations.
        """
        return self._whole(lti_configuration_reader, requests.list_lti_configurations())

    async def create_lti_configuration(
        self, configuration: LtiConfigurationCreate | None = None, **fields: Unpack[LtiConfigurationCreateFields]
    ) -> LtiConfiguration:
        """Create an LTI configuration.

        Args:
            configuration: The configuration to create; its class sets the version and the mode.
            **fields: Its fields, instead of `configuration`, with the `mode`.

        Returns:
            The configuration, with its secrets. One by dynamic registration has the `registration_url`, which is
            valid once.

        Raises:
            InvalidArgumentError: A field is invalid, or the mode is missing.
            OutcomeUnknownError: The response was lost. `list_lti_configurations` shows whether it was created.

        Source:
            `createLtiConfiguration`, POST /organizations/lti/configurations.

        Example:
            ``await client.native.create_lti_configuration(mode="1p1-manual", name="Ours", lms="canvas")``
        """
        body = lti_configuration_creation(configuration, fields)
        return await self._read_one(requests.create_lti_configuration(body), lti_configuration_reader)

    async def update_lti_configuration(
        self,
        configuration_id: str,
        changes: LtiConfigurationUpdate | None = None,
        **fields: Unpack[LtiConfigurationUpdateFields],
    ) -> LtiConfiguration:
        """Update an LTI 1.3 configuration. Flat cannot update one of LTI 1.1.

        Args:
            configuration_id: Id of the configuration.
            changes: The fields to change: an `LtiConfigurationUpdateDeployment` for a configuration of that mode, an
                `LtiConfigurationUpdateStandalone` for the other modes.
            **fields: The fields, instead of `changes`.

        Returns:
            The updated configuration.

        Raises:
            InvalidArgumentError: The id or a field is invalid.
            NotFoundError: No such configuration.
            BadRequestError: The configuration's mode does not allow the changes.

        Source:
            `updateLtiConfiguration`, PUT /organizations/lti/configurations/{configuration}.
        """
        request = requests.update_lti_configuration(configuration_id, lti_configuration_update(changes, fields))
        return await self._read_one(request, lti_configuration_reader)

    async def delete_lti_configuration(self, configuration_id: str) -> None:
        """Delete an LTI configuration. Its platform can no longer launch Flat.

        Args:
            configuration_id: Id of the configuration.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such configuration.

        Source:
            `deleteLtiConfiguration`, DELETE /organizations/lti/configurations/{configuration}.
        """
        await self._send(requests.delete_lti_configuration(configuration_id))
