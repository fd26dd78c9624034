"""What requests of one kind have in common on the wire, for the core to fill in.

    rows = [*standard_lines(lines), GIVEN, COOKIE, length(),
            fallback("Content-Type", "application/json")]

A session's `_field_template(method, kind, lines, login)` returns such rows, or None where requests
of that kind go through Python. It goes by the profile's lines, not by what the session says since.
`kind` is one of "none", "json", "form" (a dict), "text" (str), "bytes", "typed" (str or bytes with
a Content-Type of the caller's), "multipart", "chunked" (a file without a length) and
"nothing_in_chunks" (a form that says nothing). See core/http/field_template.hpp.

Thread: any.
"""

from __future__ import annotations

from .._core import FieldPart
from .header_fields import field_lines

Row = tuple[FieldPart, bytes]

GIVEN: Row = (FieldPart.GIVEN, b"")
COOKIE: Row = (FieldPart.COOKIE, b"")
CHUNKED: Row = (FieldPart.FIXED, field_lines([("Transfer-Encoding", "chunked")]))


def standard_lines(lines: bytes) -> list[Row]:
    """Fields of every request; one that the caller gives stands in its place."""
    return [(FieldPart.STANDARD, line) for line in lines.splitlines(keepends=True)]


def names_in(lines: bytes) -> frozenset[str]:
    """The names of these fields, in lower case."""
    return frozenset(line.partition(b":")[0].decode("ascii").lower() for line in lines.splitlines())


def length(name: str = "Content-Length") -> Row:
    """The size of the body."""
    return FieldPart.LENGTH, f"{name}: ".encode("latin1")


def body_type(name: str = "Content-Type") -> Row:
    """What the body is, as the core has made it; left out as a fallback is."""
    return FieldPart.BODY_TYPE, f"{name}: ".encode("latin1")


def fallback(name: str, value: str) -> Row:
    """A field that is left out where another of that name goes out, the caller's or a usual one."""
    return FieldPart.FALLBACK, field_lines([(name, value)])


def fixed(name: str, value: str) -> Row:
    """A field that stays whatever the caller gives; calls that give one of that name go through
    Python.
    """
    return FieldPart.FIXED, field_lines([(name, value)])


def host(value: str) -> Row:
    """Where the session's requests go; that of a call elsewhere stands in its place."""
    return FieldPart.HOST, field_lines([("Host", value)])


def credentials(line: bytes) -> Row:
    """The session's Authorization, or none; that of a call stands in its place."""
    return FieldPart.CREDENTIALS, line


def settled(name: str) -> Row:
    """The name of a field that the session must not get later without new templates."""
    return FieldPart.SETTLED, name.encode("latin1")
