"""`/events`: what happened, for 30 days at the service; the sandbox keeps every event (facts, section 8)."""

from orgsdk.sandbox.workos.errors import invalid
from orgsdk.sandbox.workos.formats import encode, parse_time
from orgsdk.sandbox.workos.http import Route, WorkOSRequest, WorkOSResponse
from orgsdk.sandbox.workos.pagination import list_response
from orgsdk.sandbox.workos.records import StoredEvent


def list_events(request: WorkOSRequest) -> WorkOSResponse:
    """List the events, the newest first, with the documented filters; the emulator has the filter by name alone."""
    query, variant = request.query, request.state.variant
    names = query.texts("events", brackets=variant.array_brackets)
    organization_id, start, end = None, None, None
    if not variant.is_emulator:
        organization_id = query.text("organization_id")
        start, end = _time(request, "range_start"), _time(request, "range_end")

    def keep(event: StoredEvent) -> bool:
        return (
            (names is None or event.name in names)
            and (organization_id is None or event.organization_id == organization_id)
            and (start is None or event.created_at >= start)
            and (end is None or event.created_at < end)
        )

    metadata = ("before", "after") if variant.is_emulator else ("after",)
    events = request.state.store.events
    return list_response(request, events, lambda event: encode(event.body), keep=keep, metadata=metadata)


def _time(request: WorkOSRequest, name: str) -> int | None:
    text = request.query.text(name)
    if text is None:
        return None
    moment = parse_time(text)
    if moment is None:
        raise invalid(name)
    return moment


ROUTES = (Route("GET", "/events", list_events, "fields"),)
