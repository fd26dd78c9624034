"""Cases of keyword arguments that are not both clients', and of calls to other hosts."""

from __future__ import annotations

import random
from typing import Any

from support.recording_server import Answer

from .steps import scenario, step

_NAMES = [
    "timeout", "timeout", "verify", "cookies", "proxies", "cert", "hooks", "foo", "given", "a b",
    "ü", "impersonate",
]  # fmt: skip
_VALUES: list[Any] = [
    5, 2.5, True, False, None, None, "text", "ü & =", "", b"by\xfftes", [1, None, "a"], ("x", 2.5),
    {"k": "v"}, {"http": "http://proxy.test:3128"}, {}, [], 10**30, -0.0, float("inf"),
    {"a": [1, {"b": None}]}, [[1, 2], "x"], [b"b", True], (3, 10), {1: 2, None: 3},
]  # fmt: skip
_BODIES: list[dict[str, Any]] = [
    {}, {}, {"data": {"a": "1"}}, {"data": {}}, {"data": "text"}, {"data": b"bytes"}, {"data": ""},
    {"data": b""}, {"json": {"a": 1}}, {"json": [], "data": {}}, {"data": {"timeout": "mine"}},
    {"data": {"list": ["1", {"n": 2.0}], "none": None}}, {"json": 0, "data": ""},
    {"files": {"f": ("a.txt", b"content")}}, {"files": {"f": ("a", b"b")}, "data": {"d": "1"}},
]  # fmt: skip
_PARAMS: list[Any] = [{}, {"p": "1"}, {"timeout": "mine"}, "a=1", "a b=ü", "", [("x", "y")], None]
_LIMITS: list[dict[str, Any]] = [
    {"max_redirects": 0}, {"max_redirects": 1}, {"max_redirects": 2}, {"max_redirects": None},
    {"max_retries": 0}, {"max_retries": 2}, {"max_redirects": 1, "max_retries": None},
    {"max_redirects": 1, "allow_redirects": False}, {"max_redirects": True},
]  # fmt: skip
_OF_BOTH: list[dict[str, Any]] = [
    {"timeout": 5}, {"timeout": (4, 2.5)}, {"timeout": None}, {"verify": None},
    {"verify": True, "cert": None}, {"proxies": None, "hooks": None}, {"cookies": {"a": "1"}},
]  # fmt: skip
_GONE = "http://127.0.0.1:1/gone"


def _hops(rng: random.Random) -> list[Answer]:
    hops = [rng.choice(["/a", "/b?c=d", "{1}/a"]) for _ in range(rng.randint(1, 2))]
    moved = [Answer(rng.choice([302, 307]), "", [("Location", hop)]) for hop in hops]
    return [*moved, Answer(body=b"there")]


def _said(rng: random.Random, kind: str) -> dict[str, Any]:
    if kind == "http":
        return dict(rng.choice(_OF_BOTH))
    said = {rng.choice(_NAMES): rng.choice(_VALUES) for _ in range(rng.randint(1, 3))}
    return said | (rng.choice(_LIMITS) if rng.random() < 0.3 else {})


def keywords(rng: random.Random, kind: str) -> dict[str, Any]:
    """Keywords that geventhttpclient takes for parameters, beside bodies, params and limits."""
    steps = []
    for _ in range(8):
        arguments = _said(rng, kind)
        method = rng.choice(["GET"] * 2 + ["POST"] * 3 + ["PUT", "DELETE", "HEAD", "PATCH"])
        if method in ("POST", "PUT", "PATCH") or rng.random() < 0.1:
            arguments |= rng.choice(_BODIES)
        if rng.random() < 0.3:
            arguments["params"] = rng.choice(_PARAMS)
        if rng.random() < 0.2:
            arguments |= rng.choice([{"name": "an entry"}, {"catch_response": True}])
        answers = _hops(rng) if rng.random() < 0.25 else None
        urls = ["/k", "/k", "/k?x=1", "/k?", "/a b", "{1}/k?y", "/k?x=1#f"]
        url = _GONE if kind == "fast" and rng.random() < 0.06 else rng.choice(urls)
        steps.append(step(method, url, answers, verb=rng.random() < 0.7, **arguments))
    return scenario(*steps)


def elsewhere(rng: random.Random, kind: str) -> dict[str, Any]:
    """Calls to other hosts than the session's, with all that a call may say."""
    steps = []
    for _ in range(6):
        host = rng.choice(["{1}", "{1}", "http://localhost:{1p}", "http://localhost:{0p}", "{0}"])
        if rng.random() < 0.1:
            host = "HTTP://LocalHost:{1p}"
        url = host + rng.choice(["", "/", "/e", "/a b?q=ü#f", "/e?x=1", "/caf%C3%A9"])
        arguments: dict[str, Any] = {}
        method = rng.choice(["GET", "GET", "HEAD", "POST", "PUT", "DELETE"])
        if method in ("POST", "PUT"):
            arguments |= rng.choice(_BODIES)
        if rng.random() < 0.4:
            name = rng.choice(["X-One", "Content-type", "Cookie", "Host"])
            arguments["headers"] = {name: rng.choice(["a=1", "b"])}
        if rng.random() < 0.2:
            arguments["auth"] = ("u", "p")
        if rng.random() < 0.2:
            arguments["params"] = rng.choice(_PARAMS)
        cookie = [("Set-Cookie", f"c={rng.choice(['1', '2'])}; Path=/")]
        answers = _hops(rng) if rng.random() < 0.2 else [Answer(headers=cookie, body=b"set")]
        changes = []
        if rng.random() < 0.15:
            login = "Bearer one" if kind == "fast" else ("s", "t")
            changes = [rng.choice([("header", "X-S", "1"), ("auth", login)])]
        steps.append(step(method, url, answers, changes=tuple(changes), **arguments))
    base = rng.choice(["{0}", "{0}", "{0}/base", "http://u:p@127.0.0.1:{0p}"])
    if rng.random() < 0.2:
        return scenario(*steps, base_url=base, headers={"Authorization": "Bearer of the session"})
    return scenario(*steps, base_url=base)
