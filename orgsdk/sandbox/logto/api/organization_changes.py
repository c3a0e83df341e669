"""`/api/organizations`: organizations, created, changed and deleted."""

from dataclasses import replace

from orgsdk.sandbox.logto.answer import NO_CONTENT, Answer, json_answer
from orgsdk.sandbox.logto.body import Fields, columns, read_body
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.cascades import delete_organization
from orgsdk.sandbox.logto.database import LONGEST_ID, empty_update, jsonb, refuse_nul_within
from orgsdk.sandbox.logto.errors import not_exists, not_found
from orgsdk.sandbox.logto.formats import HEX_COLOR, URL
from orgsdk.sandbox.logto.ids import SHORT
from orgsdk.sandbox.logto.records import Organization
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.wire import organization_object
from orgsdk.sandbox.logto.zod import boolean, json_object, nullable, number, optional, shape, string

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
    """Return the columns to write: tenant and time are checked and set by nobody (`org.create.unknown_field`)."""
    refuse_nul_within(fields.values())
    kept = {name: value for name, value in fields.items() if name not in ("tenantId", "createdAt")}
    if "customData" in kept:
        kept["customData"] = jsonb(kept["customData"])
    return columns(kept)


def create_organization(call: Call) -> Answer:
    """Create an organization; another may have its name."""
    stored = _stored(read_body(call, _CREATION))
    state = call.state
    organization = Organization(id=state.new_id(SHORT), created_at=state.creation_time(), **stored)
    state.store.organizations.put(organization)
    return json_answer(organization_object(organization), status=201)


def update_organization(call: Call) -> Answer:
    """Change what is sent; custom data is replaced as a whole (`org.patch.customdata_replace`)."""
    stored = _stored(read_body(call, _CHANGE))
    if not stored:
        raise empty_update()
    organizations = call.state.store.organizations
    before = organizations.get(call.params["id"])
    if before is None:
        raise not_exists("organization")
    organization = replace(before, **stored)
    organizations.put(organization)
    return json_answer(organization_object(organization))


def remove_organization(call: Call) -> Answer:
    """Delete an organization, with members or without."""
    if not delete_organization(call.state.store, call.params["id"]):
        raise not_found()
    return NO_CONTENT


ROUTES = (
    Route("POST", "/organizations", create_organization),
    Route("PATCH", "/organizations/{id}", update_organization),
    Route("DELETE", "/organizations/{id}", remove_organization),
)
