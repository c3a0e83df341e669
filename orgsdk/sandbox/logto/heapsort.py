"""The order of users created at one moment, which depends on where the page ends.

`GET /users` sorts by `created_at desc` without a tie-break. For a query with a limit PostgreSQL keeps only
the best `offset + limit` rows in a heap while it reads the table, once the table holds more than twice as
many, and takes them out of the heap at the end; for a later page it sorts all rows. Rows of equal rank come
out of the heap in an order that depends on its size, so page 2 is not what follows page 1. Measured on 2,000
users of one creation time (facts/logto.md section 4): at page_size 20 one row stands on 49 pages and 48 rows
on none, at page_size 100 it is 9 and 8. The same heap (PostgreSQL's `make_bounded_heap`, `sort_bounded_heap`
in tuplesort.c) gives the same figures here.

The full sort is taken to be stable: among equals any fixed order would do.
"""

from collections.abc import Sequence

from orgsdk.sandbox.logto.records import User


def newest_first(users: Sequence[User], offset: int, limit: int) -> list[User]:
    """Return one page of the users, which come in heap order, as PostgreSQL sorts them for this page."""
    bound = offset + limit
    if len(users) > 2 * bound and len({user.created_at for user in users}) < len(users):
        ranked = _bounded_heapsort(users, bound)
    else:
        ranked = sorted(users, key=lambda user: -user.created_at)
    return ranked[offset:bound]


def _bounded_heapsort(users: Sequence[User], bound: int) -> list[User]:
    heap: list[User] = []
    for user in users:
        if len(heap) < bound:
            heap.append(user)
            _sift_up(heap, len(heap) - 1)
        elif user.created_at > heap[0].created_at:
            _sift_down(heap, len(heap), user)
    for size in range(len(heap) - 1, 0, -1):
        oldest = heap[0]
        _sift_down(heap, size, heap[size])
        heap[size] = oldest
    return heap


def _sift_up(heap: list[User], position: int) -> None:
    user = heap[position]
    while position > 0:
        parent = (position - 1) >> 1
        if user.created_at >= heap[parent].created_at:
            break
        heap[position] = heap[parent]
        position = parent
    heap[position] = user


def _sift_down(heap: list[User], size: int, user: User) -> None:
    """Put the user in the place of the root, and the older of two children up, until none is older."""
    position = 0
    while (child := 2 * position + 1) < size:
        if child + 1 < size and heap[child].created_at > heap[child + 1].created_at:
            child += 1
        if user.created_at <= heap[child].created_at:
            break
        heap[position] = heap[child]
        position = child
    heap[position] = user
