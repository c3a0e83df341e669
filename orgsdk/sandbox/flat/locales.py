"""The languages Flat speaks (official document, FlatLocalesString)."""

SUPPORTED = (
    *("da", "de", "en", "en-GB", "es", "fi", "fil", "fr", "fr-CA", "hi", "id", "it", "ja", "ja-HIRA", "ko", "ms"),
    *("nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sv", "tr", "zh-Hans", "zh-HK", "zh-TW"),
)
DEFAULT = "en"

_BY_FOLDED = {locale.casefold(): locale for locale in SUPPORTED}


def normalise(locale: str) -> str:
    """Return the supported locale that is meant: itself in any case, else its language, else `en`."""
    # How Flat normalises is not documented but for the end: "Unknown locales will default to `en`".
    folded = locale.replace("_", "-").casefold()
    return _BY_FOLDED.get(folded) or _BY_FOLDED.get(folded.partition("-")[0]) or DEFAULT
