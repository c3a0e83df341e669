"""HTTP provider kit: what every provider over HTTP shares, from adoption of lost creates to reading responses.

Authors of providers may rely on the names that this package exports. Everything else in its modules is private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.http.adoption import (
        create_or_adopt as create_or_adopt,
        is_response_lost as is_response_lost,
    )
    from orgsdk.providers.http.aliases import PrimaryOf as PrimaryOf
    from orgsdk.providers.http.complete import (
        complete_by_overlap as complete_by_overlap,
        complete_in_rounds as complete_in_rounds,
    )
    from orgsdk.providers.http.envelope import EnvelopeReader as EnvelopeReader
    from orgsdk.providers.http.envelope_paging import BodyCursor as BodyCursor, IndexCount as IndexCount
    from orgsdk.providers.http.member_roles import add_member_roles as add_member_roles
    from orgsdk.providers.http.responses import (
        ArrayReader as ArrayReader,
        find_matching_user as find_matching_user,
        read_page_items as read_page_items,
        read_response as read_response,
    )
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".adoption": ["create_or_adopt", "is_response_lost"],
            ".aliases": ["PrimaryOf"],
            ".complete": ["complete_by_overlap", "complete_in_rounds"],
            ".envelope": ["EnvelopeReader"],
            ".envelope_paging": ["BodyCursor", "IndexCount"],
            ".member_roles": ["add_member_roles"],
            ".responses": ["ArrayReader", "find_matching_user", "read_page_items", "read_response"],
        },
    )
