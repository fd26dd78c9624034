"""The usual routes of an `HttpTarget`: statuses, redirects, delays, cookies, codings, breakage.

    /                       hello                 /echo          the request itself, as JSON
    /status/CODE            that status           /json          a small JSON document
    /delay/MS               answers after MS and tells the connection in a header
    /slow-body/MS           second half of the body after MS
    /tagged/TAG?delay=MS    answers TAG           /bytes/N       N bytes
    /redirect/N?delay=MS&code=302   N hops to /landed            /redirect-to?url=URL
    /cookies/set?NAME=VALUE, /cookies             /basic-auth/USER/PASSWORD
    /chunked/N, /gzip, /deflate, /close-delimited, /interim
    /hangup, /reset, /truncated, /garbage         a connection that breaks

Every handler is a function `(Received) -> Reply` and runs on the thread of its connection.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from http.cookies import SimpleCookie

from .http_target import HttpTarget, Received, Reply

JSON_TYPE = ("Content-Type", "application/json")
TEXT_TYPE = ("Content-Type", "text/plain; charset=utf-8")


def add_usual_routes(target: HttpTarget) -> None:
    """Give `target` every route of this module."""
    for path, handler in _ROUTES.items():
        target.add_route(path, handler)


def _last(request: Received) -> str:
    return request.path.rsplit("/", 1)[-1]


def _milliseconds(text: str | None) -> float:
    return float(text or 0) / 1000


def _text(body: str, **rest: object) -> Reply:
    return Reply(headers=[TEXT_TYPE], body=body.encode(), **rest)  # type: ignore[arg-type]


def _json(value: object, status: int = 200) -> Reply:
    return Reply(status, headers=[JSON_TYPE], body=json.dumps(value).encode())


def _hello(request: Received) -> Reply:
    return _text("hello") if request.path == "/" else Reply(404, body=b"no such route")


def _echo(request: Received) -> Reply:
    return _json(
        {
            "method": request.method,
            "target": request.target,
            "headers": [list(header) for header in request.headers],
            "body": request.body.decode("latin-1"),
            "connection": request.connection,
        }
    )


def _status(request: Received) -> Reply:
    status = int(_last(request))
    return Reply(status, headers=[TEXT_TYPE], body=f"status {status}".encode())


def _delay(request: Received) -> Reply:
    headers = [TEXT_TYPE, ("X-Connection", str(request.connection))]
    return Reply(
        headers=headers,
        body=f"after {_last(request)}".encode(),
        delay=_milliseconds(_last(request)),
    )


def _slow_body(request: Received) -> Reply:
    return Reply(headers=[TEXT_TYPE], body=b"slow" * 8, body_delay=_milliseconds(_last(request)))


def _tagged(request: Received) -> Reply:
    return _text(_last(request), delay=_milliseconds(request.query.get("delay")))


def _bytes(request: Received) -> Reply:
    return Reply(
        headers=[("Content-Type", "application/octet-stream")], body=b"x" * int(_last(request))
    )


def _redirect(request: Received) -> Reply:
    hops = int(_last(request))
    query = request.target.partition("?")[2]
    location = f"/redirect/{hops - 1}?{query}" if hops > 1 else "/landed"
    return Reply(
        int(request.query.get("code", 302)),
        headers=[("Location", location)],
        body=b"moved",
        delay=_milliseconds(request.query.get("delay")),
    )


def _landed(request: Received) -> Reply:
    return _text(f"landed by {request.method}")


def _redirect_to(request: Received) -> Reply:
    return Reply(302, headers=[("Location", request.query["url"])])


def _set_cookie(request: Received) -> Reply:
    cookies = [("Set-Cookie", f"{name}={value}; Path=/") for name, value in request.query.items()]
    return Reply(headers=[TEXT_TYPE, *cookies], body=b"cookies set")


def _cookies(request: Received) -> Reply:
    cookies = SimpleCookie(request.header("Cookie") or "")
    return _json({name: morsel.value for name, morsel in cookies.items()})


def _basic_auth(request: Received) -> Reply:
    user, password = request.path.split("/")[2:4]
    expected = base64.b64encode(f"{user}:{password}".encode()).decode()
    if request.header("Authorization") == f"Basic {expected}":
        return _json({"user": user})
    return Reply(401, headers=[("WWW-Authenticate", 'Basic realm="test"')], body=b"who are you?")


def _chunked(request: Received) -> Reply:
    count = int(_last(request))
    return Reply(headers=[TEXT_TYPE], chunks=[f"chunk {i}\n".encode() for i in range(count)])


def _coded(coding: str, body: bytes) -> Reply:
    return Reply(headers=[JSON_TYPE, ("Content-Encoding", coding)], body=body)


def _gzip(_request: Received) -> Reply:
    return _coded("gzip", gzip.compress(b'{"coding": "gzip"}'))


def _deflate(_request: Received) -> Reply:
    return _coded("deflate", zlib.compress(b'{"coding": "deflate"}'))


def _close_delimited(_request: Received) -> Reply:
    return Reply(headers=[TEXT_TYPE], body=b"until I close", ending="close")


def _interim(_request: Received) -> Reply:
    final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nfinal"
    return Reply(raw=b"HTTP/1.1 100 Continue\r\n\r\n" + final)


def _document(_request: Received) -> Reply:
    return _json({"name": "lark", "legs": 2, "songs": ["dawn", "noon"], "wild": True})


_ROUTES = {
    "/": _hello,
    "/echo": _echo,
    "/status": _status,
    "/delay": _delay,
    "/slow-body": _slow_body,
    "/tagged": _tagged,
    "/bytes": _bytes,
    "/redirect": _redirect,
    "/landed": _landed,
    "/redirect-to": _redirect_to,
    "/cookies/set": _set_cookie,
    "/cookies": _cookies,
    "/basic-auth": _basic_auth,
    "/chunked": _chunked,
    "/gzip": _gzip,
    "/deflate": _deflate,
    "/close-delimited": _close_delimited,
    "/interim": _interim,
    "/json": _document,
    "/hangup": lambda request: Reply(ending="hangup"),
    "/reset": lambda request: Reply(ending="reset"),
    "/truncated": lambda request: Reply(body=b"only a part", length=1000),
    "/garbage": lambda request: Reply(raw=b"\x00\x01 this is not HTTP\r\n\r\n", ending="close"),
}
