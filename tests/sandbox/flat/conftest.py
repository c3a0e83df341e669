"""A Flat server in memory, and a client with its token."""

from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient

from orgsdk.sandbox import Person
from orgsdk.sandbox.flat.app import create_app
from orgsdk.sandbox.flat.state import FlatState

BASE_URL = "http://flat.test:8080/v2"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def people() -> list[Person]:
    """Return a small school: an admin, two teachers and seven students in two groups."""
    staff = [
        Person("T1", "principal", "Head@Example.org", "Ada", "Lovelace", "admin", None),
        Person("T2", "zoe", "zoe@example.org", "Zoé", "O'Brien", "teacher", None),
        Person("T3", "wang", "wang@example.org", "伟", "王", "teacher", None),
    ]
    pupils = [
        Person(f"S{n}", f"pupil{n}", None, first, last, "student", "5B" if n < 5 else "6A")
        for n, (first, last) in enumerate(
            [("Bo", "Éluard"), ("Cy", "adams"), ("al", "Adams"), ("Di", ""), ("", "Fay"), ("Ed", "Gil"), ("Flo", "Hu")],
            start=1,
        )
    ]
    return staff + pupils


@pytest.fixture
def state(people: list[Person]) -> FlatState:
    return FlatState(people)


@pytest.fixture
async def http(state: FlatState) -> AsyncIterator[AsyncClient]:
    headers = {"Authorization": f"Bearer {state.token}"}
    transport = ASGITransport(create_app(state), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as client:
        yield client
