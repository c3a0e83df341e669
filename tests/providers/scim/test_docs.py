"""The code blocks of docs/providers/scim.md run, at scim2-server."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.providers import SCIM
from tests.docs.blocks import DOCS, blocks_of
from tests.mock_http import mock_client
from tests.providers.scim.servers import Peer

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio


async def test_the_blocks_of_the_page_print_what_it_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    peer = Peer(root="/scim/v2")
    make: Callable[..., None] = SCIM.__init__

    def make_with_peer(provider: SCIM, base_url: str, *, token: Any = None, **settings: Any) -> None:
        make(provider, base_url, token=token and peer.token, http_client=mock_client(peer.handle), **settings)

    monkeypatch.setattr(SCIM, "__init__", make_with_peer)
    names: dict[str, Any] = {}
    blocks = [block for block in blocks_of(DOCS / "providers" / "scim.md") if block.language == "python"]
    for block in blocks:
        code = compile(block.text, "scim.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, names)  # the documentation of this repository
        if inspect.iscoroutine(result):
            await result
    assert len(blocks) == 4
    assert capsys.readouterr().out == "('teacher',)\nCountess\n"
