"""Text of a test made safe to stand in a page, and numbers made readable.

    escaped("<b>")              "&lt;b&gt;"
    unfolding(long_error)       its beginning, and all of it behind a click
    whole(12345)                "12,345"

Names, errors and tracebacks are whatever a target or a locustfile made them: any length, any
character. Everything that is not markup of ours goes through `escaped`.

Thread: any.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

# Characters. Longer text loses its middle: how an error begins and ends says most.
NAME_LIMIT = 2_000
TEXT_LIMIT = 20_000
FOLD_BEYOND = 300


def _visible_controls() -> dict[int, str]:
    """Control characters to what shows them, lone surrogates to what stands for no character."""
    shown = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"}
    shown[0x7F] = "\u2421"
    shown.update(dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000)), "\ufffd"))
    return shown


_CONTROLS = _visible_controls()


def shortened(text: str, limit: int) -> str:
    """At most about `limit` characters: the first, the last, and how many are missing between."""
    if len(text) <= limit:
        return text
    head, tail = limit - limit // 3, limit // 3
    missing = len(text) - head - tail
    return f"{text[:head]}\n[... {missing:,} characters left out ...]\n{text[-tail:]}"


def escaped(value: object, limit: int = NAME_LIMIT) -> str:
    """Fit for an element's content and for a quoted attribute."""
    text = shortened(str(value), limit).replace("\r\n", "\n").translate(_CONTROLS)
    return escape(text, quote=True)


def unfolding(value: object, limit: int = TEXT_LIMIT) -> str:
    """Short text as it is; of longer text or several lines the beginning, opening to the rest."""
    text = str(value)
    first = text.strip().partition("\n")[0]
    if len(text) <= FOLD_BEYOND and first == text.strip():
        return escaped(text)
    return folded(first[:FOLD_BEYOND] + " \u2026", text, limit)


def folded(summary: str, text: str, limit: int = TEXT_LIMIT) -> str:
    """`summary`, which opens to `text` with its lines as they are."""
    return (
        f"<details><summary>{escaped(summary)}</summary><pre>{escaped(text, limit)}</pre></details>"
    )


def json_block(data: Any, css_class: str) -> str:
    """Data for the page's script, in an element that nothing in the data can end."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" class="{css_class}">{text}</script>'


def whole(number: float) -> str:
    """ "12,345" """
    return f"{number:,.0f}"


def rate(per_second: float) -> str:
    """Two decimals."""
    return f"{per_second or 0:,.2f}"


def share(fraction: float) -> str:
    """A fraction of 1 in percent; what is not zero does not look like it."""
    if 0 < fraction < 0.0005:
        return "< 0.1 %"
    return f"{fraction * 100:.1f} %"


def exact_ms(ms: float | None) -> str:
    """Milliseconds to the microsecond, without zeros that say nothing."""
    text = f"{ms or 0:.3f}".rstrip("0").rstrip(".")
    return text or "0"
