"""The line of the locustfile that a request comes from.

    call_site()    # "load/locustfile.py:12"

That is the innermost line that is neither ours, nor of Python's library or an installed package;
where there is none (a whole test in a package), the innermost one that is not ours. Thread: any.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from types import FrameType

_OURS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_PYTHONS = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


def call_site() -> str:
    frame: FrameType | None = sys._getframe(1)
    others = ""
    while frame is not None:
        kind = _kind_of(frame.f_code.co_filename)
        if kind == "script":
            return _shown(frame.f_code.co_filename, frame.f_lineno)
        if kind == "package" and not others:
            others = _shown(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return others or "no line of Python"


@lru_cache(maxsize=1024)
def _kind_of(file: str) -> str:
    if file.startswith((_OURS, "<frozen ")):
        return "ours"
    installed = f"{os.sep}site-packages{os.sep}" in file or f"{os.sep}dist-packages{os.sep}" in file
    return "package" if installed or file.startswith(_PYTHONS) else "script"


@lru_cache(maxsize=4096)
def _shown(file: str, line: int) -> str:
    """Below the working directory, as one would open it from there."""
    relative = os.path.relpath(file) if os.path.isabs(file) else file
    return f"{file if relative.startswith('..') else relative}:{line}"
