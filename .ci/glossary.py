"""Refuse words that the project's vocabulary replaces (docs/contributing.md, Words).

Each rule is a pattern, the word to use instead, and the places where the word has an innocent sense.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = {".py", ".md", ".toml", ".yml", ".html", ".js", ".css"}
HERE = Path(__file__)


@dataclass(frozen=True)
class Rule:
    """One word, what to write instead, and where the word is innocent.

    Args:
        pattern: The word as a regular expression.
        instead: The word of the glossary.
        innocent: Expressions that are removed from a line before the pattern is searched.
        inside: Path prefixes to which the rule is limited; everywhere without them.
        outside: Path prefixes that are left out.
    """

    pattern: str
    instead: str
    innocent: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


RULES = (
    Rule(r"(?i)\b_?rooms?\b|(?<=[a-z_])Rooms?\b|_rooms?\b", "operations, resource"),
    Rule(r"(?i)\bonward\b|\b_nowhere\b", "call_next"),
    Rule(
        r"(?i)(\b|_)ways?(\b|_)",
        "pipeline, call_next, or what it is",
        innocent=(
            r"(?i)\b(in|one of) (the same|this|that|one|two|its own) ways?\b",
            r"(?i)\b(only|fastest|own|offers a|the) ways? (for|to)\b",
            r"(?i)\beach way\b|\bhalf ?way\b|\bon the way\b",
        ),
    ),
    Rule(
        r"(?i)\b(says?|said|saying)\b",
        "reports, returns, states",
        innocent=(r"Bint-Said", r"(?i)(, say\b|\bsay how\b)"),
    ),
    Rule(
        r"(?i)\bkept\b|\b(keep|keeps|keeping|_keep|_kept) (users?|members?|rows?|people)\b|\bkept_|_kept\b",
        "protected (a user that is not removed)",
        innocent=(r"(?i)\b(are|is|and) kept\b",),  # of data: values, ids, bytes
        inside=("orgsdk/bulk", "tests/bulk", "docs/bulk.md"),
    ),
    Rule(
        r"(?i)(\b|_)places?(\b|_)",
        "target, snapshot, position",
        innocent=(
            r"(?i)\b(in|take|takes|took) (the |its |their |one |her |his )?places?\b",
            r"(?i)\bchanged? places\b|\bchanges? places\b|\bonly place\b|\bright place\b|\bdecimal places?\b",
            r"(?i)\b(same|other|one|every) places?\b|\bplace-items\b",
        ),
    ),
    Rule(
        r"(?i)\b(persons?|people)\b",
        "user, users",
        innocent=(r"\bPerson\b", r"(?i)\bpeople(\.|'s\b)"),  # the sandbox's class, names of files
        inside=(
            "orgsdk/client.py",
            "orgsdk/blocking",
            "orgsdk/domain",
            "orgsdk/errors.py",
            "orgsdk/events.py",
            "orgsdk/fastapi",
            "orgsdk/options.py",
            "orgsdk/pagination",
            "orgsdk/providers",
            "orgsdk/resources",
            "orgsdk/testing",
            "orgsdk/transport",
        ),
    ),
    Rule(r"(\b|_)(there|current)\b *(:|=)(?!=)", "target, snapshot, stored", inside=("orgsdk/bulk/planning",)),
    Rule(r"\b(naming|words|cells|pieces|refusals)\.py\b|\bimport (naming|words|cells|pieces)\b", "the topic's name"),
    Rule(
        r"[a-z_]Answers?\b|(?<!may)_answers?\b|\b(lost|lose|loses) (an )?answers?\b|\bANSWERS?\b",
        "response",
        innocent=(r"test_\w+", r"own_answer", r"X-Answer"),
    ),
    Rule(
        r"(?i)\b(told|tells?|telling)\b",
        "reports, returns, states; emit (an event)",
        innocent=(r"\.tell\(\)",),  # the position of a file
    ),
    Rule(r"(?i)\b(whom|whoever|somebody|anybody)\b", "a noun"),
    Rule(r'"""(Give|Gives|Have|Say|Says|Tell|Tells|Hold on|Hand)\b', "Return, Yield, Represent, Raise"),
    Rule(r"(?i)\b(stands?|stood|standing) (in|at|on|there|behind|beside|apart|between|under|before|within)\b", "is"),
    Rule(r"(?i)\bcan be no\b|\bwhat is none\b|\bthat is none\b|\bis no id\b", "invalid …"),
    Rule(r"\bband\b", "org", outside=("examples/data", "orgsdk/sandbox")),
    Rule(r"(?i)\b(bought|buys?)\b", "fetched, refreshed"),
    Rule(r"\b[Hh]ands\b", "executor"),
    Rule(r"(?i)\btroubles?\b", "circuit breaker"),
    Rule(r"(?i)\bcircles?\b", "cycles"),
    Rule(r"(?i)\b(begun|beginnings?)\b", "started, start"),
    Rule(r"(?i)\bdraft(er|ing)s?\b", "plan builder"),
    Rule(r"(?i)\btally\b|\btallies\b", "counters, progress"),
    Rule(r"(?i)\b(mend(s|ed|ing)?|befalls?|befell|lures?|dear)\b", "fix, inject, redirect, slow"),
    Rule(r"(?i)\bleft[_ ]behind\b", "partial result"),
    Rule(r"(?i)\b(refusals?)\b", "errors"),
    Rule(r"(?i)\bfloors?\b|\bhouse\b", "layer, architecture", innocent=(r"math\.floor", r"Tempo House")),
    Rule(r"(?i)\bcreate_once\b|\blost\.py\b", "adoption: create_or_adopt"),
    Rule(r"(?i)\brepeat-safe\b|\brepeatable\b", "idempotent"),
    Rule(r"(?i)\b(gate|gates|latch|latches)\b", "rate-limit gate", innocent=(r"(?i)rate-limit gates?",)),
    Rule(r"(?i)\bpolic(y|ies)\b", "middleware", inside=("orgsdk/transport", "tests/transport")),
    Rule(r"\bclient\.users\b", "client.accounts"),
)
SKIPPED = ("docs/assets", ".ci/glossary.py", ".ci/prose.py", "tests/docs/test_glossary.py", "constraints.txt")


def problems_of(path: Path, text: str) -> list[str]:
    """Return one line for each word of `text` that a rule replaces.

    Args:
        path: The file, relative to the project's root.
        text: Its contents.

    Returns:
        Lines of the form ``path:line: 'word' (write: …)``.
    """
    name = path.as_posix()
    rules = [
        rule
        for rule in RULES
        if (not rule.inside or name.startswith(rule.inside)) and not (rule.outside and name.startswith(rule.outside))
    ]
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for rule in rules:
            rest = line
            for innocent in rule.innocent:
                rest = re.sub(innocent, "", rest)
            if match := re.search(rule.pattern, rest):
                found.append(f"{name}:{number}: {match[0]!r} (write: {rule.instead})")
    return found


def main(paths: list[str]) -> int:
    """Check the tracked files, or those below `paths`, and print what was found.

    Args:
        paths: Files or folders; all tracked files without any.

    Returns:
        The exit code: 0 where nothing was found, 1 otherwise.
    """
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard", *paths], check=True, capture_output=True, text=True
    ).stdout
    found: list[str] = []
    for path in (Path(name) for name in tracked.split("\0") if name):
        if path.suffix in SUFFIXES and path.is_file() and not path.as_posix().startswith(SKIPPED):
            found += problems_of(path, path.read_text("utf-8", errors="replace"))
    sys.stdout.write("".join(f"{line}\n" for line in found) or "the glossary is kept\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
