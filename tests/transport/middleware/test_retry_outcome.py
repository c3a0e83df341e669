"""The outcome of a failed attempt, and whether it may be retried: the whole table."""

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
NAMES = {"provider": "acme", "operation": "create"}


def responded(kind: type[APIError], status: int | None, **more: float) -> APIError:
    return kind("no", **NAMES, status_code=status, **more)  # type: ignore[arg-type]


TABLE: list[tuple[OrgError, AttemptOutcome, AttemptOutcome]] = [
    # the error; the outcome of an attempt that was sent; and of one that was not
    (NotSentError("no", **NAMES), NOT_SENT, NOT_SENT),
    (TransportError("no", **NAMES), LOST, NOT_SENT),
    (RequestTimeoutError("no", **NAMES), LOST, NOT_SENT),
    (responded(RateLimitError, 429), REFUSED, REFUSED),
    (responded(RateLimitError, 403, retry_after=5), REFUSED, REFUSED),
    (responded(RateLimitError, None, retry_after=5), FINAL, FINAL),
    *(
        (responded(ServerError, status), LOST, NOT_SENT)
        for status in (500, 502, 503, 504, 507, 520, 522, 524, 529, 599)
    ),
    (responded(ServerError, None), LOST, NOT_SENT),
    # 408 should mean "not processed", but gateways send it for a slow server too; 421 and 425 always mean it.
    (responded(ServerError, 408), LOST, NOT_SENT),
    (responded(ServerError, 408, retry_after=9.0), LOST, NOT_SENT),
    *((responded(ServerError, status), REFUSED, REFUSED) for status in (421, 425)),
    (responded(ServerError, 503, retry_after=0.0), REFUSED, REFUSED),
    (responded(ServerError, 503, retry_after=9.0), REFUSED, REFUSED),
    (responded(ServerError, 500, retry_after=9.0), LOST, NOT_SENT),
    *((responded(ServerError, status), FINAL, FINAL) for status in (501, 505, 511)),
    *((responded(BadRequestError, status), FINAL, FINAL) for status in (400, 402, 405, 418, 426)),
    (responded(AuthenticationError, 401), FINAL, FINAL),
    (responded(PermissionDeniedError, 403), FINAL, FINAL),
    (responded(NotFoundError, 404), FINAL, FINAL),
    (responded(ConflictError, 409), FINAL, FINAL),
    (responded(UnprocessableError, 422), FINAL, FINAL),
    (responded(APIError, None), FINAL, FINAL),
    (responded(APIError, 302), FINAL, FINAL),
    (DecodeError("no", **NAMES), FINAL, FINAL),
    (OutcomeUnknownError("no", **NAMES), FINAL, FINAL),
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
def test_the_outcome_of_an_attempt(error: OrgError, sent: AttemptOutcome, unsent: AttemptOutcome) -> None:
    assert (outcome_of(error, was_sent=True), outcome_of(error, was_sent=False)) == (sent, unsent)


def test_the_table_has_every_error_class() -> None:
    def kinds(of: type[OrgError]) -> set[type[OrgError]]:
        return {of}.union(*(kinds(kind) for kind in of.__subclasses__()))

    defaults = {
        kind for kind in kinds(OrgError) if kind.__module__ == "orgsdk.errors" and not kind.__name__.startswith("_")
    }
    assert {type(error) for error, *_ in TABLE} == defaults


@pytest.mark.parametrize(
    ("outcome", "safety", "repeated"),
    [
        (outcome, safety, outcome in {NOT_SENT, REFUSED})
        for outcome in AttemptOutcome
        for safety in Safety
        if outcome is not LOST
    ]
    + [(LOST, Safety.SAFE, True), (LOST, Safety.IDEMPOTENT, True), (LOST, Safety.UNSAFE, False)]
    + [(LOST, Safety.KEYED, True)],
)
def test_which_outcomes_may_be_retried(outcome: AttemptOutcome, safety: Safety, repeated: bool) -> None:
    assert may_retry(outcome, safety) is repeated
