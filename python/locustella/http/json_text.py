"""JSON bodies, parsed.

    parsed('{"id": 7}')        # as json.loads has it, exceptions included

The standard module's own scanner, without the questions that json.loads asks first: these cost as
much as a small body does (docs/decisions/0007-json-by-the-standard-scanner.md).

Thread: any.
"""

from __future__ import annotations

import json
from typing import Any

_LOADS = json.loads
_DECODER = json._default_decoder  # type: ignore[attr-defined]  # CPython's
_BLANKS = " \t\n\r"


def parsed(text: Any) -> Any:
    if json.loads is _LOADS and type(text) is str:
        try:
            value, end = _DECODER.scan_once(text, 0)
        except StopIteration:  # blanks in front, or no JSON: who knows what to say of it
            return _LOADS(text)
        if end == len(text) or not text[end:].strip(_BLANKS):
            return value
    return json.loads(text)
