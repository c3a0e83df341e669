"""The example of the SCIM gateway: what it prints."""

from __future__ import annotations

import pytest

from examples import scim_gateway


@pytest.mark.asyncio
async def test_it_provisions_a_user(capsys: pytest.CaptureFixture[str]) -> None:
    await scim_gateway.main()
    assert capsys.readouterr().out.splitlines() == [
        "found before: 0",
        "created: kim@acme.example active: True",
        "deactivated: 204",
        "active: False",
    ]
