"""Answers that no client should get: broken, lying or endless ones, below /hostile/NAME of an
`HttpTarget`.

    add_hostile_routes(target)
    requests.get(target.url + "/hostile/two-lengths")

`ANSWERS` has the bytes of each, sent as they are; the connection is closed behind those that need
an end, and `FLOODS` go on until the client has had enough. Routes like any other; see
target_routes.
"""

from __future__ import annotations

import gzip
import zlib

import brotli

from .http_target import HttpTarget, Received, Reply

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def _with(*fields: bytes, body: bytes = b"hello", length: bool = True) -> bytes:
    lines = [*fields, b"Content-Length: %d" % len(body)] if length else fields
    return OK + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def bare_deflate(plain: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(plain) + packer.flush()


def zstd_frame(plain: bytes) -> bytes:
    """A frame of one block that is not compressed (RFC 8878); `plain` is shorter than 256 bytes."""
    block = (len(plain) << 3 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(plain)]) + block + plain


_GZIP = gzip.compress(b"hello", mtime=0)

NOT_HTTP = {
    "http-0.9": b"<html>hello</html>\n",
    "http2-settings": b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\1\0\0\0\5\0\xff\xff\xff",
    "http2-preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls-alert": b"\x15\x03\x01\0\x02\x02\x46",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "smtp": b"220 mail.test ESMTP ready\r\n",
    "status-of-four-digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello",
    "status-of-words": b"HTTP/1.1 OK 200\r\nContent-Length: 5\r\n\r\nhello",
}
FRAMINGS = {
    "two-lengths": _with(b"Content-Length: 4"),
    "length-list": _with(b"Content-Length: 5, 4", length=False),
    "length-twice": _with(b"Content-Length: 5"),
    "length-and-chunked": OK
    + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunked-and-length": OK
    + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "te-identity": _with(b"Transfer-Encoding: identity"),
    "te-list": OK + b"Transfer-Encoding: x, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunk-of-words": CHUNKED + b"five\r\nhello\r\n0\r\n\r\n",
    "chunk-negative": CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    "chunk-cut": CHUNKED + b"5\r\nhel",
    "chunk-padded": CHUNKED + b"5  \r\nhello\r\n0  \r\n\r\n",
    "chunk-extension": CHUNKED + b'5;a="b;c"\r\nhello\r\n0\r\n\r\n',
    "trailers": CHUNKED + b"5\r\nhello\r\n0\r\nX-After: 1\r\n\r\n",
    "end-without-empty-line": CHUNKED + b"5\r\nhello\r\n0\r\n",
    "length-cut": OK + b"Content-Length: 50\r\n\r\nhello",
    "no-framing": OK + b"\r\nhello",
}
FIELDS = {
    "folded": _with(b"X-Folded: one\r\n two"),
    "line-feeds": _with().replace(b"\r\n", b"\n"),
    "no-reason": b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
    "blank-in-name": _with(b"Bad Name: 1"),
    "no-colon": _with(b"Connection: close", b"this is no field"),
    "nul": _with(b"X-Nul: a\0b"),
    "not-utf8": b"HTTP/1.1 200 \xff\xfe\r\nX-Bytes: \xc3\x28\xff\r\nContent-Length: 5\r\n\r\nhello",
    "ninety-fields": _with(*[b"X-%d: 1" % n for n in range(90)]),
    "many-fields": _with(*[b"X-%d: 1" % n for n in range(5000)]),
    "long-field": _with(b"X-Long: " + b"x" * 400_000),
    "interim-100": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + _with(),
}
# name: (Content-Encoding, body)
CODED = {
    "gzip": (b"gzip", _GZIP),
    "x-gzip": (b"x-gzip", _GZIP),
    "gzip-members": (b"gzip", gzip.compress(b"hel") + gzip.compress(b"lo")),
    "gzip-and-more": (b"gzip", _GZIP + b"\0\0\0\0garbage"),
    "gzip-none": (b"gzip", b"this is no gzip at all"),
    "gzip-damaged": (b"gzip", _GZIP[:12] + b"\xff\xff" + _GZIP[14:]),
    "gzip-cut": (b"gzip", _GZIP[:-6]),
    "gzip-empty": (b"gzip", b""),
    "deflate": (b"deflate", zlib.compress(b"hello")),
    "deflate-bare": (b"deflate", bare_deflate(b"hello")),
    "br": (b"br", brotli.compress(b"hello")),
    "gzip-then-br": (b"gzip, br", brotli.compress(_GZIP)),
    "identity": (b"identity", b"hello"),
    "unknown": (b"zebra", b"hello"),
    "zstd": (b"zstd", zstd_frame(b"hello")),
}
CODINGS = {
    name: _with(b"Content-Encoding: " + coding, body=body) for name, (coding, body) in CODED.items()
}
REDIRECTS = {
    "redirect-loop": b"HTTP/1.1 302 Found\r\nLocation: /hostile/redirect-loop\r\nContent-Length: 0\r\n\r\n",  # noqa: E501
    "redirect-to-ftp": b"HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",  # noqa: E501
    "redirect-nowhere": b"HTTP/1.1 302 Found\r\nLocation: \r\nContent-Length: 0\r\n\r\n",
}
# What comes behind a good answer must not be taken for the next one.
SURPLUS = {
    "surplus-bytes": _with() + b"more than announced",
    "surplus-answer": _with() + _with(body=b"poison"),
    "surplus-of-204": b"HTTP/1.1 204 No Content\r\n\r\n" + _with(body=b"poison"),
}
FLOODS = {
    "endless-status": (b"HTTP/1.1 200 ", b"x" * 4096),
    "endless-field": (OK + b"X: ", b"x" * 4096),
    "endless-fields": (OK, b"X: 1\r\n" * 1000),
    "endless-interim": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100),
    "endless-chunk-line": (CHUNKED + b"5;", b"x" * 4096),
    "endless-trailers": (CHUNKED + b"0\r\n", b"X: 1\r\n" * 1000),
}
ANSWERS = {**NOT_HTTP, **FRAMINGS, **FIELDS, **CODINGS, **REDIRECTS, **SURPLUS}

# Only the closing ends these, or they break off.
_CLOSED = {
    *NOT_HTTP,
    "blank-in-name",
    "no-colon",
    "nul",
    "chunk-negative",
    "chunk-cut",
    "end-without-empty-line",
    "length-cut",
    "no-framing",
}


def add_hostile_routes(target: HttpTarget) -> None:
    """Give `target` every route of this module."""
    target.add_route("/hostile", _answer)
    target.add_route("/hostile/bomb", _bomb)
    target.add_route("/hostile/streamed", _streamed)


def _answer(request: Received) -> Reply:
    name = request.path.rsplit("/", 1)[-1]
    if name in FLOODS:
        beginning, piece = FLOODS[name]
        return Reply(raw=beginning, flood=piece, ending="close")
    if name not in ANSWERS:
        return Reply(404, body=b"no such hostility")
    return Reply(raw=ANSWERS[name], ending="close" if name in _CLOSED else "keep")


def _bomb(request: Received) -> Reply:
    """/hostile/bomb/MEBIBYTES: so much once unpacked, a thousandth of it on the wire."""
    mebibytes = int(request.path.rsplit("/", 1)[-1])
    return Reply(headers=[("Content-Encoding", "gzip")], body=gzip.compress(bytes(mebibytes << 20)))


def _streamed(request: Received) -> Reply:
    """/hostile/streamed/NAME: one of `CODED`, half of it somewhat later."""
    coding, body = CODED[request.path.rsplit("/", 1)[-1]]
    return Reply(headers=[("Content-Encoding", coding.decode())], body=body, body_delay=0.02)
