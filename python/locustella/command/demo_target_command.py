"""Is this process `locustella demo-target`? Asked before anything else is imported.

The demo target is a native server with threads of its own. It must not find Python patched for
gevent, and it should be there at once, so the package imports next to nothing for it.
"""

from __future__ import annotations

import os

_COMMAND_NAMES = {"locustella", "locust", "-m", "__main__.py"}  # "-m" while `python -m` imports us


def is_demo_target(argv: list[str]) -> bool:
    """Whether this command line (`sys.argv`) starts the demo target."""
    return argv[1:2] == ["demo-target"] and os.path.basename(argv[0]) in _COMMAND_NAMES
