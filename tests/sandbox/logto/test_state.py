"""Settings of the state, and what `seed` resets."""

from orgsdk.sandbox.logto.records import Application, SentMessage
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.roster import Person


def test_seed_resets_every_setting(state: LogtoState, people: list[Person]) -> None:
    kept = (state.app_id, state.app_secret, state.organization_id, state.resource, state.signer)
    clock, first_id = state.clock, state.new_id(12)
    state.clock = lambda: 1.0
    state.token_ttl = 1
    state.rate_limit = (1, 1)
    state.applications["x"] = Application("x", "y")
    state.resources.add("https://x.example")
    state.email_service = "no_connector"
    state.message_limit = None
    state.status_changes_race = True
    state.sent_messages.append(SentMessage("a", "b", "c", {}, 1))
    state.new_id = lambda length: "x" * length
    state.store.users.remove(next(iter(state.store.users)).id)

    state.seed(people)

    assert (state.app_id, state.app_secret, state.organization_id, state.resource, state.signer) == kept
    defaults: dict[str, object] = {
        "clock": clock,
        "token_ttl": 3600,
        "rate_limit": None,
        "applications": {},
        "resources": set(),
        "email_service": "works",
        "message_limit": (10, 600.0),
        "status_changes_race": False,
        "sent_messages": [],
    }
    assert {name: getattr(state, name) for name in defaults} == defaults
    assert state.new_id(12) == first_id
    assert len(state.store.users) == 30


def test_ids_are_unique_and_the_same_in_every_run(state: LogtoState) -> None:
    ids = [state.new_id(21) for _ in range(1000)]
    assert len({*ids}) == 1000
    assert {len(one) for one in ids} == {21}
    other = LogtoState()
    assert [other.new_id(21) for _ in range(1000)] == ids


def test_creation_times_are_unique(state: LogtoState) -> None:
    now = state.now()
    assert [state.creation_time() for _ in range(3)] == [now, now + 1, now + 2]
    state.clock = lambda: now / 1000 + 1
    assert state.creation_time() == now + 1000
