"""What requests of one kind have in common on the wire, for the core to fill in.

    rows = [*standard(session.headers.items()), GIVEN, COOKIE, length(),
            fallback("Content-Type", "application/json")]

A session's `_field_template(method, kind)` returns such rows, or None where requests of that kind
go through Python. `kind` is one of "none", "json", "form" (a dict), "text" (str), "bytes", and
"typed" (str or bytes with a Content-Type of the caller's). See core/http/field_template.hpp.

Thread: any.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._core import FieldPart
from .header_fields import field_lines

Row = tuple[FieldPart, bytes]

GIVEN: Row = (FieldPart.GIVEN, b"")
COOKIE: Row = (FieldPart.COOKIE, b"")


def standard(fields: Iterable[tuple[Any, Any]]) -> list[Row]:
    """Fields of every request; one that the caller gives stands in its place."""
    return [(FieldPart.STANDARD, line) for field in fields if (line := field_lines([field]))]


def length(name: str = "Content-Length") -> Row:
    """The size of the body."""
    return FieldPart.LENGTH, f"{name}: ".encode("latin1")


def fallback(name: str, value: str) -> Row:
    """A field that is left out when the caller gives one of that name."""
    return FieldPart.FALLBACK, field_lines([(name, value)])


def fixed(name: str, value: str) -> Row:
    """A field that stays whatever the caller gives; calls that give one of that name go through
    Python.
    """
    return FieldPart.FIXED, field_lines([(name, value)])


def credentials(value: str | None) -> Row:
    """The session's Authorization, or none; that of a call stands in its place."""
    return FieldPart.CREDENTIALS, field_lines([("Authorization", value)]) if value else b""
