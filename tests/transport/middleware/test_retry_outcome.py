"""What became of an attempt, and whether it may be made again: the whole table."""

from __future__ import annotations

import pytest

from orgsdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    DecodeError,
    InvalidArgumentError,
    InvalidCursorError,
    NotFoundError,
    NotSentError,
    OrgError,
    OutcomeUnknownError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnprocessableError,
    UnsupportedError,
)
from orgsdk.transport import Safety
from orgsdk.transport.retry import AttemptOutcome, may_retry, outcome_of

NOT_SENT, REFUSED, LOST, FINAL = (
    AttemptOutcome.NOT_SENT,
    AttemptOutcome.REFUSED,
    AttemptOutcome.LOST,
    AttemptOutcome.FINAL,
)
WHO = {"provider": "acme", "operation": "create"}


def answered(kind: type[APIError], status: int | None, **more: float) -> APIError:
    return kind("no", **WHO, status_code=status, **more)  # type: ignore[arg-type]


TABLE: list[tuple[OrgError, AttemptOutcome, AttemptOutcome]] = [
    # what it is; what became of an attempt that was sent; and of one that was not
    (NotSentError("no", **WHO), NOT_SENT, NOT_SENT),
    (TransportError("no", **WHO), LOST, NOT_SENT),
    (RequestTimeoutError("no", **WHO), LOST, NOT_SENT),
    (answered(RateLimitError, 429), REFUSED, REFUSED),
    (answered(RateLimitError, 403, retry_after=5), REFUSED, REFUSED),
    (answered(RateLimitError, None, retry_after=5), FINAL, FINAL),
    *((answered(ServerError, status), LOST, NOT_SENT) for status in (500, 502, 503, 504, 507, 520, 522, 524, 529, 599)),
    (answered(ServerError, None), LOST, NOT_SENT),
    (answered(ServerError, 503, retry_after=0.0), REFUSED, REFUSED),
    (answered(ServerError, 503, retry_after=9.0), REFUSED, REFUSED),
    (answered(ServerError, 500, retry_after=9.0), LOST, NOT_SENT),
    *((answered(ServerError, status), FINAL, FINAL) for status in (501, 505, 511)),
    *((answered(BadRequestError, status), FINAL, FINAL) for status in (400, 402, 405, 408, 418)),
    (answered(AuthenticationError, 401), FINAL, FINAL),
    (answered(PermissionDeniedError, 403), FINAL, FINAL),
    (answered(NotFoundError, 404), FINAL, FINAL),
    (answered(ConflictError, 409), FINAL, FINAL),
    (answered(UnprocessableError, 422), FINAL, FINAL),
    (answered(APIError, None), FINAL, FINAL),
    (answered(APIError, 302), FINAL, FINAL),
    (DecodeError("no", **WHO), FINAL, FINAL),
    (OutcomeUnknownError("no", **WHO), FINAL, FINAL),
    (ConfigurationError("no"), FINAL, FINAL),
    (InvalidArgumentError("no"), FINAL, FINAL),
    (InvalidCursorError("no"), FINAL, FINAL),
    (PaginationError("no"), FINAL, FINAL),
    (UnsupportedError("acme", "create"), FINAL, FINAL),
    (OrgError("no"), FINAL, FINAL),
]


def _id(row: object) -> str:
    return f"{type(row).__name__}-{getattr(row, 'status_code', '')}" if isinstance(row, OrgError) else str(row)


@pytest.mark.parametrize(("error", "sent", "unsent"), TABLE, ids=_id)
def test_what_became_of_an_attempt(error: OrgError, sent: AttemptOutcome, unsent: AttemptOutcome) -> None:
    assert (outcome_of(error, was_sent=True), outcome_of(error, was_sent=False)) == (sent, unsent)


def test_the_table_has_every_error() -> None:
    def kinds(of: type[OrgError]) -> set[type[OrgError]]:
        return {of}.union(*(kinds(kind) for kind in of.__subclasses__()))

    ours = {
        kind for kind in kinds(OrgError) if kind.__module__ == "orgsdk.errors" and not kind.__name__.startswith("_")
    }
    assert {type(error) for error, *_ in TABLE} == ours


@pytest.mark.parametrize(
    ("outcome", "safety", "repeated"),
    [
        (outcome, safety, outcome in {NOT_SENT, REFUSED})
        for outcome in AttemptOutcome
        for safety in Safety
        if outcome is not LOST
    ]
    + [(LOST, Safety.SAFE, True), (LOST, Safety.IDEMPOTENT, True), (LOST, Safety.UNSAFE, False)],
)
def test_what_may_be_repeated(outcome: AttemptOutcome, safety: Safety, repeated: bool) -> None:
    assert may_retry(outcome, safety) is repeated
