"""The generated client of Logto, `py-logto` 2.0.0, without pagination and sign-in."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import py_logto  # type: ignore[import-not-found]
from py_logto.api.organizations_api import OrganizationsApi  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def listing(*, address: str, provider: str, page_size: int) -> Iterator[Callable[[], dict[str, Any]]]:
    """List every member, up to the total."""
    assert provider == "logto"
    client = py_logto.ApiClient(py_logto.Configuration(host=address, access_token="t"))
    fetch = OrganizationsApi(client).list_organization_users_with_http_info

    def walk() -> dict[str, Any]:
        users = 0
        for page in count(1):
            answer = fetch("org", page=page, page_size=page_size)
            for _ in answer.data:
                users += 1
            if users >= int(answer.headers["Total-Number"]):
                break
        return {"users": users}

    fetch("org", page=1, page_size=1)
    yield walk
