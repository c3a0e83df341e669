"""Read the state of a row: active, suspended or gone, by the words of its source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias, cast, get_args

from orgsdk.arguments import check_instance, describe_name, describe_value
from orgsdk.bulk.roster.cells import ValueProblem, clean_name
from orgsdk.bulk.roster.columns import suggest
from orgsdk.bulk.roster.spec import State
from orgsdk.errors import Advice, InvalidArgumentError

if TYPE_CHECKING:
    from typing import Literal

StateMapping: TypeAlias = Mapping[str, bool | State]

_STATES: Final = get_args(State)
YES: Final = ("true", "yes", "1", "ja", "wahr", "oui", "vrai", "sí", "si", "verdadero")
NO: Final = ("false", "no", "0", "nein", "falsch", "non", "faux", "falso")
"""Yes and no, and what spreadsheets in German, French and Spanish write for TRUE and FALSE."""
_ENABLED_WORDS: Final[Mapping[str, State]] = {
    "": "active",
    **dict.fromkeys((*YES, "y", "active"), "active"),
    **dict.fromkeys((*NO, "n", "inactive"), "suspended"),
}
_STATE_WORDS: Final[Mapping[str, State]] = {
    "": "active",
    **dict.fromkeys(("active", "enabled", "current"), "active"),
    **dict.fromkeys(("suspended", "inactive", "disabled", "blocked", "archived"), "suspended"),
    **dict.fromkeys(("gone", "deleted", "removed", "tobedeleted"), "gone"),
}
_MAX_CACHED_WORDS = 1_000
STATE_ADVICE = Advice(
    'To map a word of the file to a state, read it with enabled={"WORD": False}. True is active, False is suspended, '
    'and "gone" is a user who was removed.',
    command="--map-state WORD=STATE maps a word of the file to active, suspended or gone",
)


def check_states(enabled: object) -> None:
    """Raise `InvalidArgumentError` if the argument `enabled` of a reader is not a mapping of words to states."""
    if enabled is None:
        return
    if not isinstance(enabled, Mapping):
        raise InvalidArgumentError(
            f'enabled is {describe_value(enabled)}: pass a dict of words, such as {{"DEPROVISIONED": False}}.'
        )
    for word, state in cast("Mapping[object, object]", enabled).items():
        check_instance("a word in enabled", word, str, "a text")
        if not isinstance(state, bool) and state not in _STATES:
            raise InvalidArgumentError(
                f"The state of {describe_name(cast('str', word))} in enabled is {describe_value(state)}: "
                f"pass True, False or one of {', '.join(_STATES)}."
            )


class StateReader:
    """Read states. Words are compared trimmed and without case.

    `words` maps words of the source: True is active, False is suspended. The usual words remain, unless the mapping
    changes the meaning of one of them, as for a column `blocked`. An empty cell is active.
    """

    def __init__(self, words: StateMapping | None) -> None:
        mapped: dict[str, State] = {
            clean_name(word).casefold(): _state_of(state) for word, state in (words or {}).items()
        }
        self._words = {
            column: _combine(usual, mapped) for column, usual in (("state", _STATE_WORDS), ("enabled", _ENABLED_WORDS))
        }
        self._cells: dict[tuple[str | None, str | None], tuple[State, str | None]] = {}

    def read(self, state: str | None, enabled: str | None) -> tuple[State, str | None]:
        """Return the state of a row by its columns `state` and `enabled`, and its word unless it is active.

        Of two columns the stricter one decides: gone before suspended before active.
        """
        cells = state, enabled
        found = self._cells.get(cells)
        if found is None:
            if len(self._cells) >= _MAX_CACHED_WORDS:
                self._cells.clear()
            found = self._cells[cells] = self._read(state, enabled)
        return found

    def _read(self, state: str | None, enabled: str | None) -> tuple[State, str | None]:
        found: State = "active"
        word: str | None = None
        if state is not None:
            found, word = self._look_up(state, "state")
        if enabled is not None:
            other, other_word = self._look_up(enabled, "enabled")
            if _STATES.index(other) > _STATES.index(found):
                found, word = other, other_word
        return found, word if found != "active" else None

    def _look_up(self, cell: str, column: Literal["state", "enabled"]) -> tuple[State, str]:
        word, known = clean_name(cell), self._words[column]
        try:
            return known[word.casefold()], word
        except KeyError:
            shown = describe_name(word)
            raise ValueProblem(
                f"unknown word {shown} for {column}{suggest(word, filter(None, known))}", advice=STATE_ADVICE
            ) from None


def _state_of(state: bool | State) -> State:  # noqa: FBT001  # a value of the mapping
    if isinstance(state, bool):
        return "active" if state else "suspended"
    return state


def _combine(usual: Mapping[str, State], mapped: Mapping[str, State]) -> Mapping[str, State]:
    if any(usual.get(word, state) != state for word, state in mapped.items() if word):
        return {"": "active", **mapped}
    return {**usual, **mapped}
