"""Telephone numbers as Logto stores them: international, without a trunk 0 (`user.create.phone_leading_zero`).

Logto asks libphonenumber, whose tables of the world's numbers are not here: a 0 after the calling code of a country
is taken for its trunk prefix, and what is too short for a number stays as it is (`user.create.phone_invalid`).
"""

import re

# ITU-T E.164: calling codes of one and two digits; all others have three.
_CODE = re.compile(r"(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(?=(0*)(\d{6,})$)", re.ASCII)
_KEEP_THE_ZERO = frozenset({"39", "1", "7"})


def normalized(digits: str) -> str:
    """Return the number without its trunk 0."""
    match = _CODE.match(digits)
    if match is None or match[0] in _KEEP_THE_ZERO:
        return digits
    national = digits[match.end() :]
    return match[0] + national.removeprefix("0")
