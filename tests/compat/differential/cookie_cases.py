"""Cases of cookies: set by answers, by the session's owner and by the call; sent or not."""

from __future__ import annotations

import random
from typing import Any

from support.recording_server import Answer

from .steps import scenario, some, step

_NAMES = ["a", "b", "sid", "A", "x-y", "ü"]
_VALUES = ["1", "two", "", '"quoted"', "a b", "a=b", "1,2", "%20", "é"]
_PATHS = ["", "/", "/a", "/a/", "/a/b", "/ab", "relative", "/ü", "/%2f"]
_DOMAINS = [
    "127.0.0.1", ".127.0.0.1", "localhost", "example.test", ".example.test", "EXAMPLE.test",
    "www.example.test", "test", "ample.test", "", "local",
]  # fmt: skip
_EXPIRIES = [
    "Wed, 21 Oct 2037 07:28:00 GMT", "Wednesday, 21-Oct-37 07:28:00 GMT",
    "21 Oct 2037 07:28:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT",
    "nonsense", "", "Wed, 21-Oct-2037 07:28 GMT", '"Wed, 21 Oct 2037 07:28:00 GMT"', "0",
]  # fmt: skip
_AGES = ["100000", "0", "-1", "abc", "", "5000", " 77000 "]
_HOSTS = [
    "www.example.test",
    "example.test",
    "a.www.example.test",
    "other.test",
    "localhost",
    "127.0.0.1",
]


def _set_cookie(rng: random.Random) -> str:
    parts = [f"{rng.choice(_NAMES[:-1])}={rng.choice(_VALUES)}"]
    if rng.random() < 0.06:
        parts = [rng.choice(["novalue", "=noname", "", ";", " spaced = out ", "a", "b;c=d"])]
    if rng.random() < 0.5:
        parts.append(f"{rng.choice(['Path', 'path'])}={rng.choice(_PATHS)}")
    if rng.random() < 0.35:
        parts.append(f"Domain={rng.choice(_DOMAINS)}")
    if rng.random() < 0.25:
        parts.append(f"{rng.choice(['Expires', 'expires'])}={rng.choice(_EXPIRIES)}")
    if rng.random() < 0.2:
        parts.append(f"Max-Age={rng.choice(_AGES)}")
    if rng.random() < 0.1:
        parts.append("Secure")
    if rng.random() < 0.15:
        parts.append(
            rng.choice(
                ["HttpOnly", "httponly", "SameSite=Lax", "Version=1", "Unknown=1", "Path", "Domain"]
            )
        )
    return rng.choice(["; ", ";", " ; "]).join(parts)


def _answer(rng: random.Random) -> Answer:
    fields = [("Set-Cookie", _set_cookie(rng)) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    if rng.random() < 0.1:
        return Answer(rng.choice([404, 500, 204]), "Whatever", fields)
    return Answer(headers=fields, body=b"ok")


def _own_cookie(rng: random.Random) -> dict[str, Any]:
    cookie: dict[str, Any] = {
        "name": rng.choice(_NAMES[:-1]),
        "value": rng.choice(["v", "w x", ""]),
    }
    if rng.random() < 0.5:
        cookie["path"] = rng.choice(["/", "/a", "/zz"])
    if rng.random() < 0.5:
        cookie["domain"] = rng.choice(["127.0.0.1", "other.test", ""])
    return cookie


def cookies(rng: random.Random, kind: str) -> dict[str, Any]:
    """A session of several requests to paths, ports and hosts that share cookies or do not."""
    steps = []
    hosts = rng.sample(_HOSTS, 2) if kind == "http" and rng.random() < 0.4 else [None]
    for _ in range(7):
        path = rng.choice(
            ["/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/ü/x", "/%2f/x", "{1}/a", "/a/b?x=/y/"]
        )
        arguments: dict[str, Any] = {}
        host = rng.choice(hosts)
        if host:
            arguments["headers"] = {"Host": host}
        if rng.random() < 0.08:
            arguments["headers"] = {"Cookie": "own=header"}
        if kind == "http" and rng.random() < 0.2:
            arguments["cookies"] = rng.choice(
                [
                    {"own": "1"},
                    {"a": "of the call", "z": "2"},
                    {},
                    ("$jar", [_own_cookie(rng)]),
                    {"none": None},
                ]
            )
        answers = [_answer(rng)]
        if rng.random() < 0.2:
            location = rng.choice(["/a/b", "/", "{1}/a", "/ab"])
            hop = Answer(
                302, "Found", [("Location", location), ("Set-Cookie", _set_cookie(rng))], b""
            )
            answers = [hop, *answers]
        steps.append(step(rng.choice(["GET", "GET", "POST"]), path, answers, **arguments))
    if kind == "http" and rng.random() < 0.3:
        return scenario(*steps, cookies={"of": "session", some(rng, _NAMES[:4], 1, 1): "s"})
    return scenario(*steps)
