"""Header fields: from what scripts give to bytes on the wire, and from pairs as they came to a
dict.

Thread: any.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_ACCEPT_ENCODING

from .. import _core

Fields = Iterable[tuple[str, str]]


def joined_headers(fields: Fields) -> CaseInsensitiveDict[str]:
    """Header fields as a dict; several of one name are joined with ", " as urllib3 joins them."""
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict.__new__(CaseInsensitiveDict)
    store = headers._store = OrderedDict()  # what its own methods would take four times as long for
    for name, value in fields:
        key = name.lower()
        if key in store:
            name, before = store[key]  # in the spelling that came first
            value = f"{before}, {value}"
        store[key] = name, value
    return headers


def with_brotli(headers: CaseInsensitiveDict[str]) -> CaseInsensitiveDict[str]:
    """`requests`' default headers as they are beside Locust, whose geventhttpclient brings the
    package brotli. The core decodes without it.
    """
    said = headers.get("Accept-Encoding", "")
    if said.startswith("gzip, deflate") and "br" not in said.split(", "):
        headers["Accept-Encoding"] = said.replace("deflate", "deflate, br", 1)
    return headers


def without_brotli(headers: Any) -> None:
    """For a request that urllib3 itself answers for: it offers only what it can decode."""
    said = headers.get("Accept-Encoding")
    if said == "gzip, deflate, br" and said != DEFAULT_ACCEPT_ENCODING:
        headers["Accept-Encoding"] = DEFAULT_ACCEPT_ENCODING


def basic_auth_value(user: Any, password: Any) -> str:
    """The value of an Authorization field, RFC 7617; text is Latin-1 as `requests` has it."""
    pair = [p if isinstance(p, bytes) else str(p).encode("latin1") for p in (user, password)]
    return "Basic " + base64.b64encode(b":".join(pair)).decode("ascii")


def field_lines(fields: Iterable[tuple[Any, Any]]) -> bytes:
    """Header fields as they go on the wire, in Latin-1 as http.client has them; a field whose value
    is None is left out. ValueError for what cannot be sent.
    """
    lines = []
    for name, value in fields:
        if value is None:
            continue
        name = name if isinstance(name, bytes) else name.encode("ascii")
        value = value if isinstance(value, bytes) else str(value).encode("latin1")
        lines.append((name, value))
    return _core.field_lines(lines)


def headers_of_block(block: bytes, *added: tuple[str, str]) -> CaseInsensitiveDict[Any]:
    """The fields of lines as they went on the wire, but for those in front that urllib3 would have
    added.
    """
    for field in added:
        block = block.removeprefix(field_lines([field]))
    lines = (line.partition(b": ") for line in block.split(b"\r\n") if line)
    return CaseInsensitiveDict(
        (name.decode("latin1"), value.decode("latin1")) for name, _, value in lines
    )
