"""HTTP provider kit: what every provider over HTTP shares, from its base class to the adoption of lost creates.

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
    from orgsdk.providers.http.bodies import BodyModel as BodyModel, build_body as build_body
    from orgsdk.providers.http.complete import (
        complete_by_overlap as complete_by_overlap,
        complete_in_rounds as complete_in_rounds,
    )
    from orgsdk.providers.http.connection import BodyReader as BodyReader, HTTPConnection as HTTPConnection
    from orgsdk.providers.http.duplicates import DropDuplicates as DropDuplicates
    from orgsdk.providers.http.envelope import EnvelopeReader as EnvelopeReader
    from orgsdk.providers.http.envelope_paging import BodyCursor as BodyCursor, IndexCount as IndexCount
    from orgsdk.providers.http.lists import describe_list as describe_list
    from orgsdk.providers.http.matching import find_matching_user as find_matching_user, has_values as has_values
    from orgsdk.providers.http.member_roles import add_member_roles as add_member_roles
    from orgsdk.providers.http.native import HTTPNativeOperations as HTTPNativeOperations
    from orgsdk.providers.http.operations import (
        HTTPOperations as HTTPOperations,
        PartialResult as PartialResult,
    )
    from orgsdk.providers.http.paging import (
        LinkCursor as LinkCursor,
        PageNumber as PageNumber,
        Paging as Paging,
        SinglePage as SinglePage,
    )
    from orgsdk.providers.http.provider import HTTPProvider as HTTPProvider
    from orgsdk.providers.http.row_cursor import complete_by_row_cursor as complete_by_row_cursor
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".adoption": ["create_or_adopt", "is_response_lost"],
            ".aliases": ["PrimaryOf"],
            ".bodies": ["BodyModel", "build_body"],
            ".complete": ["complete_by_overlap", "complete_in_rounds"],
            ".connection": ["BodyReader", "HTTPConnection"],
            ".duplicates": ["DropDuplicates"],
            ".envelope": ["EnvelopeReader"],
            ".envelope_paging": ["BodyCursor", "IndexCount"],
            ".lists": ["describe_list"],
            ".matching": ["find_matching_user", "has_values"],
            ".member_roles": ["add_member_roles"],
            ".native": ["HTTPNativeOperations"],
            ".operations": ["HTTPOperations", "PartialResult"],
            ".paging": ["LinkCursor", "PageNumber", "Paging", "SinglePage"],
            ".provider": ["HTTPProvider"],
            ".row_cursor": ["complete_by_row_cursor"],
        },
    )
