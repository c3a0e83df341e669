"""`/api/organizations`: organizations."""

from dataclasses import replace

from orgsdk.sandbox.logto.body import Fields, columns, read_body
from orgsdk.sandbox.logto.errors import not_exists, not_exists_with_id, not_found
from orgsdk.sandbox.logto.formats import HEX_COLOR, SHORT_ID, URL
from orgsdk.sandbox.logto.http import NO_CONTENT, LogtoRequest, LogtoResponse, Route, json_response
from orgsdk.sandbox.logto.pagination import page_response, window_of
from orgsdk.sandbox.logto.postgres import LONGEST_ID, contains, empty_value_list, jsonb, refuse_nul_within
from orgsdk.sandbox.logto.records import StoredOrganization
from orgsdk.sandbox.logto.store import Store, delete_organization
from orgsdk.sandbox.logto.wire import encode, organization_object
from orgsdk.sandbox.logto.zod import boolean, json_object, nullable, number, optional, shape, string

_FEATURED = 3


def list_organizations(request: LogtoRequest) -> LogtoResponse:
    """List the organizations whose id or name contains `q`, in heap order, because Logto does not sort them."""
    window = window_of(request.query)
    pattern = contains(request.query.text("q"))
    shows_featured = request.query.is_true("showFeatured")
    store = request.state.store
    found = [row for row in store.organizations if pattern.search(row.id) or pattern.search(row.name)]
    page = [
        encode({**organization_object(row), **(_featured(store, row) if shows_featured else {})})
        for row in window.cut(found)
    ]
    return page_response(request, window, len(found), page)


def _featured(store: Store, organization: StoredOrganization) -> dict[str, object]:
    user_ids = store.memberships.sorted_ids(organization.id)
    users = [user for user_id in user_ids[:_FEATURED] if (user := store.users.get(user_id))]
    return {
        "usersCount": len(user_ids),
        "featuredUsers": [{"id": user.id, "avatar": user.avatar, "name": user.name} for user in users],
    }


def get_organization(request: LogtoRequest) -> LogtoResponse:
    """Return one organization."""
    organization = request.state.store.organizations.get(request.params["id"])
    if organization is None:
        raise not_exists_with_id("organizations", request.params["id"])
    return json_response(organization_object(organization))


_NAME = string(least=1, most=128)
_DETAILS = {
    "description": optional(nullable(string(most=256))),
    "customData": optional(json_object),
    "isMfaRequired": optional(boolean),
    "color": optional(
        shape(
            primaryColor=optional(string(form=HEX_COLOR)),
            isDarkModeEnabled=optional(boolean),
            darkPrimaryColor=optional(string(form=HEX_COLOR)),
        )
    ),
    "branding": optional(
        shape(
            logoUrl=optional(string(form=URL)),
            darkLogoUrl=optional(string(form=URL)),
            favicon=optional(string(form=URL)),
            darkFavicon=optional(string(form=URL)),
        )
    ),
    "customCss": optional(nullable(string())),
    "createdAt": optional(number),
}
_TENANT_ID = optional(string(most=LONGEST_ID))
_CREATION = shape(tenantId=_TENANT_ID, name=_NAME, **_DETAILS)
_CHANGE = shape(tenantId=_TENANT_ID, name=optional(_NAME), **_DETAILS)


def _stored(fields: Fields) -> Fields:
    """Return the columns to write. Tenant and time are checked but ignored (`org.create.unknown_field`)."""
    refuse_nul_within(fields.values())
    stored = {name: value for name, value in fields.items() if name not in ("tenantId", "createdAt")}
    if "customData" in stored:
        stored["customData"] = jsonb(stored["customData"])
    return columns(stored)


def create_organization(request: LogtoRequest) -> LogtoResponse:
    """Create an organization. Names need not be unique."""
    stored = _stored(read_body(request, _CREATION))
    state = request.state
    organization = StoredOrganization(id=state.new_id(SHORT_ID), created_at=state.creation_time(), **stored)
    state.store.organizations.put(organization)
    return json_response(organization_object(organization), status=201)


def update_organization(request: LogtoRequest) -> LogtoResponse:
    """Update the fields in the request. Custom data is replaced as a whole (`org.patch.customdata_replace`)."""
    stored = _stored(read_body(request, _CHANGE))
    if not stored:
        raise empty_value_list()
    organizations = request.state.store.organizations
    before = organizations.get(request.params["id"])
    if before is None:
        raise not_exists("organization")
    organization = replace(before, **stored)
    organizations.put(organization)
    return json_response(organization_object(organization))


def remove_organization(request: LogtoRequest) -> LogtoResponse:
    """Delete an organization, even if it has members."""
    if not delete_organization(request.state.store, request.params["id"]):
        raise not_found()
    return NO_CONTENT


ROUTES = (
    Route("GET", "/organizations", list_organizations),
    Route("GET", "/organizations/{id}", get_organization),
    Route("POST", "/organizations", create_organization),
    Route("PATCH", "/organizations/{id}", update_organization),
    Route("DELETE", "/organizations/{id}", remove_organization),
)
