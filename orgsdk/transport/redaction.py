"""Redaction: cut secrets, tokens and email addresses out of a server's text before it is shown. Private to orgsdk."""

from __future__ import annotations

import base64
import json
import re
import sys
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus

from orgsdk.transport.secret_names import is_secret_header, is_secret_name, random_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pydantic import JsonValue, SecretStr

    from orgsdk.transport.request import Call, Request

# The part before the "@": a quoted string, a word (which may contain quotes, as in O'Brien), or at least one character.
# A word matches from its start only, so that a long one takes linear time.
_LOCAL_PART = r"""(?:"[^"]*"|(?<![^\s@<>"'(),;:=])[^\s@<>"'(),;:=][^\s@<>"(),;:]*|\S)"""
_EMAIL = re.compile(_LOCAL_PART + r"""(?:@|%40|\uFF20)[^\s@<>"'(),;:=]*""")
_TOKEN = re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]+)*|\b(?i:Bearer)\s+\S+")
_MAX_LENGTH = 500
# More than is shown, because cutting and joining white space shorten a text.
_MAX_READ = 16 * _MAX_LENGTH

# A secret with at least `_PART` characters is cut wherever so many of its characters follow each other, because servers
# shorten what they quote. A shorter one is cut as a word: "user" is a bad password, but not in "username". A secret
# with fewer than `_SHORTEST` characters stays: cutting it would make every text unreadable.
_PART = 8
_SHORTEST = 4

# What a server may write instead of a character: percent-encoding, escapes of JSON and Python, entities of HTML.
_ENCODED = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)|(?P<unicode>(?:\\u[0-9A-Fa-f]{4})+)"
    r"|\\x(?P<byte>[0-9A-Fa-f]{2})|\\U00(?P<point>[0-9A-Fa-f]{6})"
    r"|\\(?P<escaped>.)|(?P<entity>&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)",
    re.DOTALL,
)
_MAX_ENCODINGS = 4
_CONTROL = frozenset({"Cc", "Cf", "Cs"})  # control and format characters, and halves of surrogate pairs
_DROPPED_ASCII = frozenset("+\\ \x7f") | frozenset(map(chr, range(32)))


@dataclass(frozen=True, slots=True)
class _Readable:
    """A text in lower case, without white space, and the position of each character in the original text."""

    text: str
    starts: list[int]
    ends: list[int]

    def is_boundary(self, index: int) -> bool:
        """Return whether a word may start or end before the character at `index`."""
        if index in {0, len(self.text)} or self.ends[index - 1] < self.starts[index]:  # white space was between them
            return True
        return not (self.text[index - 1].isalnum() and self.text[index].isalnum())


class Secrets:
    """Secrets, prepared to be cut out of texts in whatever encoding a server repeats them.

    `secrets` are the secrets as they were given or sent, and `others` those that were prepared before.
    """

    __slots__ = ("_parts", "_words")

    def __init__(self, secrets: Iterable[str] = (), others: Secrets | None = None) -> None:
        parts: set[str] = set()
        words: set[str] = set()
        for secret in {*secrets}:
            for form in {reading.text for encoded in _forms(secret) for reading in _readings(encoded)}:
                if len(form) >= _PART:
                    parts.update(form[start : start + _PART] for start in range(len(form) - _PART + 1))
                elif len(form) >= _SHORTEST:
                    words.add(form)
        self._parts: frozenset[str] = frozenset(parts) if others is None else others._parts | parts
        self._words: frozenset[str] = frozenset(words) if others is None else others._words | words

    def __repr__(self) -> str:
        return "Secrets()"

    def cut(self, text: str) -> str:
        """Return `text` with ``[secret]`` instead of each secret."""
        if not (self._parts or self._words):
            return text
        shown: list[str] = []
        position = 0
        found = [span for reading in _readings(text) for span in self._spans(reading)]
        for start, end in _merged(sorted(found)):
            shown += (text[position:start], "[secret]")
            position = end
        return "".join((*shown, text[position:]))

    def _spans(self, readable: _Readable) -> Iterator[tuple[int, int]]:
        for start in range(len(readable.text) - _PART + 1):
            if readable.text[start : start + _PART] in self._parts:
                yield readable.starts[start], readable.ends[start + _PART - 1]
        for word in self._words:
            start = readable.text.find(word)
            while start >= 0:
                end = start + len(word)
                if readable.is_boundary(start) and readable.is_boundary(end):
                    yield readable.starts[start], readable.ends[end - 1]
                start = readable.text.find(word, start + 1)


NO_SECRETS = Secrets()


def redact(text: str, secrets: Secrets = NO_SECRETS) -> str:
    """Return `text` on one line without secrets, tokens, email addresses and control characters.

    It has at most 500 characters. Secrets are cut first, so that the start of one that crosses the end is cut too.
    """
    text = secrets.cut(text[:_MAX_READ])
    text = "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in _CONTROL)
    text = _TOKEN.sub("[token]", _EMAIL.sub("[address]", text[: 4 * _MAX_LENGTH]))
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 1] + "…"


class _Prepared:
    """The latest secrets, prepared once: a token of usual length takes 30 ms."""

    __slots__ = ("_key", "_secrets")

    def __init__(self) -> None:
        self._key: tuple[tuple[str, ...], Secrets] | None = None
        self._secrets = NO_SECRETS

    def of(self, texts: tuple[str, ...], others: Secrets = NO_SECRETS) -> Secrets:
        if self._key != (texts, others):
            self._key, self._secrets = (texts, others), Secrets(texts, others)
        return self._secrets


class CallSecrets:
    """The secrets of each call: those that the client holds, and those in what it sent.

    `held` returns what the client holds, whole `Authorization` headers among it. Nothing is done for a call until a
    text of its response is shown. Events and the log at level DEBUG show the request id of every response.
    """

    __slots__ = ("_headers", "_held", "_tokens")

    def __init__(self, held: Callable[[], Iterable[SecretStr]]) -> None:
        self._held = held
        self._tokens = _Prepared()
        self._headers = _Prepared()

    def of(self, call: Call) -> Secrets:
        """Return the secrets of one call."""
        held = [*self._held()]
        if call.authorization is not None and call.authorization not in held:
            held.append(call.authorization)
        headers = (secret for name, value in call.options.headers for secret in _secrets_in_header(name, value))
        of_client = self._headers.of(tuple(headers), self._tokens.of(tuple(_texts(held))))
        own = (*_secrets_in_request(call.request), *_texts(call.held_secrets))
        return Secrets(own, of_client) if own else of_client


def held_secrets(source: object) -> Iterable[SecretStr]:
    """Return the secrets of an `Auth` or a `TokenSource`. One of another author may lack the method."""
    secrets: Callable[[], Iterable[SecretStr]] = getattr(source, "secrets", tuple)
    return secrets()


def _texts(held: Iterable[SecretStr]) -> Iterator[str]:
    for secret in held:
        yield from _parts_of_authorization(secret.get_secret_value())


def _parts_of_authorization(header: str) -> list[str]:
    scheme, _, credentials = header.partition(" ")
    if scheme == "Bearer":
        return [credentials]
    if scheme != "Basic":
        return [header]
    # Both parts are form-encoded before base64 (RFC 6749, section 2.3.1), at a proxy they are not. The id is no secret.
    try:
        secret = base64.b64decode(credentials).decode(errors="replace").partition(":")[2]
    except ValueError:
        return [header]  # a password that only looks like a header
    return [credentials, secret, unquote_plus(secret)]


def _secrets_in_header(name: str, value: str) -> Iterator[str]:
    random = tuple(random_parts(name, value))
    if is_secret_header(name) or (random and value.startswith("Basic ")):
        yield from _parts_of_authorization(value)
    else:
        yield from random


def _secrets_in_request(request: Request) -> Iterator[str]:
    for lines in (request.query, request.headers):
        yield from (value for name, value in lines if is_secret_name(name))
    body = request.body or b""
    if request.content_type == "application/x-www-form-urlencoded":
        yield from (value for name, value in parse_qsl(body.decode()) if is_secret_name(name))
    elif body:
        try:
            yield from _secrets_in_json(json.loads(body), is_secret=False)
        except (ValueError, RecursionError):
            return  # no JSON


def _secrets_in_json(value: JsonValue, *, is_secret: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _secrets_in_json(inner, is_secret=is_secret or is_secret_name(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets_in_json(inner, is_secret=is_secret)
    elif is_secret and isinstance(value, str):
        yield value


def _forms(secret: str) -> Iterator[str]:
    """Yield the secret, as hexadecimal digits, and as base64 of any text that contains it."""
    content = secret.encode("utf-8", "surrogatepass")
    if len(secret) < _SHORTEST:
        return
    yield secret
    yield content.hex()
    for offset in range(3):  # base64 encodes three bytes at a time: where the secret starts in them changes its letters
        encoded = base64.b64encode(b"\0" * offset + content).rstrip(b"=").decode()
        # The first and the last letter may contain bits of what surrounds the secret.
        inner = encoded[(0, 2, 3)[offset] : len(encoded) - ((len(content) + offset) % 3 > 0)]
        for form in (encoded, inner) if offset == 0 else (inner,):
            yield form
            yield form.translate({ord("+"): "-", ord("/"): "_"})


def _readings(text: str) -> Iterator[_Readable]:
    """Yield the text as it is, and with every encoding undone if it has one."""
    starts, ends = list(range(len(text))), list(range(1, len(text) + 1))
    yield _readable(text, starts, ends)
    if _ENCODED.search(text) is None:
        return
    for _ in range(_MAX_ENCODINGS):
        text, starts, ends = _decoded_once(text, starts, ends)
    yield _readable(text, starts, ends)


def _readable(text: str, starts: list[int], ends: list[int]) -> _Readable:
    if text.isascii():  # a token or a request id: nothing to fold
        if not _DROPPED_ASCII.isdisjoint(text):
            kept = [position for position, character in enumerate(text) if character not in _DROPPED_ASCII]
            text = "".join([text[position] for position in kept])
            starts, ends = [starts[position] for position in kept], [ends[position] for position in kept]
        return _Readable(text.lower(), starts, ends)
    letters: list[tuple[str, int, int]] = []
    for character, start, end in zip(text, starts, ends, strict=True):
        # White space is dropped, and with it "+", which it is in a form: servers break lines.
        if not (character in "+\\" or character.isspace() or unicodedata.category(character) in _CONTROL):
            letters += ((letter, start, end) for letter in _folded(character))
    shown = "".join(letter for letter, _, _ in letters)
    return _Readable(shown, [start for _, start, _ in letters], [end for _, _, end in letters])


def _folded(character: str) -> str:
    if character.isascii():  # beside other letters
        return character.lower()
    # Servers repeat a text in capitals, and some store letters and their accents apart. A dotless i and a long s are
    # other letters in lower case, and not in capitals.
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", character).upper().casefold())


def _decoded_once(text: str, starts: list[int], ends: list[int]) -> tuple[str, list[int], list[int]]:
    decoded: list[tuple[str, int, int]] = []
    position = 0
    for found in _ENCODED.finditer(text):
        before = slice(position, found.start())
        decoded += zip(text[before], starts[before], ends[before], strict=True)
        position = found.end()
        span = starts[found.start()], ends[position - 1]
        decoded += ((character, *span) for character in _decode(found))
    decoded += zip(text[position:], starts[position:], ends[position:], strict=True)
    return "".join(c for c, _, _ in decoded), [s for _, s, _ in decoded], [e for _, _, e in decoded]


def _decode(found: re.Match[str]) -> str:
    if percent := found["percent"]:
        content = bytes.fromhex(percent.replace("%", ""))
        try:
            return content.decode()
        except UnicodeDecodeError:
            return content.decode("latin-1")
    if escapes := found["unicode"]:
        return str(json.loads(f'"{escapes}"'))
    if code_point := found["byte"] or found["point"]:
        number = int(code_point, 16)
        return chr(number) if number <= sys.maxunicode else ""
    if escaped := found["escaped"]:
        # A line break or a tab, as white space, is dropped.
        return "" if escaped in "nrtbf" else str(escaped)
    import html  # loads a table of 2,231 entities

    return html.unescape(found["entity"])


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield sorted spans with those joined that touch or overlap."""
    current: tuple[int, int] | None = None
    for start, end in spans:
        if current is not None and start <= current[1]:
            current = current[0], max(end, current[1])
            continue
        if current is not None:
            yield current
        current = start, end
    if current is not None:
        yield current
