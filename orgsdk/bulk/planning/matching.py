"""Match the rows of a roster to users by their keys.

A row names the user that has its external id. Without one, the address and the username must agree: a row whose keys
belong to several users is a problem, because no key shows which of them it means. An external id shows it, so that such
a user may take over an address or a username that another row frees.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.planning.matched_rows import (
    EXTERNAL_IDS_ADVICE,
    MIXED_KEYS_ADVICE,
    MatchedRows,
    RowProblem,
    Transfer,
    origin_of,
)
from orgsdk.bulk.planning.members import Member
from orgsdk.bulk.planning.user_index import difference_of, zeros_message
from orgsdk.bulk.roster.keys import Key, key_of
from orgsdk.bulk.roster.names import are_other_names, is_nearer, shows_same_user
from orgsdk.bulk.roster.spec import RosterProblem, UserSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from orgsdk.bulk.planning.policy import ExternalIds
    from orgsdk.bulk.planning.user_index import Hit, Keys, UserIndex
    from orgsdk.errors import Advice

# A problem names no more rows than this.
_MAX_ROWS: Final = 5


def match_rows(
    rows: Iterable[UserSpec],
    index: UserIndex,
    *,
    external_ids: ExternalIds = "refuse",
    others: Iterable[UserSpec] = (),
) -> MatchedRows:
    """Find the user of each row.

    `others` are rows that are not matched, such as those that were left out: a user that has the external id of one of
    them is no other row's user.
    """
    matcher = _Matcher(index, external_ids)
    rows = list(rows)
    later = [row for row in rows if not matcher.match_at_once(row)]
    matcher.claim(others)
    inactive = [row for row in later if row.state != "active"]
    matcher.claim(inactive, only_ids=True)
    # An active row has a key before the row of a user who left: schools give usernames and addresses again.
    for row in (*(row for row in later if row.state == "active"), *inactive):
        matcher.match_later(row)
    return matcher.result(rows if later else None)


class _Matcher:
    """Match rows one by one: the clear ones at once, the others when all rows are known."""

    def __init__(self, index: UserIndex, external_ids: ExternalIds) -> None:
        self._index = index
        self._external_ids = external_ids
        self._what = index.what
        self._named_by: dict[str, tuple[UserSpec, Member]] = {}
        self._rows_by_key: dict[Key, dict[str, UserSpec]] = {kind: {} for kind in index.kinds}
        self._rivals: list[tuple[UserSpec, Member]] = []
        self._taken_over: list[tuple[UserSpec, Member | None, Hit]] = []
        self._mixed: list[tuple[UserSpec, Sequence[Hit]]] = []
        self._unmatched: list[tuple[UserSpec, Keys]] = []
        self._problems: list[RowProblem] = []

    def match_at_once(self, row: UserSpec) -> bool:
        """Match an active row if its keys are clear; return whether it is settled."""
        if row.state != "active":
            return False
        keys = self._index.keys_of(row)
        for kind, key in keys:
            first = self._rows_by_key[kind].setdefault(key, row)
            if first is not row:
                self._add_problem(row, f"the {kind} is the same as in {origin_of(first)}", others=(first,))
                return True
        member = self._index.only_member(keys)
        if member is None:
            if self._index.find(keys):
                return False
            self._unmatched.append((row, keys))
            return True
        if member.id in self._named_by or not self._is_clear(row, member):
            return False
        self._named_by[member.id] = (row, member)
        return True

    def _is_clear(self, row: UserSpec, member: Member) -> bool:
        """Return whether no external id shows that the row and the user may be two people."""
        if member.external_id is None or row.external_id == member.external_id:
            return True
        return not row.external_id and "external_id" not in self._rows_by_key

    def claim(self, rows: Iterable[UserSpec], *, only_ids: bool = False) -> None:
        """Register the keys of rows, or only their external ids, that no earlier row has."""
        for row in rows:
            for kind, key in self._index.keys_of(row):
                if kind == "external_id" or not only_ids:
                    self._rows_by_key[kind].setdefault(key, row)

    def match_later(self, row: UserSpec) -> None:
        """Match a row whose keys are not clear."""
        keys = self._index.keys_of(row)
        hits = self._index.find(keys)
        if row.state != "active":
            first = self._rows_by_key.get("external_id", {}).get(dict(keys).get("external_id", ""), row)
            if first is not row and first.state != row.state:
                self._add_problem(row, f"the external_id is the same as in {origin_of(first)}", others=(first,))
                return
            self.claim((row,))
            own = self._hits_of_inactive(row, keys, hits)
            if own is None:
                return
            hits = own
        ambiguous = next((hit for hit in hits if hit.is_ambiguous), None)
        if ambiguous is not None:
            ids = self._index.ids_with(ambiguous)
            message = f"its {ambiguous.kind} belongs to {len(ids)} {self._what}s: {', '.join(ids)}"
            self._add_problem(row, message)
        elif hits and hits[0].kind == "external_id":
            member = hits[0].member
            self._take_over(row, member, [hit for hit in hits[1:] if hit.member is not member])
            self._name(row, member)
        else:
            self._match_without_external_id(row, keys, hits)

    def _hits_of_inactive(self, row: UserSpec, keys: Keys, hits: list[Hit]) -> list[Hit] | None:
        """Return the hits by keys that no active row has; None, with a problem, if active rows have all of its keys."""
        own = [
            hit for hit in hits if hit.kind == "external_id" or self._rows_by_key[hit.kind][hit.key].state != "active"
        ]
        rivals = [self._rows_by_key[kind][key] for kind, key in keys]
        if own or not rivals or any(rival.state != "active" for rival in rivals):
            return own
        (kind, _), rival = keys[0], rivals[0]
        remedy = "give both rows external ids"
        if "external_id" not in self._index.kinds:
            remedy = (
                "no external ids are compared here. If both are one user, remove one of the rows. Otherwise leave the "
                "new user's row out until the old account is removed"
            )
        message = (
            f"its {kind} is also that of {origin_of(rival)}, which is active, so it does not show which user "
            f"is {row.state}: {remedy}"
        )
        self._add_problem(row, message, others=(rival,))
        return None

    def _match_without_external_id(self, row: UserSpec, keys: Keys, hits: list[Hit]) -> None:
        own = [hit for hit in hits if not self._is_of_another_row(row, hit.member)]
        if not own:
            self._unmatched.append((row, keys))
        elif any(hit.member is not own[0].member for hit in own):
            self._mixed.append((row, own))
            return
        elif self._is_known(row, own[0]):
            self._name(row, own[0].member)
        else:
            return
        others = [hit for hit in hits if hit not in own]
        self._take_over(row, own[0].member if own else None, others)

    def _is_of_another_row(self, row: UserSpec, member: Member) -> bool:
        """Return whether another row has the external id of the user, so that this row is of someone else."""
        rows_by_id = self._rows_by_key.get("external_id")
        stored = None if rows_by_id is None else key_of("external_id", member)
        if rows_by_id is None or stored is None:
            return False
        return rows_by_id.get(stored, row) is not row

    def _is_known(self, row: UserSpec, hit: Hit) -> bool:
        """Return whether a row may name a user by another key than the external id, or add the problem."""
        wanted, stored = key_of("external_id", row), key_of("external_id", hit.member)
        if wanted is None or stored is None or wanted == stored:
            return True
        if difference_of(wanted, stored) == "zeros":
            self._add_problem(row, zeros_message("external_id", self._what, hit.member))
            return False
        if self._external_ids != "refuse" and shows_same_user(row, hit.member):
            return True
        if row.state == "gone":
            return False  # the user who is gone has left already, and another one has the address or username now
        message = (
            f"its {hit.kind} belongs to {self._what} {hit.member.id}, which has another external_id: "
            f"the {hit.kind} was reused, or the external_id was changed"
        )
        if self._external_ids == "refuse":
            self._add_problem(row, message, advice=EXTERNAL_IDS_ADVICE)
        else:
            rest = "neither the names agree, nor both the e-mail address and the username"
            self._add_problem(row, f"{message}. Nothing else shows the same user: {rest}")
        return False

    def _name(self, row: UserSpec, member: Member) -> None:
        first, _ = self._named_by.setdefault(member.id, (row, member))
        if first is row:
            return
        hits = self._index.find(self._index.keys_of(first))
        if all(hit.member is member for hit in hits) and self._is_of_leaver(row, first, member):
            # The user of the active row is new, and gets a key of the user who left.
            self._named_by[member.id] = (row, member)
            self._unmatched.append((first, self._index.keys_of(first)))
            self._take_over(first, None, hits)
        elif row.state != "gone" or not self._is_clearly_of(first, row, member):
            self._rivals.append((row, member))

    def _is_of_leaver(self, row: UserSpec, active: UserSpec, member: Member) -> bool:
        """Return whether a user is that of a row that is not active, and not that of an active row with a key of it."""
        return row.state != "active" and active.state == "active" and self._is_clearly_of(row, active, member)

    def _is_clearly_of(self, row: UserSpec, other: UserSpec, member: Member) -> bool:
        """Return whether a user is that of a row, and not that of another row with a key of it.

        The names of the rows differ, and the user's are not those of the other row. The user has each key of the
        other row, and one more, in common with the row.
        """
        if not are_other_names(row, other) or not is_nearer(member, row, other):
            return False
        if "external_id" in self._index.kinds and member.external_id is not None:
            return False
        of_row, of_other = (
            {hit.kind for hit in self._index.find(self._index.keys_of(one)) if hit.member is member}
            for one in (row, other)
        )
        return of_row > of_other

    def _is_settled(self, row: UserSpec, hits: Sequence[Hit]) -> bool:
        """Name the user of a row whose other keys are those of users who left; return False if there is not one."""
        freed = [
            hit
            for hit in hits
            if hit.member.id in self._named_by and self._is_of_leaver(self._named_by[hit.member.id][0], row, hit.member)
        ]
        own = {hit.member.id: hit.member for hit in hits if hit not in freed}
        if len(own) != 1 or not own.keys().isdisjoint(self._named_by):
            return False
        (member,) = own.values()
        self._name(row, member)
        self._take_over(row, member, freed)
        return True

    def _take_over(self, row: UserSpec, member: Member | None, hits: Iterable[Hit]) -> None:
        if row.state == "active":  # no other row gets a value
            self._taken_over += [(row, member, hit) for hit in hits]

    def result(self, order: Sequence[UserSpec] | None) -> MatchedRows:
        """Return the result when all rows were matched, in the order of these rows."""
        for row, member in self._rivals:
            first, _ = self._named_by[member.id]
            message = f"it names {self._what} {member.id}, as {origin_of(first)} does"
            self._add_problem(row, message, others=(first,), advice=MIXED_KEYS_ADVICE)
        self._mixed = [(row, hits) for row, hits in self._mixed if not self._is_settled(row, hits)]
        self._report_mixed()
        unmatched = [row for row, keys in self._unmatched if self._is_new(row, keys)]
        if not self._index.distinguishes_case:
            unmatched = list(self._without_same_username(unmatched))
        transfers = [found for taken in self._taken_over if (found := self._transfer(*taken)) is not None]
        pairs = list(self._named_by.values())
        if order is not None:
            by_row = {id(pair[0]): pair for pair in pairs}
            pairs = [by_row[id(row)] for row in order if id(row) in by_row]
        return MatchedRows(pairs, unmatched, transfers, self._problems)

    def _report_mixed(self) -> None:
        """Report rows whose keys belong to several users, with the rows that name those users too."""
        rows_of: defaultdict[str, list[UserSpec]] = defaultdict(list)
        for row, hits in self._mixed:
            for user_id in {hit.member.id for hit in hits}:
                rows_of[user_id].append(row)
        for row, hits in self._mixed:
            first = hits[0].member
            named = [self._named_by[hit.member.id][0] for hit in hits if hit.member.id in self._named_by]
            others = [*named, *(other for hit in hits for other in rows_of[hit.member.id][:_MAX_ROWS])]
            others = list({id(other): other for other in others if other is not row}.values())
            message = f"its {hits[0].kind} belongs to {self._what} {first.id}" + "".join(
                f", its {hit.kind} to {hit.member.id}" for hit in hits[1:] if hit.member is not first
            )
            if others:
                message += f"; {', '.join(map(origin_of, others))} {'names' if len(others) == 1 else 'name'} them too"
            self._add_problem(row, message, others=others, advice=MIXED_KEYS_ADVICE)

    def _is_new(self, row: UserSpec, keys: Keys) -> bool:
        """Return whether no user has nearly the keys of a row that matches none, or add the problem."""
        for near in self._index.near_misses(keys):
            if near.member.id in self._named_by or self._has_own_id(row, near.member):
                continue
            self._add_problem(row, near.problem(self._what))
            return False
        return True

    def _without_same_username(self, rows: Iterable[UserSpec]) -> Iterator[UserSpec]:
        """Yield the new rows, without those whose usernames differ only in case; add their problem."""
        known: dict[str, UserSpec] = {}
        for row in rows:
            username = key_of("username", row)
            first = row if username is None else known.setdefault(username.casefold(), row)
            if first is row:
                yield row
            else:
                message = (
                    f"the username differs only in case from that in {origin_of(first)}, which may be the same here"
                )
                self._add_problem(row, message, others=(first,))

    def _has_own_id(self, row: UserSpec, member: Member) -> bool:
        """Return whether the external ids show that row and user are two people."""
        wanted, stored = key_of("external_id", row), key_of("external_id", member)
        if wanted is None or stored is None:
            return False
        return wanted != stored and difference_of(wanted, stored) is None

    def _transfer(self, row: UserSpec, member: Member | None, hit: Hit) -> Transfer | None:
        """Return the transfer of a key to the row's user; None, with a problem, if its holder keeps it."""
        holder_row, holder = self._named_by.get(hit.member.id, (None, hit.member))
        if holder_row is not None and (holder_row.state != "active" or key_of(hit.kind, holder_row) is not None):
            return Transfer(row, hit.kind, holder, holder_row)
        start = "its" if member is None else f"its external_id belongs to {self._what} {member.id}, its"
        belongs = f"belongs to {self._what}" if member is None else "to"
        named = "" if holder_row is None else f", named by {origin_of(holder_row)}"
        message = f"{start} {hit.kind} {belongs} {holder.id}{named}"
        others = () if holder_row is None else (holder_row,)
        self._add_problem(row, message, others=others, advice=MIXED_KEYS_ADVICE)
        return None

    def _add_problem(
        self, row: UserSpec, message: str, *, others: Iterable[UserSpec] = (), advice: Advice | None = None
    ) -> None:
        self._problems.append(RowProblem(RosterProblem(row.origin, message, advice), (row, *others)))
