"""The provider's own client, `flat-api` 2.0.4, with its `paginate`, in a separate environment."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import flat_api  # type: ignore[import-not-found]
from flat_api.api.organization_api import OrganizationApi  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def listing(*, address: str, provider: str, page_size: int) -> Iterator[Callable[[], dict[str, Any]]]:
    """List every user of Flat."""
    assert provider == "flat"
    client = flat_api.ApiClient(flat_api.Configuration(host=f"{address}/v2", access_token="t"))
    fetch = OrganizationApi(client).list_organization_users_with_http_info
    fetch(limit=1)
    yield lambda: {"users": sum(1 for _ in flat_api.paginate(fetch, limit=page_size))}
