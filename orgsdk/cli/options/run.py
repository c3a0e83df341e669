"""Options for how a plan is made and shown, and for the files of a run."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Group, Parameter

from orgsdk.cli.options.common import DurationOption, OutputPathOption, PathOption, PositiveOption

_DEFAULT_CONCURRENCY = 16


@Parameter(name="*", group=Group("Plan", sort_key=4))
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """Options for how a plan is made and shown."""

    output: Annotated[
        OutputPathOption,
        Parameter(help="Save the plan in this file. It contains personal data; only its owner can read it."),
    ] = None
    previous: Annotated[
        PathOption,
        Parameter(help="The previous plan, to compare with. Default: the plan that the new one replaces."),
    ] = None
    show: Annotated[PositiveOption, Parameter(help="Number of changes of each kind to show.")] = 20
    problems: Annotated[
        PathOption,
        Parameter(help="Write all problems of the roster to this CSV file. A terminal shows 20 lines of them."),
    ] = None


@Parameter(name="*", group=Group("Run", sort_key=7))
@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Options for the files of a run, and for its speed."""

    journal: Annotated[
        PathOption, Parameter(help="File of the journal. Default: of the same name as the plan or roster.")
    ] = None
    audit: Annotated[
        PathOption,
        Parameter(help="Append one line of JSON per write to this file. Each line holds a hash of the line before."),
    ] = None
    passwords: Annotated[
        PathOption,
        Parameter(help="Set a password for each new account, and write them to this file. Only its owner can read it."),
    ] = None
    report: Annotated[PathOption, Parameter(help="Write the outcomes to this CSV file.")] = None
    concurrency: Annotated[PositiveOption, Parameter(help="Number of concurrent writes.")] = _DEFAULT_CONCURRENCY
    max_pause: Annotated[
        DurationOption,
        Parameter(help="Stop at a rate limit that lasts longer, such as 5m or 1h. Default: wait for every limit."),
    ] = None

    def to_apply(self) -> list[str]:
        """Return the options of `orgsdk apply` for the same files and speed."""
        return ([] if self.journal is None else ["--journal", str(self.journal)]) + self.to_resume()

    def to_resume(self) -> list[str]:
        """Return the options of `orgsdk resume` for the same files and speed."""
        paths = {"--audit": self.audit, "--passwords": self.passwords, "--report": self.report}
        options = [word for option, path in paths.items() if path is not None for word in (option, str(path))]
        if self.concurrency != _DEFAULT_CONCURRENCY:
            options += ["--concurrency", str(self.concurrency)]
        if self.max_pause is not None:
            options += ["--max-pause", f"{self.max_pause.total_seconds():.0f}s"]
        return options
