"""A page as an app's own answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from orgsdk.domain import Page

T = TypeVar("T")
ItemT = TypeVar("ItemT")


def _title(model: type[object]) -> str:
    # `UserPage` in the OpenAPI document, not `PageOut[User]`.
    inside = model.__name__.removeprefix("PageOut").strip("[]")
    return f"{inside}Page" if inside.isidentifier() else model.__name__


class PageOut(BaseModel, Generic[T]):
    """One page of a list, with the cursors of the pages beside it."""

    # What is always sent is no optional field to a generated client.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_serialization_defaults_required=True, model_title_generator=_title
    )

    items: list[T]
    next_cursor: str | None = Field(default=None, description="Pass it as `cursor` to go on; null on the last page.")
    previous_cursor: str | None = Field(
        default=None,
        description="Pass it as `cursor` to go back; null where there is no way back.",
    )
    total: int | None = Field(default=None, description="How many items the whole list has; null where nobody says.")

    @staticmethod
    def of(page: Page[ItemT]) -> PageOut[ItemT]:
        """Make it of a page, whose items are taken as they are.

        Example: `return PageOut.of(await client.organization().users.list(cursor=cursor))`
        """
        # Of no kind yet: FastAPI validates what is returned against the path operation's own.
        return PageOut(
            items=page.items,
            next_cursor=page.next_cursor,
            previous_cursor=page.previous_cursor,
            total=page.total,
        )
