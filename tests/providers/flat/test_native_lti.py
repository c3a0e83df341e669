"""Flat's native LTI operations, against the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import BadRequestError, NotFoundError, PermissionDeniedError
from orgsdk.providers.flat import models
from orgsdk.sandbox.flat.auth import TokenInfo

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers.flat import Flat, FlatAPI
    from orgsdk.sandbox.flat.state import FlatState
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

UNKNOWN = "f" * 24


async def test_credentials_are_created_listed_and_revoked(native: FlatAPI, state: FlatState) -> None:
    created = await native.create_lti_credentials(name="Our Canvas", lms="canvas")
    assert (created.name, created.lms, created.organization) == ("Our Canvas", "canvas", state.organization_id)
    assert created.consumer_secret is not None
    assert created.consumer_secret.get_secret_value() == state.lti[created.id].secrets["consumerSecret"]
    assert created.consumer_secret.get_secret_value() not in repr(created)
    page = await native.list_lti_credentials()
    assert (page.items, page.next_cursor, page.total) == ([created], None, 1)
    await native.revoke_lti_credentials(created.id)
    with pytest.raises(NotFoundError, match="Credentials not found"):
        await native.revoke_lti_credentials(created.id)


NEW: list[tuple[models.LtiConfigurationCreate, type[models.LtiConfigurationBase]]] = [
    (models.LtiConfigurationCreate1p1(name="Ours", lms="canvas"), models.LtiConfiguration1p1),
    (
        models.LtiConfigurationCreate1p3Manual(
            platform_iss="https://p.test",
            platform_name="P",
            client_id="c1",
            deployment_id="d1",
            access_token_url="https://p.test/token",
            authorization_url="https://p.test/auth",
            jwks_url="https://p.test/jwks",
            enable_email_matching=False,
        ),
        models.LtiConfiguration1p3Manual,
    ),
    (
        models.LtiConfigurationCreate1p3Deployment(
            deployment_type="classlink", deployment_id="d1", client_id="c1", deployment_breakdown_id="t1"
        ),
        models.LtiConfiguration1p3Deployment,
    ),
    (
        models.LtiConfigurationCreate1p3Dynamic(
            platform_info=models.LtiPlatformInfo(name="P", url="https://p.test"), locale="fr"
        ),
        models.LtiConfiguration1p3Dynamic,
    ),
]


@pytest.mark.parametrize(("new", "kind"), NEW, ids=[new.mode for new, _ in NEW])
async def test_a_configuration_is_created_listed_and_deleted(
    native: FlatAPI, new: models.LtiConfigurationCreate, kind: type[models.LtiConfigurationBase]
) -> None:
    created = await native.create_lti_configuration(new)
    assert type(created) is kind
    assert await native.list_lti_configurations().collect() == [created]
    await native.delete_lti_configuration(created.id)
    assert (await native.list_lti_configurations()).items == []
    with pytest.raises(NotFoundError):
        await native.delete_lti_configuration(created.id)


async def test_the_registration_token_is_secret(native: FlatAPI, state: FlatState) -> None:
    created = await native.create_lti_configuration(models.LtiConfigurationCreate1p3Dynamic(locale="fr"))
    assert isinstance(created, models.LtiConfiguration1p3Dynamic)
    assert created.registration_url is not None
    assert created.registration_token is not None
    token = created.registration_token.get_secret_value()
    assert token == state.lti[created.id].secrets["registrationToken"]
    assert token in created.registration_url.get_secret_value()
    assert token not in f"{created!r} {created}"
    assert (created.registration_token_used, created.registration_completion_date) == (False, None)


async def test_an_update_of_a_configuration_depends_on_its_mode(native: FlatAPI) -> None:
    manual = await native.create_lti_configuration(models.LtiConfigurationCreate1p3Manual(platform_name="P"))
    changes = models.LtiConfigurationUpdateStandalone(client_id="c2", enable_email_matching=False)
    changed = await native.update_lti_configuration(manual.id, changes)
    assert isinstance(changed, models.LtiConfiguration1p3Manual)
    assert (changed.client_id, changed.platform_name, changed.enable_email_matching) == ("c2", "P", False)
    old = await native.create_lti_configuration(models.LtiConfigurationCreate1p1())
    with pytest.raises(BadRequestError, match="cannot be edited"):
        await native.update_lti_configuration(old.id, models.LtiConfigurationUpdateDeployment(deployment_id="d"))
    with pytest.raises(NotFoundError):
        await native.update_lti_configuration(UNKNOWN, changes)


async def test_lti_is_for_admins(connect: Connect, state: FlatState) -> None:
    teacher = next(user for user in state.users.values() if user.role == "teacher")
    state.tokens["of-a-teacher"] = TokenInfo(user_id=teacher.id)
    client: OrgClient[Flat] = await connect("flat", token="of-a-teacher")  # type: ignore[assignment]
    with pytest.raises(PermissionDeniedError, match="Not admin of an organization"):
        await client.native.list_lti_credentials()
