"""Options of a fleet: how much at once, the guards of the whole, and the budget of a night."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal, TypeAlias, get_args

from orgsdk._parameters import name_constructor_parameters
from orgsdk.arguments import check_choice, check_instance, check_integer, check_number
from orgsdk.errors import ConfigurationError
from orgsdk.fleet.secrets import Reference
from orgsdk.fleet.units import Judge

Excess: TypeAlias = Literal["cut", "refuse"]

# How many of the latest organizations can count.
_MAX_LATEST: Final = 1_000


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class FleetGuards:
    """What the plans of a night may do together. The guards of each plan are those of its policy.

    Attributes:
        judge: `"whole"` plans every organization first, and applies nothing if the plans together are refused.
            `"stream"` plans and applies one organization after the other, and stops when too many plans are refused.
        max_refused_share: With `"whole"`, the largest share of the organizations with a changed roster whose plan is
            refused or fails, from 0 to 1. Three are always allowed.
        max_removal_share: With `"whole"`, the largest share of the members who may be removed or suspended, from 0 to
            1. Twenty are always allowed.
        max_removals: With `"whole"`, the largest number of such members.
        max_new_admins: With `"whole"`, the largest number of users who may become admins.
        stop_after: With `"stream"`, the number of refused plans among the latest that stops the run.
        of_latest: With `"stream"`, how many of the latest organizations count.

    Raises:
        ConfigurationError: A value is invalid.

    Example:
        ``FleetGuards(judge="stream", stop_after=5, of_latest=50)``
    """

    judge: Judge = "whole"
    max_refused_share: float = 0.1
    max_removal_share: float = 0.02
    max_removals: int = 5_000
    max_new_admins: int = 50
    stop_after: int = 5
    of_latest: int = 20

    def __post_init__(self) -> None:
        check_choice("judge", self.judge, get_args(Judge))
        check_number("max_refused_share", self.max_refused_share, most=1)
        check_number("max_removal_share", self.max_removal_share, most=1)
        check_integer("max_removals", self.max_removals, least=0)
        check_integer("max_new_admins", self.max_new_admins, least=0)
        check_integer("stop_after", self.stop_after, least=1, most=_MAX_LATEST)
        check_integer("of_latest", self.of_latest, least=self.stop_after, most=_MAX_LATEST)


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class FleetBudget:
    """How many requests and hours a night may take. None for no limit.

    Attributes:
        requests: Largest number of requests of all keys together.
        key_requests: Largest number of requests of one key.
        hours: The hours after which no further organization is started.
        excess: `"cut"` leaves out what does not fit, the organizations that were verified last first. `"refuse"`
            starts nothing then.
        new_requests: How many requests an organization is expected to take that was never planned.

    Raises:
        ConfigurationError: A value is invalid.

    Example:
        ``FleetBudget(hours=8, key_requests=50_000)``
    """

    requests: int | None = None
    key_requests: int | None = None
    hours: float | None = None
    excess: Excess = "cut"
    new_requests: int = 20

    def __post_init__(self) -> None:
        for name, value in (("requests", self.requests), ("key_requests", self.key_requests)):
            if value is not None:
                check_integer(name, value, least=1)
        if self.hours is not None:
            check_number("hours", self.hours, most=1_000, above=True, unit="hours")
        check_choice("excess", self.excess, get_args(Excess))
        check_integer("new_requests", self.new_requests, least=0)


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """Options of a fleet.

    Attributes:
        concurrency: Largest number of keys that this process works on at once, 1 or more.
        writes: Largest number of writes of one organization in flight, 1 or more.
        verify_share: Share of the organizations that is planned each night even if their rosters are unchanged, from 0
            to 1. It rotates, so that each organization has its turn.
        passwords: Reference to the key that the passwords of new accounts are derived from, at least 32 characters.
            None: the provider decides.
        max_pause: Longest wait for a rate limit within an organization. A key that must wait longer sleeps, and
            another one is worked on.
        attempts: How often an organization is tried if the provider cannot be reached, or its worker ends, 1 or more.
        retry_pause: How long a key sleeps after such a failure. It doubles each time.
        keep_nights: Number of nights whose runs, plans and journals are kept, 1 or more.
        guards: The guards of the whole fleet.
        budget: The budget of a night.

    Raises:
        ConfigurationError: A value is invalid.

    Example:
        ``FleetOptions(concurrency=40, budget=FleetBudget(hours=8))``
    """

    concurrency: int = 16
    writes: int = 16
    verify_share: float = 1 / 7
    passwords: str | None = None
    max_pause: timedelta = timedelta(seconds=20)
    attempts: int = 3
    retry_pause: timedelta = timedelta(seconds=30)
    keep_nights: int = 7
    guards: FleetGuards = field(default_factory=FleetGuards)
    budget: FleetBudget = field(default_factory=FleetBudget)

    def __post_init__(self) -> None:
        check_integer("concurrency", self.concurrency, least=1)
        check_integer("writes", self.writes, least=1)
        check_number("verify_share", self.verify_share, most=1)
        check_integer("attempts", self.attempts, least=1)
        check_integer("keep_nights", self.keep_nights, least=1)
        for name, value in (("max_pause", self.max_pause), ("retry_pause", self.retry_pause)):
            check_instance(name, value, timedelta, "a timedelta", error=ConfigurationError)
            if value < timedelta(0):
                raise ConfigurationError(f"{name} is negative: pass a timedelta of 0 or more.")
        check_instance("guards", self.guards, FleetGuards, "a FleetGuards", error=ConfigurationError)
        check_instance("budget", self.budget, FleetBudget, "a FleetBudget", error=ConfigurationError)
        check_instance("passwords", self.passwords, str | None, "a reference to a secret", error=ConfigurationError)
        if self.passwords is not None:
            Reference.parse(self.passwords)
