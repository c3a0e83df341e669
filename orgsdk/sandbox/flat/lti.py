"""LTI configurations and credentials (official document, /organizations/lti).

The operations on credentials are deprecated in favour of those on configurations, which are "unified 1.1 and 1.3":
so both show the same things, credentials those of LTI 1.1 alone.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orgsdk.sandbox.flat import lti_fields
from orgsdk.sandbox.flat.auth import LTI_STAFF_READS, LTI_STAFF_WRITES, WRITE_LTI
from orgsdk.sandbox.flat.errors import FlatError
from orgsdk.sandbox.flat.operation import Call, endpoint
from orgsdk.sandbox.flat.records import LtiConfiguration, LtiMode
from orgsdk.sandbox.flat.state import FlatState


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


def _list_lti_credentials(state: FlatState, call: Call) -> Response:
    _refuse_restricted(state, call)
    found = [each for each in state.lti.values() if each.version == "1p1"]
    return JSONResponse([lti_fields.credentials_view(each, state.organization_id) for each in found])


def _create_lti_credentials(state: FlatState, call: Call) -> Response:
    _refuse_restricted(state, call)
    body = call.json()
    name = body.required("name", body.text("name", maximum=300))
    lms = body.required("lms", body.choice("lms", lti_fields.LMS_NAMES))
    created = _created(state, call, "1p1-manual", {"name": name, "lms": lms})
    return JSONResponse(lti_fields.credentials_view(created, state.organization_id))


def _revoke_lti_credentials(state: FlatState, call: Call) -> Response:
    _refuse_restricted(state, call)
    found = state.lti.get(call.path["credentials"])
    if found is None or found.version != "1p1":
        raise FlatError(404, "NOT_FOUND", "Credentials not found")
    del state.lti[found.id]
    return Response(status_code=204)


def _list_lti_configurations(state: FlatState, call: Call) -> Response:
    views = (lti_fields.view(each, state.organization_id, with_secrets=call.is_admin) for each in state.lti.values())
    return JSONResponse(list(views))


def _create_lti_configuration(state: FlatState, call: Call) -> Response:
    body = call.json()
    mode, fields = lti_fields.creation(body)
    locale = body.text("locale") if mode == "1p3-dynamic" else None
    return _shown(state, _created(state, call, mode, fields, locale))


def _update_lti_configuration(state: FlatState, call: Call) -> Response:
    body = call.json()
    found = _known(state, call)
    changes = lti_fields.update(body, found.mode)
    updated = state.lti[found.id] = replace(found, fields={**found.fields, **changes})
    return _shown(state, updated)


def _delete_lti_configuration(state: FlatState, call: Call) -> Response:
    del state.lti[_known(state, call).id]
    return Response(status_code=204)


def _known(state: FlatState, call: Call) -> LtiConfiguration:
    found = state.lti.get(call.path["configuration"])
    if found is None:
        raise FlatError(404, "NOT_FOUND", "Configuration not found")
    return found


def _shown(state: FlatState, configuration: LtiConfiguration) -> Response:
    return JSONResponse(lti_fields.view(configuration, state.organization_id, with_secrets=True))


def _created(
    state: FlatState, call: Call, mode: LtiMode, fields: Mapping[str, Any], locale: str | None = None
) -> LtiConfiguration:
    hidden: dict[str, str] = {}
    if mode == "1p1-manual":
        fields = {**fields, "consumerKey": secrets.token_hex(16).upper()}
        hidden["consumerSecret"] = secrets.token_urlsafe(24)
    elif mode == "1p3-dynamic":
        hidden["registrationToken"] = token = secrets.token_urlsafe(24)
        hidden["registrationUrl"] = lti_fields.registration_url(token, locale)
    created = LtiConfiguration(state.next_id("lti")[1], mode, call.actor.id, state.date(), fields, hidden)
    state.lti[created.id] = created
    return created


def _refuse_restricted(state: FlatState, call: Call) -> None:
    # "Teachers may be restricted by the organization privacy setting `lti1p1AllowTeachersCredentials`".
    if not call.is_admin and not state.lti_teachers_allowed:
        raise FlatError(403, "FORBIDDEN", "Not admin of an organization")
