"""What to tell the author of a locustfile that cannot be loaded.

The traceback begins in the author's file and shows no line of Locustella; common causes get a
hint. All of it fits on a screen.
"""

from __future__ import annotations

import sys
import traceback
from typing import NoReturn

from ..process.user_traceback import format_without_own_frames
from .locustfile_loader import Available, DuplicateNameError, merge_locustfiles_content

_SCREEN = 30  # lines of a traceback


def load_or_explain(locustfiles: list[str]) -> Available:
    """Loads the files, or explains the problem on stderr and ends the process (exit code 1)."""
    try:
        return merge_locustfiles_content(locustfiles)
    except DuplicateNameError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(1)
    except Exception as error:
        _explain(locustfiles, error)


def _explain(locustfiles: list[str], error: Exception) -> NoReturn:
    lines = format_without_own_frames(error).splitlines()
    if len(lines) > _SCREEN:
        lines = [*lines[:5], f"  ... {len(lines) - _SCREEN} lines ...", *lines[-(_SCREEN - 6) :]]
    blamed = ", ".join(_blamed(locustfiles, error))
    report = [f"Could not load {blamed}:", "", *lines, *_hint(error)]
    sys.stderr.write("\n".join(report) + "\n")
    sys.exit(1)


def _blamed(locustfiles: list[str], error: Exception) -> list[str]:
    """The file that was being loaded; all, where that cannot be seen."""
    frames = (frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__))
    # One that cannot be read as Python has no frame.
    places = [*frames, error.filename if isinstance(error, SyntaxError) else None]
    return [place for place in places if place in locustfiles][:1] or locustfiles


def _hint(error: Exception) -> list[str]:
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return []
    if error.name.split(".")[0] in ("locust", "locustella"):
        return ["", f"Locustella has no module {error.name} (yet)."]
    if "pip install" in str(error):  # one of ours has said what to install
        return []
    module = error.name.split(".")[0]
    return [
        "",
        f"Is {module} installed for the Python that runs this ({sys.executable})? If not:",
        f"    {sys.executable} -m pip install {module}",
    ]
