"""LTI configurations and credentials (official document, /organizations/lti).

The operations on configurations replace the deprecated ones on credentials and are "unified 1.1 and 1.3". Both show the
same objects; the operations on credentials show only those of LTI 1.1.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orgsdk.sandbox.flat.auth import LTI_STAFF_READS, LTI_STAFF_WRITES, WRITE_LTI
from orgsdk.sandbox.flat.errors import FlatError, invalid_parameter
from orgsdk.sandbox.flat.records import LtiConfiguration, LtiMode, normalize_locale, object_id
from orgsdk.sandbox.flat.requests import FlatRequest, JsonBody, endpoint
from orgsdk.sandbox.flat.state import FlatState

LMS_NAMES = ("canvas", "moodle", "schoology", "blackboard", "desire2learn", "sakai", "schoolbox", "other")

_DEPLOYMENT_UPDATE = ("deploymentId", "deploymentBreakdownId", "enableEmailMatching")
_STANDALONE = (
    *("deploymentId", "platformIss", "platformName", "clientId"),
    *("accessTokenUrl", "authorizationUrl", "jwksUrl", "enableEmailMatching"),
)
_UPDATABLE: Mapping[LtiMode, tuple[str, ...]] = {
    "1p3-deployment": _DEPLOYMENT_UPDATE,
    "1p3-manual": _STANDALONE,
    "1p3-dynamic": _STANDALONE,
}
# Fields that a manual configuration needs before it can be launched.
_REQUIRED_TO_LAUNCH = frozenset({"platformIss", "clientId", "accessTokenUrl", "authorizationUrl", "jwksUrl"})
_TOOL = "https://flat.example.org/lti/1p3"
_TOOL_FIELDS: Mapping[str, Any] = {
    "publicKeysetUrl": f"{_TOOL}/jwks",
    "initiateLoginUrl": f"{_TOOL}/login",
    "redirectUris": [f"{_TOOL}/launch"],
}


def read_creation(body: JsonBody) -> tuple[LtiMode, dict[str, Any]]:
    """Return the mode and the fields of a new configuration.

    Args:
        body: Body of the request.

    Returns:
        The mode, and the fields that it allows.

    Raises:
        FlatError: 400 for an unknown mode, and for a field that is missing or not allowed in the mode.
    """
    modes: tuple[LtiMode, ...] = get_args(LtiMode)
    given: LtiMode | None = body.choice("mode", modes)
    mode: LtiMode = body.required("mode", given)
    return mode, _CREATIONS[mode](body)


def read_update(body: JsonBody, mode: LtiMode) -> dict[str, Any]:
    """Return the fields that a request changes.

    Args:
        body: Body of the request.
        mode: Mode of the existing configuration.

    Returns:
        The changed fields.

    Raises:
        FlatError: 400 for a configuration that cannot be edited, and for a field that the mode does not allow.
    """
    allowed = _UPDATABLE.get(mode)
    if allowed is None:
        # "edit 1.3; 1.1 not editable" (official document, updateLtiConfiguration).
        raise FlatError(400, "CLIENT_ERROR", "An LTI 1.1 configuration cannot be edited")
    for name in (*_DEPLOYMENT_UPDATE, *_STANDALONE):
        if name in body.values and name not in allowed:
            raise invalid_parameter(name, f"{name} cannot be changed in a configuration of mode {mode}")
    return _read_fields(body, allowed)


def configuration_view(configuration: LtiConfiguration, organization_id: str, *, with_secrets: bool) -> dict[str, Any]:
    """Return a configuration as `LtiConfiguration`; only admins see its secrets."""
    shown: dict[str, Any] = {
        "id": configuration.id,
        "ltiVersion": configuration.version,
        "organizationId": organization_id,
        "organizationName": "Sandbox School",
        "creatorId": configuration.creator_id,
        "creationDate": configuration.creation_date,
        "lastUsedDate": configuration.last_used_date,
        "status": _status(configuration),
        **configuration.fields,
    }
    if configuration.version == "1p3":
        shown |= {"mode": configuration.mode, **_TOOL_FIELDS}
    return {**shown, **configuration.secrets} if with_secrets else shown


def credentials_view(configuration: LtiConfiguration, organization_id: str) -> dict[str, Any]:
    """Return an LTI 1.1 configuration as `LtiCredentials`, for the deprecated operations."""
    fields = configuration.fields
    shown: dict[str, Any] = {
        "id": configuration.id,
        # The operations on configurations accept any text as `lms`, these only eight names.
        "lms": fields["lms"] if fields.get("lms") in LMS_NAMES else "other",
        "organization": organization_id,
        "creator": configuration.creator_id,
        "creationDate": configuration.creation_date,
        "consumerKey": fields["consumerKey"],
        "consumerSecret": configuration.secrets["consumerSecret"],
        "enableEmailMatching": True,
    }
    if "name" in fields:
        shown["name"] = fields["name"]
    if configuration.last_used_date is not None:
        shown["lastUsage"] = configuration.last_used_date
    return shown


def _read_manual_1p1(body: JsonBody) -> dict[str, Any]:
    return _read_fields(body, ("name", "lms"))


def _read_manual(body: JsonBody) -> dict[str, Any]:
    return {"enableEmailMatching": True, "deploymentMode": "single"} | _read_fields(body, _STANDALONE)


def _read_deployment(body: JsonBody) -> dict[str, Any]:
    given = _read_fields(body, ("deploymentId", "clientId", "deploymentBreakdownId"))
    key = body.required("deploymentType", body.text("deploymentType"))
    body.required("deploymentId", given.get("deploymentId"))
    if key == "classlink":
        # "required for ClassLink deployments" (official document, LtiConfigurationCreate1p3Deployment).
        body.required("clientId", given.get("clientId"))
    parent = {"parentId": object_id("lti-parent", key), "deploymentKey": key, "deploymentMode": "multi"}
    return {"enableEmailMatching": True} | parent | given


def _read_dynamic(body: JsonBody) -> dict[str, Any]:
    platform = body.inner("platformInfo")
    name = platform.text("name")
    # Only checked: the address of the platform is not shown anywhere.
    platform.text("url")
    known = {} if name is None else {"platformName": name}
    return {
        "enableEmailMatching": True,
        "deploymentMode": "single",
        "registrationTokenUsed": False,
        "registrationCompletionDate": None,
    } | known


_CREATIONS: Mapping[LtiMode, Callable[[JsonBody], dict[str, Any]]] = {
    "1p1-manual": _read_manual_1p1,
    "1p3-manual": _read_manual,
    "1p3-deployment": _read_deployment,
    "1p3-dynamic": _read_dynamic,
}


def registration_url(token: str, locale: str | None) -> str:
    """Return the URL where a platform registers itself, in the caller's language."""
    query = "" if locale is None else f"&locale={normalize_locale(locale)}"
    return f"{_TOOL}/register?token={token}{query}"


def _read_fields(body: JsonBody, names: tuple[str, ...]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name in names:
        if name == "enableEmailMatching":
            given[name] = body.flag(name)
        else:
            given[name] = body.url(name) if name.endswith("Url") else body.text(name)
    return {name: value for name, value in given.items() if value is not None}


def _status(configuration: LtiConfiguration) -> str:
    if configuration.last_used_date is not None:
        return "in-use"
    if configuration.mode == "1p3-dynamic":
        complete = configuration.fields["registrationCompletionDate"] is not None
    else:
        complete = configuration.mode != "1p3-manual" or configuration.fields.keys() >= _REQUIRED_TO_LAUNCH
    return "ready-to-use" if complete else "incomplete-setup"


def routes(state: FlatState) -> list[Route]:
    """Return the routes of the operations on LTI."""
    credentials, configurations = "/v2/organizations/lti/credentials", "/v2/organizations/lti/configurations"
    one_couple, one = f"{credentials}/{{credentials}}", f"{configurations}/{{configuration}}"
    return [
        Route(credentials, endpoint(state, LTI_STAFF_READS, _list_lti_credentials), methods=["GET"]),
        Route(credentials, endpoint(state, LTI_STAFF_WRITES, _create_lti_credentials), methods=["POST"]),
        Route(one_couple, endpoint(state, LTI_STAFF_WRITES, _revoke_lti_credentials), methods=["DELETE"]),
        Route(configurations, endpoint(state, LTI_STAFF_READS, _list_lti_configurations), methods=["GET"]),
        Route(configurations, endpoint(state, WRITE_LTI, _create_lti_configuration), methods=["POST"]),
        Route(one, endpoint(state, WRITE_LTI, _update_lti_configuration), methods=["PUT"]),
        Route(one, endpoint(state, WRITE_LTI, _delete_lti_configuration), methods=["DELETE"]),
    ]


def _list_lti_credentials(state: FlatState, request: FlatRequest) -> Response:
    _refuse_restricted(state, request)
    found = [each for each in state.lti.values() if each.version == "1p1"]
    return JSONResponse([credentials_view(each, state.organization_id) for each in found])


def _create_lti_credentials(state: FlatState, request: FlatRequest) -> Response:
    _refuse_restricted(state, request)
    body = request.json()
    name = body.required("name", body.text("name", maximum=300))
    lms = body.required("lms", body.choice("lms", LMS_NAMES))
    created = _create(state, request, "1p1-manual", {"name": name, "lms": lms})
    return JSONResponse(credentials_view(created, state.organization_id))


def _revoke_lti_credentials(state: FlatState, request: FlatRequest) -> Response:
    _refuse_restricted(state, request)
    found = state.lti.get(request.path["credentials"])
    if found is None or found.version != "1p1":
        raise FlatError(404, "NOT_FOUND", "Credentials not found")
    del state.lti[found.id]
    return Response(status_code=204)


def _list_lti_configurations(state: FlatState, request: FlatRequest) -> Response:
    views = (
        configuration_view(each, state.organization_id, with_secrets=request.is_admin) for each in state.lti.values()
    )
    return JSONResponse(list(views))


def _create_lti_configuration(state: FlatState, request: FlatRequest) -> Response:
    body = request.json()
    mode, fields = read_creation(body)
    locale = body.text("locale") if mode == "1p3-dynamic" else None
    return _configuration_response(state, _create(state, request, mode, fields, locale))


def _update_lti_configuration(state: FlatState, request: FlatRequest) -> Response:
    body = request.json()
    found = _find_configuration(state, request)
    changes = read_update(body, found.mode)
    updated = state.lti[found.id] = replace(found, fields={**found.fields, **changes})
    return _configuration_response(state, updated)


def _delete_lti_configuration(state: FlatState, request: FlatRequest) -> Response:
    del state.lti[_find_configuration(state, request).id]
    return Response(status_code=204)


def _find_configuration(state: FlatState, request: FlatRequest) -> LtiConfiguration:
    found = state.lti.get(request.path["configuration"])
    if found is None:
        raise FlatError(404, "NOT_FOUND", "Configuration not found")
    return found


def _configuration_response(state: FlatState, configuration: LtiConfiguration) -> Response:
    return JSONResponse(configuration_view(configuration, state.organization_id, with_secrets=True))


def _create(
    state: FlatState, request: FlatRequest, mode: LtiMode, fields: Mapping[str, Any], locale: str | None = None
) -> LtiConfiguration:
    hidden: dict[str, str] = {}
    if mode == "1p1-manual":
        fields = {**fields, "consumerKey": secrets.token_hex(16).upper()}
        hidden["consumerSecret"] = secrets.token_urlsafe(24)
    elif mode == "1p3-dynamic":
        hidden["registrationToken"] = token = secrets.token_urlsafe(24)
        hidden["registrationUrl"] = registration_url(token, locale)
    created = LtiConfiguration(state.next_id("lti")[1], mode, request.actor.id, state.date(), fields, hidden)
    state.lti[created.id] = created
    return created


def _refuse_restricted(state: FlatState, request: FlatRequest) -> None:
    # "Teachers may be restricted by the organization privacy setting `lti1p1AllowTeachersCredentials`".
    if not request.is_admin and not state.lti_teachers_allowed:
        raise FlatError(403, "FORBIDDEN", "Not admin of an organization")
