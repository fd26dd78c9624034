"""One warning for each old name that a locustfile uses.

Locust 1.0 and 2.0 removed names (HttpLocust, task_set, request_success, ...) that many files still
carry. They work here; the first use of each says, with the file and line, what to write instead.

    locustfile.py:7: LegacyNameWarning: HttpLocust was removed in Locust 1.0: use HttpUser
"""

from __future__ import annotations

import sys
import warnings
from types import FrameType

from ..process.user_traceback import is_own_file

_told: set[str] = set()


class LegacyNameWarning(FutureWarning):
    """A FutureWarning, because Python shows those without being asked to."""


def warn_once(name: str, removed_in: str, instead: str) -> None:
    """Warns about `name` unless that was done before in this process."""
    if name in _told:
        return
    _told.add(name)
    user = _caller_outside_the_package()
    warnings.warn_explicit(
        f"{name} was removed in Locust {removed_in}: {instead}",
        LegacyNameWarning,
        user.f_code.co_filename,
        user.f_lineno,
        module=user.f_globals.get("__name__"),
    )


def _caller_outside_the_package() -> FrameType:
    """The frame that used the old name, so that the warning points there."""
    frame = sys._getframe(1)
    while frame.f_back is not None and is_own_file(frame.f_code.co_filename):
        frame = frame.f_back
    return frame
