"""Hold the documentation's sentences short and plain (docs/contributing.md, Words).

`proselint` finds clichés, redundancy and vague words. This script takes the sentences out of the Markdown, and bounds
their length and the readability of a page.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import proselint.config
from proselint.checks import __register__
from proselint.registry import CheckRegistry
from proselint.tools import LintFile

CheckRegistry().register_many(__register__)

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs")
GENERATED = ("docs/capabilities.md", "docs/reference", "CHANGELOG.md")  # sentences are checked, averages are not
LONGEST = 28  # words of one sentence
AVERAGE = 14.0  # words of a page's sentences
READABILITY = 9.5  # Automated Readability Index of a page: 9 is a reader of about 14 years
PASSIVE = 0.22  # share of a page's sentences in the passive voice

# What proselint asks of a novel: curly quotes, ellipsis signs, accents on words that English writes without.
IGNORED = ("typography", "restricted", "spelling.consistency", "lexical_illusions")

RIDDLES = (
    (r"(?i)\bwhat (is|was|has|can|does|did|stays|comes) (no|not|none|never|left|there)\b", "name the thing"),
    (r"(?i)(?<![\w,] )\b(who|whoever|nobody|somebody|anybody) (asks|takes|gives|reads|writes|wants|looks)\b", "a noun"),
    (r"(?i)\bas (it|they) (is|are|was|were) (told|said|meant)\b", "state the rule"),
    (r"(?i)\b(that|which) of\b", "repeat the noun"),
)


@dataclass(frozen=True)
class Sentence:
    """One sentence of a page.

    Args:
        line: Number of the line on which its paragraph starts.
        text: The sentence without markup; inline code is one word.
    """

    line: int
    text: str

    @property
    def words(self) -> int:
        """Number of words."""
        return len(re.findall(r"\w[\w'.-]*", self.text))

    @property
    def is_passive(self) -> bool:
        """Whether a form of "be" is followed by a participle."""
        return bool(re.search(r"(?i)\b(is|are|was|were|be|been|being) (\w+ly )?(not )?(\w{3,}ed|\w+en)\b", self.text))


def sentences_of(markdown: str) -> list[Sentence]:
    """Return the sentences of a page, without code, tables, headings and markup.

    Args:
        markdown: The page.

    Returns:
        The sentences in their order. Each item of a list starts a new one.
    """
    text = re.sub(r"(?ms)^( *)(```|~~~).*?^\1\2 *$", _blank, markdown)
    text = re.sub(r"(?s)<!--.*?-->", _blank, text)
    text = re.sub(r"(?m)^( *\||#|\[[^\]]+\]:|<|!\[|:::|    ).*$", "", text)
    found: list[Sentence] = []
    paragraph: list[str] = []
    start = 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        item = re.match(r" *([-*]|\d+\.) +", line)
        if not line.strip() or item:
            found += [Sentence(start, sentence) for sentence in _split(" ".join(paragraph))]
            paragraph = []
        if content := (line[item.end() :] if item else line).strip():
            start = start if paragraph else number
            paragraph.append(content)
    return found


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _split(paragraph: str) -> list[str]:
    plain = re.sub(r"`[^`]+`", "code", paragraph)
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", plain)
    plain = re.sub(r"[*_]{1,2}(\S[^*_]*)[*_]{1,2}", r"\1", plain)
    return [sentence for sentence in re.split(r"(?<=[.!?:])[\")]* +(?=[A-Z0-9(\"c])", plain) if sentence.strip()]


def problems_of(name: str, markdown: str) -> list[str]:
    """Return one line for each sentence, or figure of the page, that is out of bounds.

    Args:
        name: The page's path, for the messages.
        markdown: The page.

    Returns:
        Lines of the form ``page:line: what is wrong``.
    """
    sentences = sentences_of(markdown)
    found = [
        f"{name}:{sentence.line}: {sentence.words} words, at most {LONGEST}: {sentence.text[:80]}…"
        for sentence in sentences
        if sentence.words > LONGEST
    ]
    for sentence in sentences:
        found += [
            f"{name}:{sentence.line}: {match[0]!r} ({advice})"
            for pattern, advice in RIDDLES
            if (match := re.search(pattern, sentence.text))
        ]
    found += _lint(name, sentences)
    if len(sentences) >= 10 and not name.startswith(GENERATED):
        found += [
            f"{name}: {figure} is {value:.2f}, at most {bound}"
            for figure, value, bound in (
                ("words a sentence", sum(each.words for each in sentences) / len(sentences), AVERAGE),
                ("share of passive sentences", sum(each.is_passive for each in sentences) / len(sentences), PASSIVE),
                ("readability index", _readability(sentences), READABILITY),
            )
            if value > bound
        ]
    return found


def _readability(sentences: list[Sentence]) -> float:
    # The Automated Readability Index. No package: the usual one installs a package named `tests` too.
    words = sum(each.words for each in sentences)
    letters = sum(len("".join(each.text.split())) for each in sentences)
    return float(4.71 * letters / words + 0.5 * words / len(sentences) - 21.43)


def _lint(name: str, sentences: list[Sentence]) -> list[str]:
    found = []
    for sentence in sentences:
        for result in LintFile(name, sentence.text).lint(proselint.config.DEFAULT):
            check = result.check_result
            if not check.check_path.startswith(IGNORED):
                found.append(f"{name}:{sentence.line}: {check.message} ({check.check_path})")
    return found


def main(paths: list[str]) -> int:
    """Check the pages, or those of `paths`, and print what was found.

    Args:
        paths: Files or folders; all pages without any.

    Returns:
        The exit code: 0 where nothing was found, 1 otherwise.
    """
    found: list[str] = []
    for path in [Path(each) for each in paths or PAGES]:
        for page in sorted((ROOT / path).rglob("*.md")) if (ROOT / path).is_dir() else [ROOT / path]:
            found += problems_of(page.relative_to(ROOT).as_posix(), page.read_text("utf-8"))
    sys.stdout.write("".join(f"{line}\n" for line in found) or "the sentences are short and plain\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
