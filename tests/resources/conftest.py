"""A provider with every capability that only records its calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pytest

from orgsdk import Capability, OrgClient
from orgsdk.pagination import Listing, Slice
from orgsdk.providers.base import Provider
from orgsdk.providers.http import SinglePage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Asked = list[tuple[Any, ...]]


@dataclass
class RecordingOperations:
    """Take any verb, note it with what was handed on, and give `answer`."""

    name: str
    asked: Asked
    answer: Any

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def listing(*arguments: Any) -> Listing[Any]:
            async def fetch(position: str | None, page_size: int) -> Slice[Any]:
                self.asked.append((self.name, "fetch", position, page_size))
                return SinglePage().slice([self.answer])

            self.asked.append((self.name, "list", *arguments))
            return Listing(provider="ledger", name=f"{self.name}.list", scope=(), max_page_size=5, fetch=fetch)

        async def do(*arguments: Any, **named: Any) -> Any:
            self.asked.append((self.name, verb, *arguments, *([named] if named else [])))
            return self.answer

        return listing if verb == "list" else do


class Ledger(Provider):
    """A provider without HTTP, that can do what a test states."""

    name: ClassVar[str] = "ledger"
    contract: ClassVar[int] = 2
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability)

    def __init__(self) -> None:
        self.asked: Asked = []
        self.answer: Any = object()
        self.closed = False

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        return cls()

    def _operations(self, name: str) -> Any:
        return RecordingOperations(name, self.asked, self.answer)

    @property
    def organizations(self) -> Any:
        return self._operations("organizations")

    @property
    def roles(self) -> Any:
        return self._operations("roles")

    def users(self, organization_id: str | None) -> Any:
        return self._operations(f"users of {organization_id}")

    def invitations(self, organization_id: str | None) -> Any:
        return self._operations(f"invitations of {organization_id}")

    def accounts(self) -> Any:
        return self._operations("accounts")

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class Desk:
    """A client of the ledger."""

    ledger: Ledger = field(default_factory=Ledger)

    @property
    def client(self) -> OrgClient:
        return OrgClient(self.ledger)

    @property
    def asked(self) -> Asked:
        return self.ledger.asked


@pytest.fixture
def desk() -> Desk:
    """Return a client of a provider that can do everything."""
    return Desk()


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """Return what makes a client of a provider that can do what is named alone."""

    def make(*capabilities: Capability) -> Desk:
        monkeypatch.setattr(Ledger, "capabilities", frozenset(capabilities))
        return Desk()

    return make
