"""Tracebacks for the author of a locustfile: they begin where the author's code begins.

    try:
        user.run()
    except Exception as error:
        print(format_user_traceback(error))     # no line of the loop that called the task
"""

from __future__ import annotations

import os
import traceback
from types import TracebackType

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def is_own_file(filename: str) -> bool:
    """Whether a frame of this file belongs to Locustella or to Python's import machinery."""
    return filename.startswith((_PACKAGE, "<frozen importlib"))


def without_own_frames(tb: TracebackType | None) -> TracebackType | None:
    """`tb` from the first frame on that is not Locustella's; all of it if there is none."""
    outermost = tb
    while tb is not None and is_own_file(tb.tb_frame.f_code.co_filename):
        tb = tb.tb_next
    return outermost if tb is None else tb


def format_user_traceback(error: BaseException) -> str:
    """The traceback and message of an exception out of a task or listener."""
    shown = without_own_frames(error.__traceback__)
    return "".join(traceback.format_exception(type(error), error, shown))


def format_without_own_frames(error: BaseException) -> str:
    """The same with no frame of Locustella's anywhere, for errors while a locustfile is loaded."""
    report = traceback.TracebackException.from_exception(error)
    _strip(report, set())
    return "".join(report.format())


def _strip(report: traceback.TracebackException | None, done: set[int]) -> None:
    if report is None or id(report) in done:
        return
    done.add(id(report))
    report.stack = traceback.StackSummary.from_list(
        [frame for frame in report.stack if not is_own_file(frame.filename)]
    )
    _strip(report.__cause__, done)
    _strip(report.__context__, done)
    for inner in getattr(report, "exceptions", None) or ():
        _strip(inner, done)
