"""Run blocks of a page in the environment of a provider's own client, against the sandbox.

    python peer_block.py PACKAGE ADDRESS TOKEN < blocks

The settings that a block configures the client with lead to ADDRESS, with TOKEN.
"""

import importlib
import sys
from typing import Any

package, address, token = sys.argv[1:]
configuration = importlib.import_module(package).Configuration
make = configuration.__init__


def led(self: Any, **given: Any) -> None:
    make(self, **{**given, "host": address, "access_token": token})


configuration.__init__ = led
exec(compile(sys.stdin.read(), "docs/migration.md", "exec"), {"__name__": "docs"})
