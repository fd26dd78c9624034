"""Cases of files as bodies, and of the Host and Cookie that a call or a session says itself."""

from __future__ import annotations

import random
from typing import Any

from support.recording_server import Answer

from .steps import scenario, some, step

_TEXT = ["a", "b", " ", "é", "日", "\r\n", "x" * 50, "y" * 5000]
_HOSTS = ["shop.test", "Shop.TEST:8080", "a", "127.0.0.1", "localhost:1", "b.shop.test"]
_ODD_HOSTS = ["", "[::1]:80", "a b", "é.test", "a/b", "shop.test:", b"shop.test", b"\xe9", " blank"]


def _file(rng: random.Random, kind: str) -> Any:
    """None that holds more than it says: what is left over stock puts before the next request."""
    text = some(rng, _TEXT, 0, 4)
    content = text.encode()
    kinds: list[Any] = [
        ("$file", "upload.txt", content), ("$bytesio", content), ("$bytesio", content * 40),
        ("$stringio", "ascii " * rng.randint(0, 3000)),
        ("$stringio", text) if kind == "fast" else ("$textfile", "text.txt", b"text " * len(text)),
    ]  # fmt: skip
    chosen = rng.choice(kinds)
    if kind == "http" and rng.random() < 0.05:  # geventhttpclient loses its connection
        return "$closed", chosen
    return ("$at", chosen, rng.choice([1, 2, 10_000])) if rng.random() < 0.2 else chosen


def _answers(rng: random.Random) -> list[Answer] | None:
    if rng.random() > 0.3:
        return None
    hops = [rng.choice(["/a", "/b?c=d", "{1}/a"]) for _ in range(rng.randint(1, 2))]
    moved = [Answer(rng.choice([302, 303, 307, 308]), "", [("Location", hop)]) for hop in hops]
    return [*moved, Answer(body=b"there")]


def file_bodies(rng: random.Random, kind: str) -> dict[str, Any]:
    """Files as data: at their beginning and further on, empty, as text, along redirects."""
    steps = []
    for _ in range(6):
        arguments: dict[str, Any] = {"data": _file(rng, kind)}
        if kind == "fast" and arguments["data"][0] == "$at" and arguments["data"][1][0] == "$file":
            # what is missing to the length that it says, stock and we wait for
            arguments["data"] = arguments["data"][1]
        if rng.random() < 0.3:
            name = rng.choice(["Content-Type", "content-type", "X-One", "Cookie"])
            arguments["headers"] = {name: rng.choice(["text/x", "a=1", ""])}
        if rng.random() < 0.1:
            arguments["auth"] = ("u", "p")
        if rng.random() < 0.1:
            arguments |= rng.choice([
                {"json": {"a": 1}}, {"files": {"f": ("a.txt", b"content")}}, {"params": {"p": "1"}},
                {"catch_response": True}, {"name": "an entry"}, {"stream": True},
            ])  # fmt: skip
        method = rng.choice(["POST", "POST", "PUT", "PATCH", "DELETE", "GET", "PROPPATCH"])
        verb = method != "PROPPATCH" and rng.random() < 0.8
        steps.append(step(method, "/file", _answers(rng), verb=verb, **arguments))
    if rng.random() < 0.2:
        return scenario(*steps, headers=rng.choice([
            {"Content-Type": "text/of-session"}, {"content-type": ""}, {"X-One": "1"},
            {"Authorization": "Bearer of the session"},
        ]))  # fmt: skip
    return scenario(*steps)


def _setting(rng: random.Random) -> list[Answer]:
    hops = [rng.choice(["/a", "/b", "{1}/a"]) for _ in range(rng.choice([0, 0, 1, 2]))]
    answers = []
    for hop in [*hops, None]:
        fields = [("Location", hop)] if hop else []
        for _ in range(rng.choice([0, 1, 1, 2])):
            domain = rng.choice(["", "", "; Domain=shop.test", "; Domain=127.0.0.1", "; Secure"])
            value = rng.choice(["1", "2", "3"])
            fields.append(("Set-Cookie", f"{rng.choice('abc')}={value}; Path=/{domain}"))
        answers.append(Answer(rng.choice([302, 307]) if hop else 200, "", fields, b""))
    return answers


def host_fields(rng: random.Random, kind: str) -> dict[str, Any]:
    """A Host or a Cookie of the call's or the session's own: where they stand, and whose cookies go
    out and come in.
    """
    steps = []
    raises = False  # for a Host of the session's: stock before it has read a file
    for _ in range(6):
        arguments: dict[str, Any] = {}
        given: dict[Any, Any] = {"X-One": "1"} if rng.random() < 0.3 else {}
        if rng.random() < 0.6:
            name = rng.choice(["Host", "host", "HOST"])
            given[name] = rng.choice(_ODD_HOSTS if rng.random() < 0.1 else _HOSTS)
        if rng.random() < 0.15:
            given["Cookie"] = rng.choice(["mine=1", ""])
        if kind == "http" and rng.random() < 0.1:
            given[rng.choice(["Host", "Cookie"])] = None
        if given:
            arguments["headers"] = given
        if kind == "http" and rng.random() < 0.15:
            arguments["cookies"] = {"d": "of the call"}
        if rng.random() < 0.1:
            arguments["auth"] = ("u", "p")
        method = rng.choice(["GET", "GET", "GET", "HEAD", "POST"])
        if method == "POST":
            arguments["data"] = rng.choice(["x", {"a": "1"}, ("$bytesio", b"file")])
        changes = []
        if kind == "http" and rng.random() < 0.2:
            value = rng.choice([*_HOSTS, *_ODD_HOSTS, None, None])
            changes = [("header", rng.choice(["Host", "Host", "X-Two"]), value)]
            raises = raises or value == b"\xe9"
        if method == "POST" and (raises or b"\xe9" in given.values()):
            arguments["data"] = "x"
        if rng.random() < 0.1:
            changes.append(("cookie", "s", "of the session"))
        url = rng.choice(["/h", "/h", "/h?a=1", "{1}/h", "http://localhost:{0p}/h"])
        steps.append(step(method, url, _setting(rng), changes=tuple(changes), **arguments))
    if rng.random() < 0.5:
        return scenario(*steps)
    said = [{"Host": "shop.test"}, {"host": "Shop.test:81", "X-S": "1"}, {"Cookie": "s=1"},
            {"Host": "other.test", "Cookie": "s=1"}]  # fmt: skip
    return scenario(*steps, headers=rng.choice(said))
