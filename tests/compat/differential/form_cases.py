"""Cases of what may be said in many forms: cookies of a call, and a session that changes."""

from __future__ import annotations

import random
from typing import Any

from support.recording_server import Answer

from .steps import scenario, step

_NAMES = ["a", "b", "sid", "A"]
_VALUES = [
    "1", "two words", "", '"quoted"', '"with \\" inside"', "a=b; c", "é", "日", None, 7, b"bytes",
    "line\nbreak", "%41",
]  # fmt: skip


def _cookie(rng: random.Random) -> dict[str, Any]:
    cookie: dict[str, Any] = {"name": rng.choice(_NAMES), "value": rng.choice(_VALUES[:7])}
    if rng.random() < 0.6:
        cookie["path"] = rng.choice(["/", "/", "/a", "/a/", "/zz"])
    if rng.random() < 0.6:
        cookie["domain"] = rng.choice(["127.0.0.1", "127.0.0.1", ".127.0.0.1", "other.test", ""])
    if rng.random() < 0.2:
        cookie["expires"] = rng.choice([0, 1, 4_000_000_000, None])
    if rng.random() < 0.1:
        cookie["secure"] = True
    if rng.random() < 0.05:
        cookie |= rng.choice([{"version": 1}, {"port": "80"}])
    return cookie


def _cookies(rng: random.Random, kind: str) -> Any:
    dict_of_some = {rng.choice(_NAMES): rng.choice(_VALUES) for _ in range(rng.randint(0, 3))}
    if kind == "fast" or rng.random() < 0.5:
        return dict_of_some
    jar = [_cookie(rng) for _ in range(rng.randint(0, 3))]
    return rng.choice([("$jar", jar), ("$jar", jar), ("$plainjar", jar), {}, None])


def _hop(rng: random.Random, location: str | None) -> Answer:
    fields = [("Location", location)] if location else []
    for _ in range(rng.choice([0, 0, 1, 2])):
        parts = [f"{rng.choice(_NAMES)}={rng.choice(['s', 't', ''])}"]
        if rng.random() < 0.7:
            parts.append(f"Path={rng.choice(['/', '/a'])}")
        if rng.random() < 0.25:
            parts.append("Max-Age=0")
        fields.append(("Set-Cookie", "; ".join(parts)))
    return Answer(rng.choice([302, 307]) if location else 200, "", fields, b"")


def cookies_of_calls(rng: random.Random, kind: str) -> dict[str, Any]:
    """Calls with cookies, over the session's and those that answers set, along redirects."""
    steps = []
    for _ in range(6):
        hops = [rng.choice(["/a", "/", "/a/b", "{1}/a"]) for _ in range(rng.choice([0, 0, 1, 2]))]
        answers = [_hop(rng, hop) for hop in [*hops, None]]
        arguments: dict[str, Any] = {}
        if rng.random() < 0.8:
            arguments["cookies"] = _cookies(rng, kind)
        if rng.random() < 0.2:
            arguments["headers"] = rng.choice([{"X-One": "1"}, {"Cookie": "mine=1"}])
        method = rng.choice(["GET", "GET", "GET", "POST"])
        if method == "POST":
            arguments["data"] = "x"
        steps.append(step(method, rng.choice(["/", "/a", "/a/b"]), answers, **arguments))
    if kind == "http" and rng.random() < 0.5:
        return scenario(*steps, cookies={rng.choice(_NAMES): "of the session"})
    return scenario(*steps)


def _change(rng: random.Random, kind: str) -> tuple[Any, ...]:
    names = ["X-One", "X-One", "x-one", "X-Two", "Accept", "User-Agent", "Authorization"]
    values = ["1", "2", "", "é", None]
    if kind == "http":
        names += ["Content-Type", "Accept-Encoding", "Connection", "Host", "Cookie"]
        values += [b"bytes", b"\xe9", " blank"]
    what = rng.choice(["header", "header", "header", "auth", "params", "param", "cookie"])
    if what == "header":
        name, value = rng.choice(names), rng.choice(values)
        # geventhttpclient's own comes back in another place
        return what, name, "1" if (kind, name, value) == ("fast", "User-Agent", None) else value
    if what == "cookie":
        return what, rng.choice(_NAMES), rng.choice(["v", "w x"])
    if kind == "fast":
        return "auth", rng.choice(["Bearer one", "Bearer two", "", None])
    if what == "auth":
        pairs: list[Any] = [("u", "p"), ("u", "q"), ("ü", ""), ("$basic", "u", "r"), None]
        return what, rng.choice(pairs)
    value = rng.choice(["1", 2, None, ["x", "y"], "a b"])
    if what == "params":
        return what, rng.choice([{"s": value}, {"s": "1", "t": value}, {}])
    return what, rng.choice(["s", "t"]), value


def changed_sessions(rng: random.Random, kind: str) -> dict[str, Any]:
    """Sessions whose fields, login, parameters and cookies change between their requests."""
    steps = []
    for number in range(12):
        changes = [_change(rng, kind) for _ in range(rng.choice([0, 1, 1, 1, 2]))]
        if kind == "http" and number == 0:  # there are some to change
            changes.insert(0, ("params", {"s": "0"}))
        arguments: dict[str, Any] = {}
        if rng.random() < 0.3:
            name = rng.choice(["X-One", "x-one", "X-Three", "Accept", "Content-Type"])
            arguments["headers"] = {name: "of the call"}
            if kind == "http" and rng.random() < 0.3:
                arguments["headers"]["X-Two"] = None
        if rng.random() < 0.15:
            arguments["auth"] = ("of", "the call")
        if rng.random() < 0.2:
            arguments["params"] = rng.choice(
                [{"s": "call"}, {"u": "1", "t": None}, [("s", "pair")], "s=text", {}, []]
            )
        method = rng.choice(["GET", "GET", "GET", "HEAD", "POST", "PUT"])
        if method in ("POST", "PUT"):
            arguments |= rng.choice([{"data": "x"}, {"json": [1]}, {"data": {"a": "1"}}, {}])
        answers = [_hop(rng, "/b"), _hop(rng, None)] if rng.random() < 0.2 else None
        path = rng.choice(["/a", "/a?q=1"])
        steps.append(step(method, path, answers, changes=tuple(changes), **arguments))
    return scenario(*steps)
