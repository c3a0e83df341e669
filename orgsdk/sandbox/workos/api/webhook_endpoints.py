"""`/webhook_endpoints`: where events would be sent. The sandbox stores them and sends nothing."""

from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from orgsdk.sandbox.workos.body import TEXT, TEXTS, Check, choice, read_fields
from orgsdk.sandbox.workos.errors import WorkOSError, conflict, invalid, not_found
from orgsdk.sandbox.workos.event_names import EVENT_NAMES
from orgsdk.sandbox.workos.formats import encode
from orgsdk.sandbox.workos.http import Route, WorkOSRequest, WorkOSResponse, json_response
from orgsdk.sandbox.workos.pagination import list_response
from orgsdk.sandbox.workos.records import StoredEndpoint
from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.sandbox.workos.wire import JsonObject, endpoint_object


def _shown(state: WorkOSState, endpoint: StoredEndpoint, *, is_new: bool = False) -> JsonObject:
    return endpoint_object(endpoint, emulator=state.variant.is_emulator, is_new=is_new)


def _find(request: WorkOSRequest) -> StoredEndpoint:
    endpoint = request.state.store.endpoints.get(request.params["id"])
    if endpoint is None:
        raise not_found("Webhook endpoint", request.params["id"], "entity_not_found")
    return endpoint


def _url_limit(_name: str, value: object) -> object:
    try:
        parts = urlsplit(str(value))
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_url = False
    if not is_url:
        raise WorkOSError(422, "The URL is invalid.", code="invalid_url")
    return value


def _events_limit(name: str, value: object) -> object:
    if not EVENT_NAMES.issuperset(cast("list[str]", value)):
        raise invalid(name, "unknown_event_type")
    return value


_URL = Check(TEXT.type, _url_limit)
_EVENTS = Check(TEXTS.type, _events_limit)


def _check_free(state: WorkOSState, values: dict[str, Any], endpoint_id: str | None) -> None:
    url = values.get("endpoint_url")
    others = state.store.endpoints.having("url", url)
    if state.variant.unique_values and any(other.id != endpoint_id for other in others):
        raise conflict("duplicate_endpoint")


def list_endpoints(request: WorkOSRequest) -> WorkOSResponse:
    """List the endpoints."""
    return list_response(request, request.state.store.endpoints, lambda one: encode(_shown(request.state, one)))


def create_endpoint(request: WorkOSRequest) -> WorkOSResponse:
    """Create an endpoint. An address has one."""
    state, fields = request.state, read_fields(request)
    values = fields.required(endpoint_url=_URL, events=_EVENTS)
    _check_free(state, values, None)
    moment = state.creation_time()
    endpoint = StoredEndpoint(state.new_id("we_", moment), moment, moment, secret=state.new_token(), **values)
    state.store.endpoints.put(endpoint)
    return json_response(_shown(state, endpoint, is_new=True), 201)


def update_endpoint(request: WorkOSRequest) -> WorkOSResponse:
    """Change the fields in the request."""
    state, endpoint = request.state, _find(request)
    changes = read_fields(request).given(endpoint_url=_URL, events=_EVENTS, status=choice("enabled", "disabled"))
    _check_free(state, changes, endpoint.id)
    changed = replace(endpoint, **changes, updated_at=state.creation_time())
    state.store.endpoints.put(changed)
    return json_response(_shown(state, changed))


def remove_endpoint(request: WorkOSRequest) -> WorkOSResponse:
    """Delete an endpoint."""
    request.state.store.endpoints.remove(_find(request).id)
    return WorkOSResponse(204)


_PATH = "/webhook_endpoints"

ROUTES = (
    Route("GET", _PATH, list_endpoints),
    Route("POST", _PATH, create_endpoint, "messages"),
    Route("PATCH", f"{_PATH}/{{id}}", update_endpoint, "messages", only="document"),
    Route("PUT", f"{_PATH}/{{id}}", update_endpoint, only="emulator"),
    Route("DELETE", f"{_PATH}/{{id}}", remove_endpoint),
)
