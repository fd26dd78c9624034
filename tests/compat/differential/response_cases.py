"""Cases of what servers answer: statuses, codings, charsets, framings; bodies read as a stream."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from typing import Any

import brotli

from support.recording_server import Answer

from .steps import scenario, step

_TEXTS = ["", "hello", "grüße, 日本\nzweite Zeile\r\ndritte", "line\n" * 20, "é" * 300]


def statuses(rng: random.Random, kind: str) -> dict[str, Any]:
    """Statuses with their reasons, known and not; fields that come twice, empty or in odd cases."""
    steps = []
    for _ in range(6):
        status = rng.choice(
            [
                200,
                201,
                204,
                206,
                226,
                299,
                300,
                304,
                305,
                400,
                401,
                404,
                418,
                429,
                500,
                503,
                599,
                600,
                999,
            ]
        )
        reason = rng.choice(["OK", "Not Found", "", "Grüße", "two words", " lead"])
        fields = rng.sample(
            [("X-Twice", "1"), ("x-twice", "2"), ("X-Empty", ""), ("X-Latin", "é"), ("Content-Type", "text/plain"),  # noqa: E501
             ("content-type", "application/json; charset=utf-8"), ("Link", '</a>; rel="next"'),
             ("ETag", '"x"'), ("Location", "/elsewhere"), ("X-Folded", "a,b"), ("X-Colon", "a: b")],
            rng.randint(0, 4),
        )  # fmt: skip
        body = b"" if status in (204, 304) else rng.choice([b"body", b'{"a": 1}', b""])
        arguments = {"catch_response": True} if rng.random() < 0.2 else {}
        answer = Answer(status, reason, fields, body)
        steps.append(step(rng.choice(["GET", "POST", "HEAD"]), "/status", [answer], **arguments))
    return scenario(*steps)


def _coded(coding: str, body: bytes) -> bytes:
    raw = zlib.compressobj(wbits=-15)
    coded = {
        "gzip": gzip.compress(body, mtime=0), "GZIP": gzip.compress(body, mtime=0),
        "deflate": zlib.compress(body), "raw deflate": raw.compress(body) + raw.flush(),
        "br": brotli.compress(body),
        "gzip, gzip": gzip.compress(gzip.compress(body, mtime=0), mtime=0), "identity": body,
        "deflate, gzip": gzip.compress(zlib.compress(body), mtime=0), "unknown": body,
        "x-gzip": gzip.compress(body, mtime=0),
        "two members": gzip.compress(body[:9], mtime=0) + gzip.compress(body[9:], mtime=0),
    }  # fmt: skip
    return coded[coding]


def codings(rng: random.Random, kind: str) -> dict[str, Any]:
    """Bodies in each content coding, whole, damaged and cut short."""
    names = ["gzip", "GZIP", "deflate", "raw deflate", "br", "identity", "two members"]
    if kind == "http":
        names += ["gzip, gzip", "deflate, gzip", "unknown", "x-gzip"]
    steps = []
    for _ in range(5):
        name = rng.choice(names)
        body = _coded(name, rng.choice(_TEXTS).encode())
        if rng.random() < 0.12:
            body = rng.choice([body[: len(body) // 2] + b"\0\1", b"not coded at all", body[:-3]])
        coding = {"raw deflate": "deflate", "two members": "gzip"}.get(name, name)
        fields = [("Content-Encoding", coding), ("Content-Type", "text/plain; charset=utf-8")]
        answer = Answer(200, "OK", fields, body, rng.choice(["length", "chunked", "close"]))
        steps.append(step("GET", "/coded", [answer]))
    return scenario(*steps)


def charsets(rng: random.Random, kind: str) -> dict[str, Any]:
    """Texts in charsets that the answer names, names wrongly or does not name."""
    steps = []
    for _ in range(5):
        charset = rng.choice(["utf-8", "latin-1", "utf-16", "shift_jis", "cp1252", "utf-8-sig"])
        text = rng.choice([*_TEXTS, json.dumps({"ä": "ü"}, ensure_ascii=False)])
        body = text.encode(charset, errors="replace")
        content_type = rng.choice(
            [f"text/html; charset={charset}", f'text/plain; charset="{charset}"', "text/html", "application/json",  # noqa: E501
             f"application/json; charset={charset}", "application/octet-stream", None,
             "text/plain; charset=utf-8", f"TEXT/PLAIN; CHARSET={charset.upper()}", "",
             "text/html; charset=", "image/png"]
        )  # fmt: skip
        fields = [] if content_type is None else [("Content-Type", content_type)]
        steps.append(step("GET", "/text", [Answer(headers=fields, body=body)]))
    return scenario(*steps)


def framing(rng: random.Random, kind: str) -> dict[str, Any]:
    """How a body's end is told; several requests in a row, so that a wrong end spoils the next."""
    steps = []
    for _ in range(5):
        framing = rng.choice(["length", "chunked", "close", "close", "chunked", "cut"])
        answer = Answer(
            headers=[("Content-Type", "text/plain")], body=b"0123456789" * rng.randint(0, 30),
            framing=framing, chunk=rng.choice([1, 7, 100, 1000]),
            version=rng.choice(["HTTP/1.1"] * 4 + ["HTTP/1.0"]),
        )  # fmt: skip
        steps.append(step(rng.choice(["GET", "GET", "POST", "HEAD"]), "/framed", [answer]))
    return scenario(*steps)


_READ_BY_BOTH: list[tuple] = [
    ("iter_content", 1), ("iter_content", 10), ("iter_content", 1000), ("content",), ("text",),
    ("json",), ("nothing",),
]  # fmt: skip
_READ_OF_REQUESTS: list[tuple] = [
    ("iter_content",), ("iter_content", None), ("iter_content", 7, True), ("iter_content", "7"),
    ("iter_lines",), ("iter_lines", 5, True), ("iter_lines", 512, False, b"n"),
    ("raw", 5), ("raw", None), ("raw, told", 6), ("raw, a stream", 6), ("raw after a piece", 4),
    ("twice", 5), ("first piece, then closed", 4), ("closed",),
]  # fmt: skip
_READ_OF_FAST: list[tuple] = [
    ("iter_content",), ("iter_content", 10, False), ("read", 7), ("stream", 3), ("readline",),
    ("data",),
]  # fmt: skip


def streams(rng: random.Random, kind: str) -> dict[str, Any]:
    """Bodies taken piece by piece: whole, cut short, left behind half read or not read at all."""
    own = _READ_OF_REQUESTS if kind == "http" else _READ_OF_FAST
    steps = []
    for _ in range(4):
        text = rng.choice([*_TEXTS[1:], '{"a": [1, "ü"]}\n']).encode()
        gzipped = rng.random() < 0.2
        fields = [("Content-Type", rng.choice(["text/plain; charset=utf-8"] * 4 + ["text/html"]))]
        if gzipped:
            fields.append(("Content-Encoding", "gzip"))
        answer = Answer(
            rng.choice([200] * 6 + [206] + ([404, 503] if kind == "http" else [])), "So", fields,
            gzip.compress(text, mtime=0) if gzipped else text,
            rng.choice(["length", "length", "chunked", "close"] + ([] if gzipped else ["cut"])),
            chunk=rng.choice([3, 50]),
        )  # fmt: skip
        answers = [answer]
        if rng.random() < 0.15:
            answers.insert(0, Answer(302, "Found", [("Location", "/streamed")], b"over there"))
        arguments: dict[str, Any] = {"catch_response": True} if rng.random() < 0.2 else {}
        method = rng.choice(["GET"] * 4 + ["POST", "HEAD"])
        if method == "POST":
            arguments |= rng.choice([{"data": {"a": "1"}}, {"json": {"a": 1}}, {"data": b"x"}])
        if rng.random() < 0.2:
            arguments |= {"params": {"q": "1 2"}, "headers": {"X-Own": "1"}, "name": "streamed"}
        read = rng.choice(_READ_BY_BOTH + own)
        steps.append(
            step(method, "/streamed", answers, verb=rng.random() < 0.7, stream=True, read=read,
                 **arguments)
        )  # fmt: skip
    return scenario(*steps)
