"""What scripts see of a response, as plain values: two implementations' can be compared.

    http_facts(response)["status"]                        # of an HttpSession
    fast_facts(response) | plain_fast_facts(response)     # of a FastHttpSession
    streamed(response, ("iter_content", 5))               # a body, read as a case wants it

The driver imports this in the interpreter of either implementation: nothing of them is named here.
"""

from __future__ import annotations

import os
import re
from typing import Any

_ADDRESS = re.compile(r"0x[0-9a-f]+")


def words(text: str) -> str:
    """A message without the addresses of objects."""
    return _ADDRESS.sub("0x", text)


def chain(error: BaseException | None) -> list[tuple[str, str]]:
    """What an exception is, and what it came from."""
    found = []
    while error is not None and len(found) < 6:
        found.append((type(error).__name__, words(str(error))))
        error = error.__cause__ or error.__context__
    return found


def looked(what: Any) -> Any:
    """What a look at a response gives, or what it raises."""
    try:
        return what()
    except Exception as error:
        return ["raised", type(error).__name__, words(str(error))]


def pairs(headers: Any) -> Any:
    return None if headers is None else [list(pair) for pair in headers.items()]


def body_of(request: Any) -> Any:
    body = request.body
    return body if isinstance(body, str | bytes | type(None)) else type(body).__name__


_SINCE = float(os.environ["DIFFERENTIAL_SINCE"])


def cookie_facts(jar: Any) -> list[Any]:
    """All cookies; expiry in whole steps of 1,000 seconds from a time that both sides share: which
    of them runs later makes no difference.
    """
    return sorted((
        [c.name, c.value, c.domain, c.path, c.secure, c.domain_specified, c.domain_initial_dot, c.discard,  # noqa: E501
         c.has_nonstandard_attr("HttpOnly") or c.has_nonstandard_attr("httponly"),
         None if c.expires is None else int((c.expires - _SINCE) // 1000)]
        for c in jar
    ), key=repr)  # fmt: skip


def hop_facts(hop: Any) -> dict[str, Any]:
    return {
        "status": hop.status_code,
        "url": hop.url,
        "headers": pairs(hop.headers),
        "request": [hop.request.method, hop.request.url],
    }


def http_facts(response: Any) -> dict[str, Any]:
    """All that scripts touch of an HttpSession's response."""
    return {
        "status": response.status_code,
        "reason": response.reason,
        "ok": response.ok,
        "bool": bool(response),
        "repr": repr(response),
        "url": response.url,
        "headers": looked(lambda: pairs(response.headers)),
        "content": looked(lambda: response.content),
        "encoding": response.encoding,
        "text": looked(lambda: response.text),
        "json": looked(lambda: response.json()),
        "lines": looked(lambda: list(response.iter_lines())),
        "pieces": looked(lambda: list(response.iter_content(5))),
        "elapsed": type(response.elapsed).__name__,
        "cookies": cookie_facts(response.cookies),
        "links": looked(lambda: response.links),
        "is_redirect": [response.is_redirect, response.is_permanent_redirect],
        "next": response.next and response.next.url,
        "history": [hop_facts(hop) for hop in response.history],
        "hop contents": [looked(lambda hop=hop: hop.content) for hop in response.history],
        "hop requests": [
            [pairs(hop.request.headers), body_of(hop.request)] for hop in response.history
        ],
        "request": [response.request.method, response.request.url] if response.request else None,
        "request headers": pairs(response.request.headers) if response.request else None,
        "request body": body_of(response.request) if response.request else None,
        "raise_for_status": looked(response.raise_for_status),
        "error": chain(getattr(response, "error", None)),
    }


def fast_facts(response: Any) -> dict[str, Any]:
    """All that scripts touch of a FastHttpSession's response."""
    headers = response.headers
    return {
        "status": response.status_code,
        "ok": response.ok,
        "url": response.url,
        "headers": pairs(headers),
        "header names": None if headers is None else list(headers),
        "header text": None if headers is None else [repr(headers), str(headers), len(headers)],
        "content type": None if headers is None else headers.get("content-TYPE"),
        "content": looked(lambda: response.content),
        "text": looked(lambda: response.text),
        "encoding": response.encoding,
        "json": looked(lambda: response.json()),
        "data": looked(lambda: response.data),
        "length": looked(lambda: len(response)),
        "closed": looked(lambda: response.isclosed()),
        "request": [response.request.method, response.request.url],
        "request headers": pairs(response.request.headers),
        "request body": body_of(response.request),
        "request data": looked(lambda: response.request.data == response.request.payload),
        "request host": looked(lambda: [response.request.host, response.request.type]),
        "raise_for_status": looked(response.raise_for_status),
        "error": chain(getattr(response, "error", None))[:1],
    }


def plain_fast_facts(response: Any) -> dict[str, Any]:
    """What only a response outside of a `with` block has in stock Locust."""
    return {
        "elapsed": looked(lambda: type(response.elapsed).__name__),
        "history": looked(
            lambda: [[hop.status_code, pairs(hop.headers)] for hop in response.history]
        ),
        "status text": looked(lambda: response.status),
        "read": looked(lambda: response.read()),
    }


def streamed(response: Any, how: tuple) -> Any:
    """The body as the case wants it read."""
    kind, *arguments = how
    return _WAYS[kind](response, *arguments)


def _pieces(pieces: Any) -> list[Any]:
    """Those that came, and what ended them."""
    came = []
    try:
        for piece in pieces:
            came.append(piece)
    except Exception as error:
        came.append(["raised", type(error).__name__, words(str(error))])
    return came


def _first_then_closed(response: Any, size: int) -> list[Any]:
    first = looked(lambda: next(iter(response.iter_content(size)), None))
    _closed(response)
    return [first, looked(lambda: list(response.iter_content(size)))]


def _closed(response: Any) -> None:
    response.close() if hasattr(response, "close") else response.release()


def _told(raw: Any, size: int) -> list[Any]:
    return [raw.tell(), raw.read(size), raw.tell(), raw.read(), raw.tell(), raw.closed, raw.read()]


def _raw_after_a_piece(response: Any, size: int) -> list[Any]:
    pieces = response.iter_content(size)
    first = next(pieces, b"")
    told = response.raw.tell()
    return [first, told, response.raw.read(2), _pieces(pieces), response.raw.tell()]


_WAYS: dict[str, Any] = {
    "content": lambda response: response.content,
    "text": lambda response: response.text,
    "json": lambda response: response.json(),
    "data": lambda response: response.data,
    "iter_content": lambda response, *how: _pieces(response.iter_content(*how)),
    "iter_lines": lambda response, *how: _pieces(response.iter_lines(*how)),
    "twice": lambda response, size: [
        _pieces(response.iter_content(size)), looked(lambda: list(response.iter_content(size)))
    ],
    "first piece, then closed": _first_then_closed,
    "closed": _closed,
    "nothing": lambda response: None,
    "raw": lambda response, size: [response.raw.read(size), response.raw.read()],
    "raw, told": lambda response, size: _told(response.raw, size),
    "raw, a stream": lambda response, size: _pieces(response.raw.stream(size)),
    "raw after a piece": _raw_after_a_piece,
    "read": lambda response, size: [response.read(size), response.read()],
    "stream": lambda response, size: [response.stream.read(size), list(response.stream)],
    "readline": lambda response: [
        response.stream.readline(b"\n"), response.readline(), response.read()
    ],
}  # fmt: skip
