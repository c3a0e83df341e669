"""LTI, by Flat's own operations: credentials, which are deprecated, and configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from orgsdk.pagination import Paginator, SinglePage, Slice
from orgsdk.providers.flat import requests
from orgsdk.providers.flat.models.lti import LtiCredentials, LtiCredentialsCreation
from orgsdk.providers.flat.native.base import (
    FlatNativeOperations,
    array_decoder,
    decode_lti_configuration,
    decode_lti_configurations,
    object_decoder,
)
from orgsdk.providers.flat.operations import describe_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.providers.flat.models.literals import LmsName
    from orgsdk.providers.flat.models.lti import LtiConfiguration, LtiConfigurationCreate, LtiConfigurationUpdate
    from orgsdk.transport import Request

T = TypeVar("T")


class FlatLtiAPI(FlatNativeOperations):
    """Connect learning management systems."""

    def list_lti_credentials(self) -> Paginator[LtiCredentials]:
        """List the LTI 1.x credentials, all on one page; nothing is requested until it is iterated or awaited.

        Deprecated by Flat: `list_lti_configurations` shows them too. Raises `PermissionDeniedError` where the
        token's account is no admin, when asked.

        Source: `listLtiCredentials`, GET /organizations/lti/credentials.
        """
        return self._single_page(requests.list_lti_credentials(), array_decoder(LtiCredentials))

    async def create_lti_credentials(self, *, name: str, lms: LmsName) -> LtiCredentials:
        """Make a couple of LTI 1.x credentials and give it with its secret.

        `name` has at most 300 characters. `lms` is `"canvas"`, `"moodle"`, `"schoology"`, `"blackboard"`,
        `"desire2learn"`, `"sakai"`, `"schoolbox"` or `"other"`. Deprecated by Flat: use `create_lti_configuration`.

        Raises `InvalidArgumentError`, `PermissionDeniedError` where the token's account is no admin, and
        `OutcomeUnknownError` where the answer was lost.

        Source: `createLtiCredentials`, POST /organizations/lti/credentials.
        """
        request = requests.create_lti_credentials(LtiCredentialsCreation(name=name, lms=lms))
        return await self._create(request, object_decoder(LtiCredentials))

    async def revoke_lti_credentials(self, credentials_id: str) -> None:
        """Revoke a couple of LTI 1.x credentials. Deprecated by Flat: use `delete_lti_configuration`.

        Raises `InvalidArgumentError`, `PermissionDeniedError` where the token's account is no admin, and
        `NotFoundError` where there are no such credentials.

        Source: `revokeLtiCredentials`, DELETE /organizations/lti/credentials/{credentials}.
        """
        await self._connection.send(requests.revoke_lti_credentials(credentials_id))

    def list_lti_configurations(self) -> Paginator[LtiConfiguration]:
        """List the LTI configurations, all on one page; nothing is requested until it is iterated or awaited.

        Each is of its own class: `LtiConfiguration1p1`, `LtiConfiguration1p3Manual`, `LtiConfiguration1p3Deployment`
        or `LtiConfiguration1p3Dynamic`. One of an unknown mode is an `LtiConfiguration1p3Base`, one of an unknown
        version an `LtiConfigurationBase`.

        Raises `PermissionDeniedError` where the token's account is no admin, when asked.

        Source: `listLtiConfigurations`, GET /organizations/lti/configurations.
        """
        return self._single_page(requests.list_lti_configurations(), decode_lti_configurations)

    async def create_lti_configuration(self, configuration: LtiConfigurationCreate) -> LtiConfiguration:
        """Make an LTI configuration and give it with its secrets; the class of `configuration` says of which mode.

        For `LtiConfigurationCreate1p3Dynamic` the answer has the `registration_url`, which is good once.

        Raises `OutcomeUnknownError` where the answer was lost: `list_lti_configurations` shows what there is.

        Source: `createLtiConfiguration`, POST /organizations/lti/configurations.

        Example: `await client.native.create_lti_configuration(LtiConfigurationCreate1p1(name="Ours", lms="canvas"))`
        """
        return await self._create(requests.create_lti_configuration(configuration), decode_lti_configuration)

    async def update_lti_configuration(
        self, configuration_id: str, changes: LtiConfigurationUpdate
    ) -> LtiConfiguration:
        """Change what is set in `changes` of an LTI 1.3 configuration, and give it as it is now.

        `changes` is an `LtiConfigurationUpdateDeployment` for a configuration of that mode, and an
        `LtiConfigurationUpdateStandalone` for the others. One of LTI 1.1 cannot be changed.

        Raises `InvalidArgumentError` for what can be no id, `NotFoundError` where there is no such configuration,
        and `BadRequestError` where the mode does not allow the change.

        Source: `updateLtiConfiguration`, PUT /organizations/lti/configurations/{configuration}.
        """
        request = requests.update_lti_configuration(configuration_id, changes)
        return await self._connection.read(request, decode_lti_configuration)

    async def delete_lti_configuration(self, configuration_id: str) -> None:
        """Delete an LTI configuration: its platform can launch Flat no more.

        Raises `InvalidArgumentError`, and `NotFoundError` where there is no such configuration.

        Source: `deleteLtiConfiguration`, DELETE /organizations/lti/configurations/{configuration}.
        """
        await self._connection.send(requests.delete_lti_configuration(configuration_id))

    def _single_page(self, request: Request, reader: Callable[[bytes], list[T]]) -> Paginator[T]:
        single = SinglePage()

        async def fetch(position: str | None, page_size: int) -> Slice[T]:
            single.parameters(position)
            return single.slice(await self._connection.read(request, reader))

        return Paginator(describe_list(request.operation, (), fetch))
