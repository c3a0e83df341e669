"""Tables: their order, and their indexes after changes."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st

from orgsdk.sandbox.workos.records import StoredUser
from orgsdk.sandbox.workos.store import Table

WRITES = st.lists(
    st.tuples(st.sampled_from(["put", "remove"]), st.integers(0, 7), st.sampled_from(["a", "b", None])), max_size=40
)


@settings(deadline=None)
@given(WRITES)
def test_an_index_has_exactly_the_rows_with_its_value(writes: list[tuple[str, int, str | None]]) -> None:
    table: Table[StoredUser] = Table(external_id=lambda row: row.external_id)
    expected: dict[str, StoredUser] = {}
    for verb, number, value in writes:
        # Made in another order than that of their times.
        made = StoredUser(f"user_{number}", (number * 5) % 8, 0, f"{number}@example.org")
        if verb == "put":
            expected[made.id] = replace(made, external_id=value)
            table.put(expected[made.id])
        else:
            assert table.remove(made.id) == expected.pop(made.id, None)
    in_order = sorted(expected.values(), key=lambda row: (row.created_at, row.id))
    assert list(table) == in_order
    for value in ("a", "b"):
        rows = [row for row in in_order if row.external_id == value]
        assert table.having("external_id", value) == rows
        assert table.first("external_id", value) == next(iter(rows), None)
        for row in in_order:
            key = (row.created_at, row.id)
            older = [one.id for one in rows if one.created_at < row.created_at]
            newer = [one.id for one in rows if one.created_at > row.created_at]
            assert list(table.index("external_id", value).older(key)) == older[::-1]
            assert list(table.index("external_id", value).newer(key)) == newer
