"""`/organizations`: organizations and their domains (facts, section 7)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from orgsdk.sandbox.workos.api.domains import check_domains_free, domains_of, put_domains, read_domains
from orgsdk.sandbox.workos.body import BOOLEAN, EXTERNAL_ID, METADATA, TEXT, read_fields
from orgsdk.sandbox.workos.errors import not_found, refused
from orgsdk.sandbox.workos.formats import encode
from orgsdk.sandbox.workos.http import QueryParameters, Route, WorkOSRequest, WorkOSResponse, json_response
from orgsdk.sandbox.workos.pagination import list_response
from orgsdk.sandbox.workos.records import StoredOrganization
from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.sandbox.workos.wire import JsonObject, domain_object, membership_object, organization_object


def shown(state: WorkOSState, organization: StoredOrganization) -> JsonObject:
    """Return an organization with its domains."""
    domains = domains_of(state.store, organization.id)
    return organization_object(organization, domains, emulator=state.variant.is_emulator)


def find_organization(state: WorkOSState, organization_id: str) -> StoredOrganization:
    """Return an organization, or raise 404."""
    organization = state.store.organizations.get(organization_id)
    if organization is None:
        raise not_found("Organization", organization_id)
    return organization


def list_organizations(request: WorkOSRequest) -> WorkOSResponse:
    """List the organizations whose name contains `search`, and that have one of `domains`."""
    state, query = request.state, request.query
    # The emulator ignores `search` (facts, section 2).
    search = "" if state.variant.is_emulator else (query.text("search") or "").casefold()
    domains = _domains(query, emulator=state.variant.is_emulator)

    def keep(organization: StoredOrganization) -> bool:
        if search not in organization.name.casefold():
            return False
        return not domains or any(one.domain in domains for one in domains_of(state.store, organization.id))

    def view(organization: StoredOrganization) -> bytes:
        return encode(shown(state, organization))

    return list_response(request, state.store.organizations, view, keep=keep if search or domains else None)


def _domains(query: QueryParameters, *, emulator: bool) -> set[str]:
    """Return the domains of a query; the emulator reads one alone."""
    if emulator:
        return {text} if (text := query.text("domains")) else set()
    return {domain.lower() for domain in query.texts("domains", brackets=False) or ()}


def get_organization(request: WorkOSRequest) -> WorkOSResponse:
    """Return one organization."""
    return json_response(shown(request.state, find_organization(request.state, request.params["id"])))


def get_organization_by_external_id(request: WorkOSRequest) -> WorkOSResponse:
    """Return the organization with an external id."""
    key = request.params["external_id"]
    organization = request.state.store.organizations.first("external_id", key)
    if organization is None:
        raise not_found("Organization", key)
    return json_response(shown(request.state, organization))


_DETAILS = {
    "external_id": EXTERNAL_ID,
    "metadata": METADATA,
    "allow_profiles_outside_organization": BOOLEAN,
}


def _check_free(state: WorkOSState, changes: Mapping[str, Any], organization_id: str | None) -> None:
    """Refuse an external id that another organization has."""
    key = changes.get("external_id")
    if key is None or not state.variant.unique_values:
        return
    if any(other.id != organization_id for other in state.store.organizations.having("external_id", key)):
        raise refused("external_id_already_used")


def create_organization(request: WorkOSRequest) -> WorkOSResponse:
    """Create an organization. Names need not be unique."""
    state, fields = request.state, read_fields(request)
    values = fields.required(name=TEXT) | fields.given(**_DETAILS)
    domains = read_domains(fields, state.variant)
    _check_free(state, values, None)
    check_domains_free(state, domains, None)
    moment = state.creation_time()
    organization = StoredOrganization(state.new_id("org_", moment), moment, moment, **values)
    state.store.organizations.put(organization)
    put_domains(state, organization.id, domains or {})
    whole = shown(state, organization)
    state.emit("organization.created", whole, organization.id)
    return json_response(whole, 201)


def update_organization(request: WorkOSRequest) -> WorkOSResponse:
    """Change the fields in the request, although it is a PUT. Metadata and domains are replaced as a whole."""
    state, fields = request.state, read_fields(request)
    before = find_organization(state, request.params["id"])
    changes = fields.given(name=TEXT, **_DETAILS)
    if not state.variant.is_emulator:
        changes |= fields.given(stripe_customer_id=TEXT)
    domains = read_domains(fields, state.variant)
    _check_free(state, changes, before.id)
    _check_customer_free(state, changes.get("stripe_customer_id"), before.id)
    check_domains_free(state, domains, before.id)
    organization = replace(before, **changes, updated_at=state.creation_time())
    state.store.organizations.put(organization)
    if domains is not None:
        put_domains(state, organization.id, domains)
    whole = shown(state, organization)
    state.emit("organization.updated", whole, organization.id)
    return json_response(whole)


def _check_customer_free(state: WorkOSState, customer: object, organization_id: str) -> None:
    if customer is None or not state.variant.unique_values:
        return
    others = (one for one in state.store.organizations if one.id != organization_id)
    if any(one.stripe_customer_id == cast("str", customer) for one in others):
        raise refused("stripe_customer_id_already_used")


def remove_organization(request: WorkOSRequest) -> WorkOSResponse:
    """Delete an organization with its memberships and domains. Users, invitations and roles stay (facts, section 7)."""
    state = request.state
    organization = find_organization(state, request.params["id"])
    whole = shown(state, organization)
    emulator = state.variant.is_emulator
    for membership in state.store.memberships.having("organization", organization.id):
        state.store.remove_membership(membership)
        deleted = membership_object(membership, emulator=emulator)
        state.emit("organization_membership.deleted", deleted, organization.id)
    for domain in domains_of(state.store, organization.id):
        state.store.domains.remove(domain.id)
        state.emit("organization_domain.deleted", domain_object(domain), organization.id)
    state.store.organizations.remove(organization.id)
    state.emit("organization.deleted", whole, organization.id)
    return WorkOSResponse(204 if emulator else state.organization_deletion_status)


ROUTES = (
    Route("GET", "/organizations", list_organizations),
    Route("POST", "/organizations", create_organization),
    Route("GET", "/organizations/external_id/{external_id}", get_organization_by_external_id),
    Route("GET", "/organizations/{id}", get_organization),
    Route("PUT", "/organizations/{id}", update_organization),
    Route("DELETE", "/organizations/{id}", remove_organization),
)
