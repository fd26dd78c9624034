"""Cases of redirects: each code and method, chains, forms of Location, what is kept and what goes.
"""

from __future__ import annotations

import random
from typing import Any

from support.recording_server import Answer

from .steps import scenario, step

_CODES = [301, 302, 302, 303, 307, 308]
_LOCATIONS = [
    "/there",
    "/there",
    "there",
    "../up",
    "../../../top",
    "./same",
    ".",
    "..",
    "?q=only",
    "#frag",
    "/p?q=1#f",
    "",
    "{0}/abs",
    "{1}/other",
    "{1}/other/a?b=c",
    "{1}",
    "{0}",
    "{1}/#f",
    "//127.0.0.1:{1p}/network",
    "/a b",
    "/\u00c3\u00a9",
    "/%7Eme",
    "/%e4%zz",
    "/a//b/../c",
    "/a/./b",
    "{1}/a/../b",
    "{0}/./x//y",
    "a/b/../c;p?x#y",
    "/x{y}|z",
    '/q?a b&c="d"',
    "/trailing/..",
    "?",
    "x:y",
    "/semi;colon=1",
    "http:/one/slash",
    "HTTP://127.0.0.1:{1p}/upper",
]
_DEAD_ENDS = [
    "ftp://127.0.0.1/x",
    "mailto:x@y.test",
    "http://",
    "data:text/plain,hi",
    "http://127.0.0.1:99999/",
    "/é",
]


def _hop(rng: random.Random, location: str) -> Answer:
    fields = [("Location", location)]
    if rng.random() < 0.15:
        fields.append(("Set-Cookie", f"hop={rng.randint(1, 9)}; Path=/"))
    body = rng.choice([b"", b"moved", b"<html>moved</html>"])
    framing = rng.choice(["length", "length", "length", "chunked", "close"])
    return Answer(rng.choice(_CODES), rng.choice(["Found", "Moved", ""]), fields, body, framing)


def _arguments(rng: random.Random, kind: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    given: dict[str, Any] = {}
    if rng.random() < 0.3:
        given["Authorization"] = "Bearer mine"
    if rng.random() < 0.2:
        given[rng.choice(["Cookie", "X-Keep", "Content-Type", "Host", "Content-Encoding"])] = (
            "own=1"
        )
    if given:
        arguments["headers"] = given
    if rng.random() < 0.15:
        arguments["auth"] = ("user", "pass")
    if rng.random() < 0.15:
        arguments["allow_redirects"] = False
    if rng.random() < 0.15:
        arguments["params"] = {"p": "1"}
    if kind == "http" and rng.random() < 0.15:
        arguments["cookies"] = {"own": "cookie"}
    if kind == "fast" and rng.random() < 0.3:
        arguments["catch_response"] = True
    return arguments


def redirects(rng: random.Random, kind: str) -> dict[str, Any]:
    """Chains of up to four hops, dead ends, loops."""
    steps = []
    for _ in range(4):
        locations = [rng.choice(_LOCATIONS) for _ in range(rng.choice([1, 1, 2, 3, 4]))]
        if rng.random() < 0.06:
            locations[-1] = rng.choice(_DEAD_ENDS)
        answers = [_hop(rng, location) for location in locations]
        answers.append(Answer(rng.choice([200, 200, 200, 404]), "OK", [("X-Last", "1")], b"landed"))
        if rng.random() < 0.04:
            answers = [Answer(302, "Found", [("Location", "/loop")], b"")]
        method = rng.choice(["GET", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
        arguments = _arguments(rng, kind)
        if method in ("POST", "PUT", "PATCH"):
            arguments |= rng.choice(
                [{"data": "text"}, {"data": {"a": "1"}}, {"json": [1]}, {"data": b"raw"}, {}]
            )
        url = rng.choice(["/start", "/dir/page", "/dir/sub/page?q=1", "/dir/page#frag", "/"])
        steps.append(step(method, url, answers, **arguments))
    if rng.random() < 0.2:
        return scenario(*steps, max_redirects=rng.choice([0, 1, 2, 3]))
    return scenario(*steps)
