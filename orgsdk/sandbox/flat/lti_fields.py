"""What an LTI configuration takes and shows: pure (official document, LtiConfiguration and its parts)."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from orgsdk.sandbox.flat.body import Body
from orgsdk.sandbox.flat.errors import FlatError, invalid_parameter
from orgsdk.sandbox.flat.locales import normalise
from orgsdk.sandbox.flat.records import LtiConfiguration, LtiMode, object_id

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
# A manual configuration that lacks one of these cannot be launched.
_NEEDED = frozenset({"platformIss", "clientId", "accessTokenUrl", "authorizationUrl", "jwksUrl"})
_TOOL = "https://flat.example.org/lti/1p3"
_OF_THE_TOOL: Mapping[str, Any] = {
    "publicKeysetUrl": f"{_TOOL}/jwks",
    "initiateLoginUrl": f"{_TOOL}/login",
    "redirectUris": [f"{_TOOL}/launch"],
}


def creation(body: Body) -> tuple[LtiMode, dict[str, Any]]:
    """Return the mode that a request names, and the fields the new configuration has by it.

    Raises:
        FlatError: 400 for an unknown mode, and for a field that is missing or not allowed in it.
    """
    modes: tuple[LtiMode, ...] = get_args(LtiMode)
    given: LtiMode | None = body.choice("mode", modes)
    mode: LtiMode = body.required("mode", given)
    return mode, _CREATIONS[mode](body)


def update(body: Body, mode: LtiMode) -> dict[str, Any]:
    """Return the fields that a request changes in a configuration of this mode.

    Raises:
        FlatError: 400 for a configuration that cannot be edited, and for a field that may not be in this mode.
    """
    allowed = _UPDATABLE.get(mode)
    if allowed is None:
        # "edit 1.3; 1.1 not editable" (official document, updateLtiConfiguration).
        raise FlatError(400, "CLIENT_ERROR", "An LTI 1.1 configuration cannot be edited")
    for name in (*_DEPLOYMENT_UPDATE, *_STANDALONE):
        if name in body.values and name not in allowed:
            raise invalid_parameter(name, f"{name} cannot be changed in a configuration of mode {mode}")
    return _read(body, allowed)


def view(configuration: LtiConfiguration, organization_id: str, *, with_secrets: bool) -> dict[str, Any]:
    """Return `LtiConfiguration`, its secrets for admins alone."""
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
        shown |= {"mode": configuration.mode, **_OF_THE_TOOL}
    return {**shown, **configuration.secrets} if with_secrets else shown


def credentials_view(configuration: LtiConfiguration, organization_id: str) -> dict[str, Any]:
    """Return `LtiCredentials`, what the deprecated operations show of an LTI 1.1 configuration."""
    fields = configuration.fields
    shown: dict[str, Any] = {
        "id": configuration.id,
        # The unified operations take any text as `lms`, these know eight names.
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


def _manual_1p1(body: Body) -> dict[str, Any]:
    return _read(body, ("name", "lms"))


def _manual(body: Body) -> dict[str, Any]:
    return {"enableEmailMatching": True, "deploymentMode": "single"} | _read(body, _STANDALONE)


def _deployment(body: Body) -> dict[str, Any]:
    given = _read(body, ("deploymentId", "clientId", "deploymentBreakdownId"))
    key = body.required("deploymentType", body.text("deploymentType"))
    body.required("deploymentId", given.get("deploymentId"))
    if key == "classlink":
        # "required for ClassLink deployments" (official document, LtiConfigurationCreate1p3Deployment).
        body.required("clientId", given.get("clientId"))
    parent = {"parentId": object_id("lti-parent", key), "deploymentKey": key, "deploymentMode": "multi"}
    return {"enableEmailMatching": True} | parent | given


def _dynamic(body: Body) -> dict[str, Any]:
    platform = body.inner("platformInfo")
    name = platform.text("name")
    # The platform's address is for reference and shown nowhere.
    platform.text("url")
    known = {} if name is None else {"platformName": name}
    return {
        "enableEmailMatching": True,
        "deploymentMode": "single",
        "registrationTokenUsed": False,
        "registrationCompletionDate": None,
    } | known


_CREATIONS: Mapping[LtiMode, Callable[[Body], dict[str, Any]]] = {
    "1p1-manual": _manual_1p1,
    "1p3-manual": _manual,
    "1p3-deployment": _deployment,
    "1p3-dynamic": _dynamic,
}


def registration_url(token: str, locale: str | None) -> str:
    """Return the address at which a platform registers itself, in the caller's language."""
    query = "" if locale is None else f"&locale={normalise(locale)}"
    return f"{_TOOL}/register?token={token}{query}"


def _read(body: Body, names: tuple[str, ...]) -> dict[str, Any]:
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
        complete = configuration.mode != "1p3-manual" or configuration.fields.keys() >= _NEEDED
    return "ready-to-use" if complete else "incomplete-setup"
