"""Puts the parts of the report into one page.

    page(theme="dark", title="...", facts="<dl>...", ...)      # the rest: the parts of page.html

The page forbids itself everything but its own styles and its one script: whatever a name or an
error may contain, and wherever that might end up, it neither runs nor loads anything.

Thread: any.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from string import Template

# When dark.css holds. Paper is always light.
_DARK_WHEN = {"dark": "screen", "light": "not all"}
_AS_THE_VIEWER_LIKES = "screen and (prefers-color-scheme: dark)"


@cache
def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


@cache
def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def page(theme: str, **parts: str) -> str:
    """`parts` are HTML; `theme` is "dark", "light", or else what the viewer's system prefers."""
    script = _file("page.js")
    return Template(_file("page.html")).substitute(
        parts,
        policy=_policy(script),
        style=_file("style.css"),
        dark=_file("dark.css"),
        dark_when=_DARK_WHEN.get(theme, _AS_THE_VIEWER_LIKES),
        script=script,
    )
