"""URLs: checks of the base URL, and of ids before they enter a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from orgsdk.arguments import check_instance, check_integer
from orgsdk.errors import Advice, ConfigurationError, InvalidArgumentError

# A label has at most 63 characters, and a name 253 (RFC 1035, section 2.3.4).
_HOST_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_MAX_HOST_NAME_LENGTH = 253
_LIKE_IPV4 = re.compile(r"[0-9]+(?:\.[0-9]+){3}", re.ASCII)
_EXPECTED_FORM = "pass https://host, with a path if the provider is below one."

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_MAX_ID_LENGTH = 128
_ADDRESS_ADVICE = Advice(
    "To look a user up by e-mail address, use find(email=…).",
    command="To look a user up by e-mail address, use orgsdk users find --email.",
)
_URL_ADVICE = Advice("A URL is not an id: pass only its part that is one.")
_QUOTES_ADVICE = Advice("The quotation marks are part of the value: leave them out.")
_JSON_ADVICE = Advice("JSON is not an id: pass only the value of its id.")
# Where an id is found, by a word of what it names.
_ADVICE = {
    "user": Advice(
        "To look a user up, use find(email=…), or find(username=…) if the provider has usernames.",
        command="To look a user up, use orgsdk users find --email, or --username if the provider has usernames.",
    ),
    "invitation": Advice("invitations.list() has the ids.", command="orgsdk invitations list shows the ids."),
    "organization": Advice("organizations.list() has the ids.", command="orgsdk organizations list shows the ids."),
}


def check_base_url(value: str, setting: str) -> str:
    """Check the address that tokens are sent to.

    Args:
        value: The address. Surrounding spaces are ignored.
        setting: Name of the setting, for the error message.

    Returns:
        The address without a trailing slash.

    Raises:
        ConfigurationError: The value is not an http or https address; it contains a user, a query or a fragment; or it
            is plain http and not a loopback address, which would send the token unencrypted.
    """
    check_instance("setting", setting, str, "the name of the setting", error=ConfigurationError)
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise ConfigurationError(f"{setting} is {'not set' if value is None else 'not an address'}: {_EXPECTED_FORM}")
    try:
        parts = urlsplit(value.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigurationError(f"{setting} is not an address: {_EXPECTED_FORM}") from None
    if parts.scheme not in {"http", "https"} or not is_host(host, bracketed="[" in parts.netloc):
        raise ConfigurationError(f"{setting} is not an address: {_EXPECTED_FORM}")
    if parts.username is not None or "?" in value or "#" in value:
        raise ConfigurationError(f"{setting} contains a user, a query or a fragment: {_EXPECTED_FORM}")
    if any(not (" " < character < "\x7f") for character in value.strip()):
        raise ConfigurationError(f"{setting} contains characters that are invalid in an address: {_EXPECTED_FORM}")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"{setting} is plain http, which would send the token unencrypted: use https (http is for loopback)."
        )
    return value.strip().rstrip("/")


def is_host(host: str, *, bracketed: bool) -> bool:
    """Return whether `host`, in lower case, is a host name or an IP address that can be connected to.

    Private to orgsdk. `bracketed` is True for the text between the brackets of an IPv6 address.
    """
    if bracketed or _LIKE_IPV4.fullmatch(host):
        try:
            return (ip_address(host).version == 6) is bracketed and "%" not in host
        except ValueError:
            return False
    if not _HOST_NAME.fullmatch(host) or len(host.rstrip(".")) > _MAX_HOST_NAME_LENGTH:
        return False
    return not any(_is_invalid_a_label(label) for label in host.split("."))


def _is_invalid_a_label(label: str) -> bool:
    # An internationalized name is passed in its ASCII form (RFC 5890, section 2.3.2.1), which HTTP libraries decode.
    if not label.startswith("xn--"):
        return False
    import idna  # a dependency of httpx and of anyio, loaded only for such a name

    try:
        idna.decode(label)
    except UnicodeError:
        return True
    return False


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine. Private to orgsdk."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@cache  # one entry for each alphabet
def _id_pattern(characters: str, length: int | None) -> re.Pattern[str]:
    lengths = f"1,{_MAX_ID_LENGTH}" if length is None else length
    return re.compile(f"[{characters}]{{{lengths}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class IdAlphabet:
    """The characters of a provider's ids.

    Args:
        pattern: The content of a regular expression's character class. It must not match a dot, a slash or a percent
            sign: ``DELETE /organizations/X/users/..`` would delete the organization (docs/architecture.md, decision 6).
        description: The allowed characters in words, for the error message.
        length: How many characters every id has. Default: 1 to 128.
        dots: Whether ids may have single dots inside: not at an end, and never two in a row.

    Raises:
        ConfigurationError: A value is of a wrong type.
    """

    pattern: str
    description: str
    length: int | None = None
    dots: bool = False

    def __post_init__(self) -> None:
        check_instance("pattern", self.pattern, str, "a character class", error=ConfigurationError)
        check_instance("description", self.description, str, "the characters in words", error=ConfigurationError)
        check_instance("dots", self.dots, bool, "True or False", error=ConfigurationError)
        if self.length is not None:
            check_integer("length", self.length, least=1)

    def check(self, value: str, name: str) -> str:
        """Check an id.

        Args:
            value: The id.
            name: What the id names, for the error message, such as ``user id``.

        Returns:
            The id, unchanged.

        Raises:
            InvalidArgumentError: The id is empty, of a wrong length, or has other characters.
        """
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            raise InvalidArgumentError(f"The {name} is of type {type(value).__name__}: pass the id as a string.")
        if not value:
            raise InvalidArgumentError(f"The {name} is empty: pass the id that the provider returned.")
        has_wrong_dots = self.dots and (".." in value or value.strip(".") != value)
        without_dots = value.replace(".", "") if self.dots else value
        if has_wrong_dots or not _id_pattern(self.pattern, self.length).fullmatch(without_dots):
            # Do not echo everything: callers pass an email address here by mistake.
            shown = value if re.fullmatch(r"[\w ./\\-]{1,40}", value) else "…"
            advice = _advice(value, name)
            raise InvalidArgumentError(f"Invalid {name} {shown!r}: ids consist of {self.description}.", advice=advice)
        return value


def _advice(value: str, name: str) -> Advice | None:
    """Return what to write in place of an invalid id."""
    if "://" in value:
        return _URL_ADVICE
    if value[:1] in {'"', "'"}:
        return _QUOTES_ADVICE
    if value[:1] in {"{", "["}:
        return _JSON_ADVICE
    if "@" in value and "user" in name:
        return _ADDRESS_ADVICE
    return next((advice for noun, advice in _ADVICE.items() if noun in name), None)


def build_path(template: str, alphabet: IdAlphabet, **ids: str) -> str:
    """Insert checked ids into a path. This is the only way for an id to enter a URL.

    Args:
        template: The path, with each id as ``{name}``.
        alphabet: The characters of the ids.
        **ids: The ids by name.

    Returns:
        The path.

    Raises:
        InvalidArgumentError: An id is empty or has invalid characters.
    """
    return _PLACEHOLDER.sub(lambda found: alphabet.check(ids[found[1]], found[1].replace("_", " ")), template)
