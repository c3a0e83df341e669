"""`/organization_domains`, and the domains in the body of an organization (facts, section 7)."""

from dataclasses import replace
from typing import cast

from orgsdk.sandbox.workos.body import OBJECTS, TEXT, TEXTS, Check, Fields, choice, read_fields
from orgsdk.sandbox.workos.errors import Emulated, conflict, invalid, not_found, refused
from orgsdk.sandbox.workos.formats import DOMAIN_FORM
from orgsdk.sandbox.workos.http import Route, WorkOSRequest, WorkOSResponse, json_response
from orgsdk.sandbox.workos.records import DomainState, StoredDomain
from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.sandbox.workos.store import Store
from orgsdk.sandbox.workos.variants import Variant
from orgsdk.sandbox.workos.wire import domain_object

_NAME = Check(TEXT.type, lambda name, value: _domain(name, str(value)))
_NAMES = Check(TEXTS.type, lambda name, value: [_domain(name, one) for one in cast("list[str]", value)])

States = dict[str, DomainState]
"""The domains of an organization, with their states."""


def domains_of(store: Store, organization_id: str) -> list[StoredDomain]:
    """Return the domains of an organization, oldest first."""
    return store.domains.having("organization", organization_id)


def read_domains(fields: Fields, variant: Variant) -> States | None:
    """Return the domains in the body of an organization, or None if it has none.

    The old member `domains` has no states: they are pending. The emulator ignores it, and checks no domain.
    """
    if variant.is_emulator:
        return _emulated_domains(fields)
    if not {"domains", "domain_data"} & fields.values.keys():
        return None
    names = cast("list[str]", fields.given(domains=_NAMES).get("domains", []))
    domains: States = dict.fromkeys(names, "pending")
    for item in fields.given(domain_data=OBJECTS).get("domain_data", []):
        values = Fields(item, strict=fields.strict).required(domain=_NAME, state=choice("pending", "verified"))
        domains[values["domain"]] = values["state"]
    return domains


def _emulated_domains(fields: Fields) -> States | None:
    if "domain_data" not in fields:
        return None
    entries: list[dict[str, object]] = fields.given(domain_data=OBJECTS)["domain_data"]
    return {
        str(entry.get("domain")): "verified" if entry.get("state") == "verified" else "pending" for entry in entries
    }


def _domain(field: str, name: str) -> str:
    if not DOMAIN_FORM.fullmatch(name.lower()):
        raise invalid(field)
    return name.lower()


def check_domains_free(state: WorkOSState, domains: States | None, organization_id: str | None) -> None:
    """Refuse a domain that another organization has: 409 with a message alone (document)."""
    if not state.variant.unique_values:
        return
    for name in domains or ():
        if any(other.organization_id != organization_id for other in state.store.domains.having("domain", name)):
            raise conflict(None, f"Another organization has the domain {name}.")


def put_domains(state: WorkOSState, organization_id: str, domains: States) -> None:
    """Replace the domains of an organization. A domain that stays keeps its id."""
    before = {domain.domain: domain for domain in domains_of(state.store, organization_id)}
    for domain in before.values():
        if domain.domain not in domains:
            state.store.domains.remove(domain.id)
            state.emit("organization_domain.deleted", domain_object(domain), organization_id)
    for name, new_state in domains.items():
        known = before.get(name)
        if known is None:
            add_domain(state, organization_id, name, new_state)
        elif known.state != new_state:
            _change(state, replace(known, state=new_state), "updated")


def add_domain(state: WorkOSState, organization_id: str, name: str, new_state: DomainState) -> StoredDomain:
    """Create a domain of an organization."""
    moment = state.creation_time()
    domain_id = state.new_id("org_domain_", moment)
    domain = StoredDomain(domain_id, moment, moment, organization_id, name, new_state, state.new_token())
    state.store.domains.put(domain)
    state.emit("organization_domain.created", domain_object(domain), organization_id)
    return domain


def _change(state: WorkOSState, domain: StoredDomain, event: str) -> StoredDomain:
    changed = replace(domain, updated_at=state.creation_time())
    state.store.domains.put(changed)
    state.emit(f"organization_domain.{event}", domain_object(changed), domain.organization_id)
    return changed


def _find(request: WorkOSRequest) -> StoredDomain:
    domain = request.state.store.domains.get(request.params["id"])
    if domain is None:
        raise not_found("Organization domain", request.params["id"])
    return domain


def create_domain(request: WorkOSRequest) -> WorkOSResponse:
    """Create a pending domain of an organization."""
    state = request.state
    values = read_fields(request).required(organization_id=TEXT, domain=_NAME)
    name, organization_id = values["domain"], values["organization_id"]
    if organization_id not in state.store.organizations:
        raise not_found("Organization", organization_id)
    if state.store.domains.first("domain", name) is not None:
        emulated = Emulated(409, "conflict")
        message = "Domain already exists for this organization."
        raise conflict("domain_already_exists", message, emulated=emulated)
    return json_response(domain_object(add_domain(state, organization_id, name, "pending")), 201)


def get_domain(request: WorkOSRequest) -> WorkOSResponse:
    """Return one domain."""
    return json_response(domain_object(_find(request)))


def verify_domain(request: WorkOSRequest) -> WorkOSResponse:
    """Verify a domain. The sandbox asks no name server."""
    domain = _find(request)
    emulator = request.state.variant.is_emulator
    if domain.state == "verified" and not emulator:
        raise refused("domain_already_verified", "Domain is already verified.")
    verified = _change(request.state, replace(domain, state="verified"), "verified")
    return json_response(domain_object(verified), 200 if emulator else 201)


def remove_domain(request: WorkOSRequest) -> WorkOSResponse:
    """Delete a domain."""
    domain = _find(request)
    request.state.store.domains.remove(domain.id)
    request.state.emit("organization_domain.deleted", domain_object(domain), domain.organization_id)
    return WorkOSResponse(204)


ROUTES = (
    Route("POST", "/organization_domains", create_domain),
    Route("GET", "/organization_domains/{id}", get_domain),
    Route("DELETE", "/organization_domains/{id}", remove_domain),
    Route("POST", "/organization_domains/{id}/verify", verify_domain),
)
